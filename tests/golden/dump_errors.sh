# One line and exit 1 for what cannot be read or written, 2 for wrong usage.
: >empty
echo 'just a text' >text
echo 'a;b 1' >good
mkdir folder
try() {
    "$@" </dev/null
    echo "exit $?"
}
try jitney dump missing 2>&1
try jitney dump empty 2>&1
try jitney dump text 2>&1
try jitney dump folder 2>&1
try jitney dump - 2>&1
try jitney dump good -o folder/no/file 2>&1
try jitney dump 2>&1
try jitney dump good good 2>&1
jitney dump good 2>&1 >/dev/full
echo "exit $?"
