# An offset that is known: B's logger was started 34 ms after A's.
{
    printf 'v8-version,11,3,244,8,-node.38,0\n'
    for i in 1 2 3 4 5 6 7 8 9; do
        printf 'code-creation,JS,13,1%d0000,0x70000%d0000,25%d,f%d /app/a, b.js:%d:3,0x10,*\n' $i $i $i $i $i
    done
    printf 'code-creation,JS,10,195000,0x8000100,40,odd\nname, of two lines /app/c.js:7:1,0x20,~\n'
    printf 'code-creation,JS,13,196000,0x7100000000,64,onlyA /app/c.js:9:1,0x20,*\n'
    printf 'code-deopt,197000,64,0x7100000000,-1,12,deopt-eager,</app/c.js:9:5>,not a Smi\n'
    printf 'code-deopt,198000,251,0x7000010000,0,12,deopt-lazy,</x,y.js:4:5> inlined at </app/a, b.js:1:3>,wrong map\n'
} >a.log
{
    sed '/only\|0x7100000000/d; s/0x7000050000,255/0x7000050000,300/; s/f6 /g6 /; s/f7 \(.*\),\*/f7 \1,^/; s/js:8:3/js:18:3/; s/wrong map/wrong type/' a.log
    printf 'code-creation,JS,11,199000,0x7200000000,128,onlyB /app/c.js:11:1,0x20,^\n'
    printf 'code-creation,Builtin,2,199000,0x1000,16,ArrayMap\n'
} | awk -F, -v OFS=, '/^code-creation/ { $4 -= 34000 } /^code-deopt/ { $2 -= 34000 } { print }' >b.log
jitney compare a.log b.log
jitney compare b.log a.log | sed -n '4p'
jitney compare --json a.log b.log
jitney compare --by name -n 1 a.log b.log
sed -n 's/^code-creation,JS,1[0-3],[0-9]*,0x\([0-9a-f]*\),\([0-9]*\),\(.*\),0x10,\*$/\1 \2 \3/p' a.log |
    while read -r address bytes name; do
        printf '%s %x JS:*%s\n' "$address" "$bytes" "$name"
    done >perf-7.map
jitney compare a.log perf-7.map
jitney compare a.log a.log
