# Each is one line on standard error and exit 1 (2 for wrong usage).
: >empty
mkdir folder
printf 'hello\nworld\n' >words
head -c 200 "$JITNEY_FIXTURES/synthetic-jitdump/move.perf.data" >short.data
for arguments in 'report missing' 'report empty' 'report folder' 'report words' 'report short.data' \
    'fold missing' 'report' 'report a b' 'report --sort size words' 'report --html --json words' \
    'report -n many words' 'report --nonsense words' 'nothing' 'report --event nosuch words'; do
    echo "$ jitney $arguments"
    jitney $arguments 2>&1
    echo "exit $?"
done
printf 'a;b 1\n' >good
jitney report good >/dev/full
echo "exit $?"
jitney fold -o /no/such/folder/out good
echo "exit $?"
jitney report -o /dev/full good
echo "exit $?"
test -c /dev/full && echo "the device is still there"
