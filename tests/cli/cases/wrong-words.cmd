# fixture: x86_64/01-interpreter
# A word that is none of an option's: told with those there are, exit code 64.
cd 01-interpreter
try() {
    code=0
    muslin check "$@" bin/glibc || code=$?
    echo "$code: $*" >&2
}
try --layer glibc
try --mode now
try --format xml
try --color red
try --fail-on fatal
try --jobs 0
try --ignore MU999
try --assert shiny
try --arch pdp11
try --target alpine:2.1
try --target
code=0
muslin || code=$?
echo "$code: nothing" >&2
