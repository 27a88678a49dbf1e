# needs: python3
# What is no index ends as one line, and changes nothing.
try() { muslin db import "$@" || echo "exit $?"; }
printf 'P:musl\nV:1\np:so:libc.musl-x86_64.so.1=1\n\n' > good
python3 -c 'print("P:a" * 9000)' > long
printf 'P:musl\nV:1.2.5-r0\np:so:x' > cut
printf 'P:musl\r\nV:1.2.5-r0\r\n\r\n' > cr
printf 'P:musl\nV:\0001\n\n' > nul
printf 'P:mu sl\n\n' > blank
printf 'P:$(id)\n\n' > shell
printf 'V:1\n\n' > nameless
printf 'hello\n' > text
printf '' > empty
head -c 3000 /dev/zero > zeros
python3 - <<'EOF'
import gzip, io, tarfile
def tar(name, data, path):
    with tarfile.open(path, "w:gz") as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
tar("OTHER", b"P:musl\n", "other.tar.gz")
tar("APKINDEX", b"\x7fELF" + bytes(100), "binary.tar.gz")
tar("APKINDEX", b"P:musl\nV:1\n\n" * 20000, "whole.tar.gz")
whole = open("whole.tar.gz", "rb").read()
open("cut.tar.gz", "wb").write(whole[:len(whole) // 2])
EOF
for f in long cut nul blank shell nameless text empty zeros other.tar.gz binary.tar.gz \
	cut.tar.gz nothing .; do
	try --release 3.26 --apkindex "$f"
done
try --release 3.26 --apkindex cr -o cr.db
cat cr.db
try --release 3.26 --apkindex - -o in.db < good
ls data 2> /dev/null || echo "no data"
echo "== usage"
try
try --apkindex good
try --release 3.26 --apkindex good --musl good
try --release banana --apkindex good
try --release 3.26 --apkindex good --repo universe
printf 'P:foo\n\n' > foo
try --release 3.26 --apkindex foo
try --remove ../x
try --musl good
MUSLIN_DB_DIR= try --release 3.26 --apkindex good
muslin db show --release 3.99 zlib || echo "exit $?"
muslin db show --apkindex good zlib || echo "exit $?"
echo "== data files"
mkdir data
for text in 'nonsense' '#muslin-db 1\npackage\ta\tb\tc\t1\n' \
	'#muslin-db 1\nrelease\t3.26\tmain\n' \
	'#muslin-db 1\nrelease\t3.x\tmain\t-\t-\n' \
	'#muslin-db 1\nrelease\t3.26\tmine\t-\t-\n' \
	'#muslin-db 1\nrelease\t3.26\tmain\t-\t-\nprovides\tsoap\tx\ty\n' \
	'#muslin-db 1\nrelease\t3.26\tmain\t-\t-\npackage\t\033[31m\t1\tx\t1\n'; do
	printf "$text" > data/bad.db
	muslin db show zlib || echo "exit $?"
done
muslin db list --no-user-db > /dev/null
