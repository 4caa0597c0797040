jitney report --dump "$JITNEY_FIXTURES"/synthetic-jitdump/move-jit-*.dump \
    "$JITNEY_FIXTURES/synthetic-jitdump/move.perf.data"
echo "== without its dump: what is missing, and what helps"
jitney report "$JITNEY_FIXTURES/synthetic-jitdump/move.perf.data"
