# Whatever is not replaced passes as it is: NUL, broken UTF-8, CRLF, no last newline.
echo '1000 10 name' >jit.map
printf 'a\0b\377\r\n0x1000\r\n\n\n0x1000' | jitney resolve --map jit.map | od -An -c
printf '' | jitney resolve --map jit.map | wc -c
head -c 3000000 /dev/zero | tr '\0' x >long.txt
jitney resolve --map jit.map long.txt | cmp - long.txt && echo 'same'
