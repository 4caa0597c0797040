# Code that moves, is loaded twice and reuses addresses: the truth is in mk.c.
# [mk] is the program that made it, which is not here.
for name in move dup dbg pid0 mach0 hdr48; do
    echo "== $name"
    jitney fold --dump "$JITNEY_FIXTURES"/synthetic-jitdump/$name-jit-*.dump \
        "$JITNEY_FIXTURES/synthetic-jitdump/$name.perf.data"
done
jitney fold --annotate --no-lines --dump "$JITNEY_FIXTURES"/synthetic-jitdump/dbg-jit-*.dump \
    "$JITNEY_FIXTURES/synthetic-jitdump/dbg.perf.data"
