# fixture: x86_64/52-glibc-real
# needs: python3
# --db brings a musl that is not built in.
printf '#muslin-db 1\nlibc\tmusl:9.9.9\t9.9.9\tx86_64\nsymbol\tputs\n' > new.db
muslin check --db new.db -t musl:9.9.9 -f ndjson 52-glibc-real/bin/plain > out || true
python3 -c '
import json
r = json.loads(open("out").readline())["results"][0]
print(r["target"], r["layer"], sorted(m["symbol"] for m in r["loader"]["missing_symbols"]))'
echo 'nonsense' > bad.db
muslin check --db bad.db -t musl:9.9.9 x || echo "exit $?"
printf '#muslin-db 1\nsymbol\tputs\n' > bad.db
muslin check --db bad.db x || echo "exit $?"
