# fixture: x86_64/01-interpreter
# fixture: aarch64/01-interpreter arm
# The file's own machine, and another one asked for.
muslin check -t alpine:3.22 arm/bin/glibc
muslin check -t alpine:3.22 --arch aarch64 01-interpreter/bin/glibc || echo "exit $?"
muslin check -t alpine:3.22 --arch arm64 arm/bin/glibc
