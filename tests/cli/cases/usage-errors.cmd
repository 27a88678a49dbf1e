# Wrong usage is 64, told on stderr, and nothing goes to stdout.
for args in "frobnicate" "check --no-such-option" "check" "check --target nonsense:1 x"; do
    code=0
    muslin $args || code=$?
    echo "$code: muslin $args" >&2
done
