# fixture: x86_64/01-interpreter
# One line for what cannot be read, exit code 2, and the rest is checked.
cd 01-interpreter
echo text > text
: > empty
printf '\177ELF' > short
printf '#!/bin/sh\n' > script
muslin check -t alpine:3.22 -q gone bin text empty short script bin/glibc bin/musl
