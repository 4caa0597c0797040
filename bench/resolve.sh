#!/bin/bash
# How fast addresses become names: `jitney resolve` on 200 MB of trace text with a
# map of 50,000 functions, and against the npm package resolve-jit-symbols (rjs) on
# the same first 20,000 lines, one after the other in each round. Prints medians of
# elapsed and of processor time; the latter is the steadier on a busy machine.
#
#     bench/resolve.sh [JITNEY] [ROUNDS]
set -eu
jitney=$(realpath "${1:-build/src/cli/jitney}")
rounds=${2:-3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# The numbers are below 2^31, as far as every awk counts in %x; the same each time.
awk 'BEGIN {
    at = 143677440
    for (i = 0; i < 50000; i++) {
        size = 64 + (i * 7919) % 1500
        printf "1d36%08x %x JS:*function_%d /home/user/app/src/module_%d.js:%d:%d\n",
            at, size, i, i % 500, i % 999, i % 77
        at += size + (i % 3) * 32
    }
}' >jit.map
awk -v end=3550000 'BEGIN {
    seed = 1
    for (i = 0; i < end; i++) {
        seed = (seed * 16807) % 2147483647
        kind = seed % 10
        address = 143677440 + (seed % 41000000)
        if (kind < 3)
            printf "    frame #%d: 0x00001d36%08x\n", i % 40, address
        else if (kind < 6)
            printf "#%-3d 0x00001d36%08x in ?? ()\n", i % 40, address
        else if (kind < 7)
            printf "\t    1d36%08x [unknown] (/tmp/perf-4711.map)\n", address
        else
            printf "    frame #%d: 0x00007f12%08x node`node::TimerWrap::OnTimeout(uv_timer_s*) + %d at timer_wrap.cc:%d\n",
                i % 40, address, i % 99, i % 1000
    }
}' >trace.txt
head -n 20000 trace.txt >short.txt

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
TIMEFORMAT='%R %U %S'
# run NAME COMMAND...: time it; elapsed and processor seconds go to NAME.real and NAME.cpu.
run() {
    local name=$1
    shift
    { time "$@" >"$name.out" 2>"$name.err"; } 2>time.txt
    awk -v name="$name" '{print $1 >>(name ".real"); print $2 + $3 >>(name ".cpu")}' time.txt
}
resolve_all() { "$jitney" resolve --map jit.map trace.txt; }
resolve_short() { "$jitney" resolve --map jit.map short.txt; }
rjs_short() { node "$folder/node_modules/resolve-jit-symbols/bin/rjs" jit.map <short.txt; }

has_rjs=no
if command -v npm >/dev/null && npm install --silent --prefix "$folder" resolve-jit-symbols@0.5.0 \
    >/dev/null 2>&1; then
    has_rjs=yes
fi
for _ in $(seq "$rounds"); do
    run all resolve_all
    run short resolve_short
    [ $has_rjs = no ] || run rjs rjs_short
done

bytes=$(stat -c %s trace.txt)
awk -v bytes="$bytes" -v real="$(median <all.real)" -v cpu="$(median <all.cpu)" 'BEGIN {
    printf "resolve: %.0f MB, elapsed %.2f s (%.0f MB/s), processor %.2f s (%.0f MB/s)\n",
        bytes / 1e6, real, bytes / 1e6 / real, cpu, bytes / 1e6 / cpu
}'
grep -c 'JS:\*function_' all.out | awk '{printf "resolve: %d addresses named\n", $1}'
if [ $has_rjs = no ]; then
    echo "rjs: not installed (npm install resolve-jit-symbols failed), no ratio"
    exit 0
fi
awk -v a="$(median <rjs.real)" -v b="$(median <short.real)" -v c="$(median <rjs.cpu)" \
    -v d="$(median <short.cpu)" 'BEGIN {
    printf "20,000 lines: rjs %.2f s, resolve %.3f s: %.0fx elapsed, %.0fx processor\n", a, b, a / b, c / d
}'
