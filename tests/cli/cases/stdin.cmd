# fixture: x86_64/01-interpreter
# "-" is standard input, a file or a pipe.
cd 01-interpreter
muslin check -t alpine:3.22 - < bin/musl
cat bin/musl | muslin check -t alpine:3.22 -
