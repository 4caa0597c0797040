# Two views of one run each: V8's log beside its dump, HotSpot's log beside a perf map.
fixtures=$JITNEY_FIXTURES/compare
for name in v8.log jit-16990.dump hotspot.xml perf-17091.map; do
    gzip -dc "$fixtures/$name.gz" >"$name"
done
jitney compare v8.log jit-16990.dump
jitney compare -n 2 jit-16990.dump v8.log
jitney compare -n 4 hotspot.xml perf-17091.map
jitney compare --json jit-16990.dump v8.log | sed -n '1,10p'
jitney compare -n 1 --by name v8.log jit-16990.dump | sed -n '4,11p'
mkdir trace
cp jit-16990.dump trace
jitney compare trace v8.log | sed -n '1,2p;4p'
jitney dump v8.log | sed -n '1,2p;$p'
jitney dump --json hotspot.xml | sed -n '1p;60p'
jitney dump - <hotspot.xml | sed -n '2p'
