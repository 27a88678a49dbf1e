# fixture: x86_64/05-rpath
# A library that is not found, in musl's own words; exit code 1.
cd 05-rpath
muslin check --color never -t musl:1.2.5 -l none --root . /bin/none
