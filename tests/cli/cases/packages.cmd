# fixture: x86_64/64-alpine-packages
# Which packages of a release bring the libraries that are missing: by name where that is
# likely; where they do not, which releases do, or that it is another version.
cd 64-alpine-packages
check() { muslin check --color never --fail-on never -v --root . "$@" |
	grep -v '^  executable, \|^  shared-library, '; }
check -t alpine:3.22 /bin/brought /bin/musl /lib/libmodule.so
check -t alpine:3.12 -l none /bin/brought
check -t alpine:3.24 /bin/mixed
check -t alpine:3.17 /bin/mixed
check -t alpine:3.24,alpine:3.16 /bin/gone
check -t alpine:3.22 -f json /bin/gone | grep -o '"missing_libraries":[^]]*],"releases_with":[^]]*]' | tail -n 1
