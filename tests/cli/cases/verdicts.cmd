# fixture: x86_64/01-interpreter
# Verdict first, then why, then what to do; the summary where there are several files.
cd 01-interpreter
muslin check -t alpine:3.22 bin/glibc bin/musl
muslin check -t alpine:3.22 -v bin/glibc
muslin check -t alpine:3.22 -q bin/glibc bin/musl
muslin check -t alpine:3.22 -l none bin/glibc
