# What a recording sums up to, and every record of it.
rds=$JITNEY_FIXTURES/rds
jitney report "$rds/rir.rda"
jitney report -n 1 "$rds/gzip3.rds"
jitney report --json "$rds/rir.rda"
jitney dump "$rds/rir.rda" | sed -n '1,3p;9p;16,17p'
jitney dump --json "$rds/save-gzip.rda" | sed -n '1,2p;18p'
