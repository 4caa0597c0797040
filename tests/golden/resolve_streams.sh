# A line is answered before the next one is there.
echo '1000 10 name' >jit.map
mkfifo in out
jitney resolve --map jit.map <in >out &
exec 3>in 4<out
echo 'at 0x1000' >&3
read -r line <&4
echo "$line"
printf 'at 0x10' >&3
echo '01' >&3
read -r line <&4
echo "$line"
exec 3>&-
wait
# A reader that goes away ends it quietly.
yes 'at 0x1000' | head -n 1000000 | jitney resolve --map jit.map | head -n 1
