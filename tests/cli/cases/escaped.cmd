# fixture: x86_64/01-interpreter
# A name cannot command the terminal, nor can one that is no UTF-8 break JSON.
# needs: python3
cd 01-interpreter
name=$(printf 'a\033[31mb\377')
cp bin/musl "$name"
muslin check -t alpine:3.22 "$name"
muslin check -t alpine:3.22 -f ndjson "$name" | python3 -c '
import base64, json, sys
o = json.loads(sys.stdin.readline())
print(ascii(o["path"]), base64.b64decode(o["path_bytes"]))'
muslin check -t alpine:3.22 "$(printf 'gone\033]0;x\007')" || echo "exit $?"
