# Every kind of file is known by its content, whatever its name.
cp "$JITNEY_FIXTURES/luajit/perf.data" one
jitney dump one | sed -n '/^sample/{p;q}'
jitney dump --json one | sed -n '/"sample"/{p;q}'
jitney dump one | cut -d' ' -f1 | sort | uniq -c
cp "$JITNEY_FIXTURES/synthetic-jitdump/move-jit-21611.dump" two
jitney dump two
jitney dump --json two
cp "$JITNEY_FIXTURES/luajit/perf-22876.map" three
jitney dump three | head -n 2
jitney dump --json three | head -n 1
gzip -dc "$JITNEY_FIXTURES/luajit/perf.script.txt.gz" >four
jitney dump four | head -n 2
jitney dump --json four | sed -n 4p
printf 'a;b c;d 12\n' >five
jitney dump five
jitney dump --json <five - | cat
cat five | jitney dump -
