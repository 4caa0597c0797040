#!/bin/sh
# bench/record_event.sh [BUILD]: what a recorded event costs, beside LTTng-UST with the same fields.
# BUILD is a build folder with libjitney in it (build-bench). LTTng writes to the same disk, by a daemon
# of its own whose folders are deleted.
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build-bench}")
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/jitney-bench-XXXXXX")
daemon=
cleanup() {
    if [ -n "$daemon" ]; then
        lttng destroy jitney-bench >/dev/null 2>&1 || true
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap cleanup EXIT
lttng=
if pkg-config --exists lttng-ust 2>/dev/null && command -v lttng-sessiond >/dev/null; then
    lttng="-DWITH_LTTNG -Ibench $(pkg-config --cflags --libs lttng-ust)"
else
    echo 'SKIP: no LTTng-UST (liblttng-ust-dev, lttng-tools)'
fi
# shellcheck disable=SC2086
cc -O2 -std=gnu11 -D_GNU_SOURCE -Iinclude bench/record_event.c -o "$folder/record_event" \
    -L"$build/src/runtime" -ljitney -Wl,-rpath,"$build/src/runtime" $lttng -ldl -lpthread
if [ -n "$lttng" ]; then
    export HOME="$folder/home" LTTNG_HOME="$folder/home" LTTNG_UST_REGISTER_TIMEOUT=5000
    mkdir -p "$HOME"
    lttng-sessiond --no-kernel --quiet --group "$(id -gn)" >/dev/null 2>&1 &
    daemon=$!
    tries=0
    until lttng list >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || { echo 'SKIP: lttng-sessiond does not start'; exit 0; }
        sleep 0.1
    done
    lttng create jitney-bench --output="$folder/trace" >/dev/null
    lttng enable-channel --userspace --session=jitney-bench --discard --subbuf-size=16M --num-subbuf=8 events >/dev/null
    lttng enable-event --userspace --session=jitney-bench --channel=events 'jitney_bench:*' >/dev/null
    lttng start jitney-bench >/dev/null
fi
"$folder/record_event" "$folder/events.jtr" "${ROUNDS:-15}" "${EVENTS:-1000000}"
if [ -n "$lttng" ]; then
    lttng stop jitney-bench 2>&1 | grep -i 'discard' || true
    echo "bytes of LTTng's trace: $(du -sb "$folder/trace" | cut -f1)"
fi
