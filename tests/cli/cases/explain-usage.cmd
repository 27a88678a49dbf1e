# fixture: x86_64/01-interpreter
# Wrong questions, and what cannot be read.
cd 01-interpreter
try() {
    code=0
    muslin explain "$@" < /dev/null > /dev/null || code=$?
    echo "$code: $*" >&2
}
try -f tree x
try -t alpine:1.0 x
try -t alpine:3.20,alpine:3.21 x
try --arch pdp11 x
try --color red x
try --what x
try --file bin/none x
try bin/glibc
try
mkfifo pipe
(echo "sh: ./a: not found" > pipe &)
try pipe
