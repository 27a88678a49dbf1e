# fixture: x86_64/29-missing-library
# needs: python3
# The document of the contract; python reads it, so that its form is proven too.
cd 29-missing-library
muslin check -t musl:1.2.5 -l none --root . -f json /bin/app > out || true
python3 -c '
import json
d = json.load(open("out"))
o = d["objects"][0]
print(list(d), d["schema_version"], d["command"], d["targets"])
print(list(o))
print(json.dumps(o["results"], indent=1))
print(json.dumps(o["findings"], indent=1))
print(d["summary"])'
