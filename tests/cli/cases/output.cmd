# fixture: x86_64/01-interpreter
# -o appears when it is complete, and nothing else is left behind.
cd 01-interpreter
muslin check -t alpine:3.22 -q -f ndjson -o out.ndjson bin/musl
ls
muslin check -t alpine:3.22 -o no/such/folder bin/musl || echo "exit $?"
