# A recording of R's compiler as a table, as CSV, as JSON; what is asked for alone.
rds=$JITNEY_FIXTURES/rds
jitney events "$rds/rir.rda"
jitney events --csv "$rds/save-gzip.rda" | tr -d '\r'
jitney events --json "$rds/reversed.rds" | sed -n '1p;9p;13p'
echo "== --filter"
jitney events --filter deopt,CompilationEnd "$rds/rir.rda"
jitney events --filter Function --filter Note "$rds/rir.rda"
echo "== --function"
jitney events --function '<*>' "$rds/rir.rda"
jitney events --function fib --filter Invoke "$rds/rir.rda"
jitney events --function nosuch "$rds/rir.rda"
echo "== -o, and a reader that has seen enough"
jitney events -o out "$rds/rir.rda" && wc -l <out
jitney events "$rds/rir.rda" | head -n 1
jitney events - <"$rds/rir.rda" | head -n 2
