# A trace with samples and recordings: both are told, as text and as JSON.
mkdir run
cp "$JITNEY_FIXTURES/synthetic-jitdump/move.perf.data" run/perf.data
cp "$JITNEY_FIXTURES"/synthetic-jitdump/move-jit-*.dump run/
gunzip -c "$JITNEY_FIXTURES/recording/v1/all-classes.jtr.gz" >run/events-21611.jtr
jitney report run | sed -n '/^What the engine did/,$p'
echo "== as JSON"
jitney report --json run | sed -n '/"activity"/,$p'
jitney report --json run | sed -n 's/^ "\([a-z_]*\)": .*/\1/p' | sort -u | tr '\n' ' '
echo
echo "== a recording that cannot be read: the samples are told all the same"
head -c 100 /dev/zero >run/events-21611.jtr
jitney report --json run >report.json || echo "exit $?"
tail -5 report.json
