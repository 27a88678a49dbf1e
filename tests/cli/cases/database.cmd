# Symbols, sonames, releases; what nobody knows is exit code 1.
muslin db show stat64 qsort_r
muslin db show libc.so.6 libresolv.so.2
muslin db show 3.22 musl:1.2.5
muslin db show no_such_symbol_anywhere || echo "exit $?"
