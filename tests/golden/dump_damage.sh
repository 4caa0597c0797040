# What is there is shown, what is lost is counted.
head -c 1000 "$JITNEY_FIXTURES/php/jit-8133.dump" >torn.dump
jitney dump torn.dump | tail -n 1
for i in $(seq 4000); do echo "main;work;part_$i 1"; done >most.folded
echo 'and no more' >>most.folded
jitney dump most.folded | tail -n 1
printf 'n 1/1 1.000000: cycles: \n\t 1 f (/n)\n\ngarbage here\n\t 2 torn' >cut.txt
jitney dump cut.txt
printf '1000 10 bad\377name "q" \\ tab\tend\n' >odd.map
jitney dump odd.map
jitney dump --json odd.map
