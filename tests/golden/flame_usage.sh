# Wrong usage is told in one line; nothing is written.
printf 'a;b 1\n' >in.folded
for words in "" "--diff in.folded" "--html --svg in.folded" "--min-share much in.folded" \
    "--min-share 101 in.folded" "missing.folded" "in.folded -o missing/out.html"; do
    jitney flame $words
    echo "exit $?"
done
ls
