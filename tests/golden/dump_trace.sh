# A trace lists its files.
mkdir run.jitney
cp "$JITNEY_FIXTURES/luajit/perf.data" "$JITNEY_FIXTURES/luajit/perf-22876.map" run.jitney
jitney dump run.jitney
jitney dump --json run.jitney
