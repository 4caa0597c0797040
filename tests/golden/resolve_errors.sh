# One line and exit 1 for what cannot be read or written, 2 for wrong usage.
echo '1000 10 name' >good.map
echo 'no map at all' >bad.map
: >empty.map
mkdir folder
try() {
    "$@" </dev/null
    echo "exit $?"
}
try jitney resolve --map missing.map 2>&1
try jitney resolve --map folder 2>&1
try jitney resolve --map empty.map 2>&1
try jitney resolve --map bad.map 2>&1
try jitney resolve --dump good.map 2>&1
try jitney resolve --trace missing 2>&1
try jitney resolve --trace folder 2>&1
try jitney resolve --pid 2147483646 2>&1
try jitney resolve --map good.map missing.txt 2>&1
try jitney resolve --map good.map folder 2>&1
try jitney resolve --map good.map -o folder/no/file 2>&1
try jitney resolve 2>&1
try jitney resolve --map good.map a b 2>&1
try jitney resolve --map 2>&1
echo 'text' | jitney resolve --map good.map 2>&1 >/dev/full
echo "exit $?"
