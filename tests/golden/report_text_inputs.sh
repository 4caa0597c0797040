# Folded stacks and perf script's text are inputs too, from a pipe as well.
printf 'node;main;work 3\nnode;main;work;inner_[j] 4\nnode;main;work;work 1\n' >app.folded
jitney report app.folded
jitney report - <app.folded | head -3
cat app.folded | jitney fold --annotate -
cat >script.txt <<'TEXT'
node 42/42  10.000001:    1001001 cpu-clock:u: 
	    7f0000001010 JS:*inner /srv/app.js:7:3+0x10 (/tmp/perf-42.map)
	    7f0000002010 JS:~outer /srv/app.js:2:3+0x20 (/tmp/perf-42.map)
	          401000 main+0x10 (/usr/bin/node)

node 42/42  10.001001:    1001001 cpu-clock:u: 
	    7f0000009010 [unknown] (/tmp/perf-42.map)
	          401000 main+0x10 (/usr/bin/node)

TEXT
jitney report script.txt
jitney fold --raw-names script.txt
