# One line and exit 1 for what cannot be read or written, 2 for wrong usage.
rds=$JITNEY_FIXTURES/rds
: >empty
echo 'just a text' >text
mkdir folder
head -c 3000 "$rds/rir.rda" >torn.rda
try() {
    echo "$ $*" | sed "s|$rds/||"
    "$@" 2>&1 >out </dev/null
    echo "exit $?"
}
try jitney events missing
try jitney events empty
try jitney events text
try jitney events folder
try jitney events /dev/null
try jitney events "$rds/bzip2.rds"
try jitney events "$rds/xz.rds"
try jitney events "$rds/no-recording.rds"
try jitney events
try jitney events text text
try jitney events --filter Deopt,Nonsense "$rds/rir.rda"
try jitney events --since soon "$rds/rir.rda"
try jitney events --since 1s "$rds/rir.rda"
try jitney events --csv --json "$rds/rir.rda"
try jitney events --rds out --follow "$rds/rir.rda"
try jitney events --rds folder/no/file "$rds/rir.rda"
try jitney report --html "$rds/rir.rda"
try jitney events torn.rda
wc -l <out
try jitney events --rds torn-again.rda torn.rda
jitney events torn-again.rda | wc -l
jitney events "$rds/rir.rda" 2>&1 >/dev/full
echo "exit $?"
jitney events --rds /dev/full "$rds/rir.rda" 2>&1
echo "exit $?"
