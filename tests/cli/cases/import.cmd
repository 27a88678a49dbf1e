# fixture: x86_64/64-alpine-packages
# needs: python3
# An index that was imported takes the place of what is built in, in all further runs.
check() { muslin check --color never --fail-on never --root 64-alpine-packages "$@"; }
mkdir main community
python3 index.py main/APKINDEX.tar.gz <<'EOF'
musl 1.2.7-r3 musl so:libc.musl-x86_64.so.1=1 musl-libc=1
gcompat 1.1.0-r4 gcompat so:libgcompat.so.0=0
zlib-dev 1.4-r0 zlib so:libz.so.1=1.4 pc:zlib=1.4
zlib 1.4-r0 zlib so:libz.so.1=1.4
openssl 4.0.0-r1 openssl cmd:openssl=4.0.0-r1
libssl4 4.0.0-r1 openssl so:libssl.so.4=4.0.0
EOF
python3 index.py community/APKINDEX <<'EOF'
pcre2 11.0-r0 pcre2 so:libpcre2-8.so.0=0.12.0
newthing 1-r0 newthing cmd:newthing=1-r0
EOF
check -t alpine:3.26 /bin/brought || echo "exit $?"
muslin db import --release v3.26.1 --apkindex main/APKINDEX.tar.gz \
	--apkindex community/APKINDEX
muslin db list | sed -n '/^Alpine/,/^$/p;/^Data that/,/^$/p' | grep 'edge\|3\.2[46]'
echo "== the newest release is the default target"
check /bin/brought
check -v -t alpine:3.26 -f json /bin/gone | grep 'libc_version\|summary": "'
echo "== what the index does not say is not so"
muslin db show --release 3.26 zlib newthing openssl libssl.so.4 libssl.so.3
muslin db show --release 3.26 -f json so:libz.so.1 | grep '"package"\|certainty\|seen_in'
echo "== a release that is built in"
muslin db show --release 3.22 so:libpcre2-8.so.0
muslin db import --release 3.22 --repo main --apkindex main/APKINDEX.tar.gz -o 322.db
muslin db show --release 3.22 --db 322.db so:libpcre2-8.so.0 so:libssl.so.4 apk:libssl3
echo "== left out, removed"
check --no-user-db -t alpine:3.26 /bin/brought || echo "exit $?"
MUSLIN_DB_DIR= check -t alpine:3.26 /bin/brought || echo "exit $?"
muslin db import --remove 3.26 --repo community
ls data
muslin db import --remove v3.26
ls data
muslin db import --remove 3.26 || echo "exit $?"
echo "== a libc"
printf '#muslin-db 1\nlibc\tmusl:9.9.9\t9.9.9\tx86_64\nsymbol\tputs\n' > data/musl-9.9.9-x86_64.db
check -t musl:9.9.9 -l none /bin/musl
muslin db list -f json | grep -A9 '"loaded"'
