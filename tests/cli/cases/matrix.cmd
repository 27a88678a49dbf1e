# fixture: x86_64/39-irelative
# fixture: x86_64/52-glibc-real
# Several targets give a matrix.
muslin check --color never -t alpine:3.12,alpine:3.17,alpine:3.22 52-glibc-real/bin/fortified 39-irelative/bin/plain
