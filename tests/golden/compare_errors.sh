# Wrong usage is 2, what cannot be read 1, and differences are no failure.
printf '1000 10 f\n' >perf-1.map
printf 'hello\n' >text
: >empty
mkdir folder
try() {
    jitney "$@" 2>&1
    echo "exit $?"
}
try compare
try compare perf-1.map
try compare a b c
try compare --by size a b
try compare -n x a b
try compare perf-1.map missing
try compare text perf-1.map
try compare empty perf-1.map
try compare folder perf-1.map
try compare perf-1.map perf-1.map -o /dev/full
try compare --help
printf '2000 10 g\n' >perf-2.map
try compare perf-1.map perf-2.map
try compare perf-1.map perf-2.map -o out && cat out
