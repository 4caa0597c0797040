# Traces of every tool, with the names in place of the addresses, then beside them.
cat >jit.map <<'MAP'
1d36809060a0 80 Stub:CEntryStub
3d278f806000 100 JS:*work app.js:2:17
MAP
cat >trace.txt <<'TEXT'
   7  0x1d36809060ba
    frame #0: 0x00000001009c096c node_g`uv_fs_read(loop=0x0000000100f4b980) + 44 at fs.c:1037
    frame #6: 0x00003d278f8060bb
#6  0x00003d278f8060bb in ?? ()
#7  0x00007ffff744524a in __libc_start_main () from /lib/libc.so.6
67.0ms   97.1%,0, ,         0x3d278f8060bb
	    3d278f8060bb [unknown] (/tmp/perf-4711.map)
[<00003d278f8060bb>] ? 3D278F8060BB
0x1d3680906120 is one byte too far, 0x1d368090611f is not, 0x1d36809060a0 is the first
no address: facade 4711 1d36809060ba1d36 x0x1d36809060ba
TEXT
jitney resolve --map jit.map trace.txt
echo
jitney resolve --map jit.map --keep <trace.txt
