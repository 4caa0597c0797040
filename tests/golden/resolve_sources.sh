# Maps, dumps and traces; the process chooses when several tell of one address.
cp "$JITNEY_FIXTURES/php/jit-8133.dump" "$JITNEY_FIXTURES/php/perf-8304.map" .
echo '557f3de00090 and 5576a8400090' | jitney resolve --dump jit-8133.dump --map perf-8304.map
echo '557f3de00090' | jitney resolve --map jit-8133.dump
mkdir run.jitney
printf '1000 10 one\n2000 10 shared\n' >run.jitney/perf-1.map
printf '1000 10 two\n2000 10 shared\n' >run.jitney/perf-2.map
echo '0x1000 0x2000' | jitney resolve --trace run.jitney
echo '0x1000 0x2000' | jitney resolve --trace run.jitney --pid 2
# A process by its id: alive, gone, and with a map that somebody else planted.
sleep 60 &
map=/tmp/perf-$!.map
echo '1000 10 name' >"$map"
echo '0x1000' | jitney resolve --pid $!
kill $!
wait $! 2>/dev/null
echo '0x1000' | jitney resolve --pid $!
[ "$(id -u)" = 0 ] && chown 54321 "$map" || rm "$map"
echo '0x1000' | jitney resolve --pid $! 2>/dev/null || echo 'refused'
[ ! -e "$map" ] && echo name || echo '0x1000' | jitney resolve --pid $! --trust-maps
rm -f "$map"
