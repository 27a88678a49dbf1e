# fixture: x86_64/01-interpreter
# Messages, logs and bare words, and what they mean.
cd 01-interpreter
x="muslin explain --color never -t alpine:3.22"
$x sh: ./app: not found
$x -v 'Error relocating /usr/bin/a: __printf_chk: symbol not found'
$x libssl.so.1.1
$x build-essential
echo "all is well" | $x
printf '\033[31mError loading shared library libpq.so.5: No such file or directory (needed by ./a)\n' > log
printf '#9 1.2 Error loading shared library libz.so.1: No such file or directory (needed by ./a)\r\n' >> log
printf 'Error relocating ./a: PQfinish: symbol not found\n' >> log
$x log
$x -q - < log
# what the log says is looked for in the file
$x --file bin/glibc sh: bin/glibc: not found
$x -q --file bin/musl sh: bin/musl: not found
