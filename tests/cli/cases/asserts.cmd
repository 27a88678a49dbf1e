# fixture: x86_64/62-assert
# What is asserted and not so is an error; --ignore and --fail-on decide about the exit.
cd 62-assert
muslin check -q --assert static bin/static
code=0
muslin check --assert static,glibc'<='2.0,interpreter=/lib/ld-musl-x86_64.so.1 bin/dynamic || code=$?
echo "exit $code"
muslin check -q --assert static --ignore MU013 bin/dynamic
muslin check -q --assert static --ignore 'assertion:*/dynamic' bin/dynamic
muslin check -q --assert static --fail-on never bin/dynamic
