# fixture: x86_64/01-interpreter
# The threshold: a program that needs gcompat is a warning.
cd 01-interpreter
for level in never error warning note; do
    code=0
    muslin check -q -t alpine:3.22 --fail-on $level bin/glibc > /dev/null || code=$?
    echo "$level: $code"
done
