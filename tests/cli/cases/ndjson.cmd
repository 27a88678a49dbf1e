# fixture: x86_64/01-interpreter
# needs: python3
# An object a line, and a last line with the summary, in the order of the names given.
cd 01-interpreter
printf 'bin/musl\nbin/glibc\n' | muslin check -t alpine:3.22 -f ndjson --files-from - > out
printf 'bin/glibc\0bin/musl\0' | muslin check -t alpine:3.22 -f ndjson --files-from - >> out
python3 -c '
import json
for line in open("out"):
    d = json.loads(line)
    print(d.get("path"), d.get("verdict"), d.get("summary"))'
