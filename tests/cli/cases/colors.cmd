# fixture: x86_64/01-interpreter
# Colours when asked for, not into a file, and never against NO_COLOR.
cd 01-interpreter
muslin check -t alpine:3.22 --color always bin/musl
muslin check -t alpine:3.22 bin/musl
NO_COLOR=1 muslin check -t alpine:3.22 --color auto bin/musl
