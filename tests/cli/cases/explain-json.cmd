# fixture: x86_64/01-interpreter
# One document, or one object a line; a text that tells nothing has no diagnosis.
cd 01-interpreter
muslin explain -f json -t alpine:3.18 'Error relocating /usr/bin/a: statx: symbol not found' |
    sed 's/"version":"[^"]*"/"version":"V"/'
printf 'fetch http://m/alpine/v3.15/main\nsh: apt-get: not found\n' | muslin explain -f ndjson
muslin explain -f json hello world | sed 's/"version":"[^"]*"/"version":"V"/'
muslin explain -f json --file bin/glibc '/lib64/ld-linux-x86-64.so.2: No such file or directory' |
    sed 's/"version":"[^"]*"/"version":"V"/'
