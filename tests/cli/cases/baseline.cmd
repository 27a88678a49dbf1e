# fixture: x86_64/29-missing-library
# What a baseline has is not told again; what is new is.
cd 29-missing-library
muslin check -t musl:1.2.5 -l none --root . -f json -o base.json /bin/app || echo "first: $?"
muslin check -t musl:1.2.5 -l none --root . --baseline base.json /bin/app
muslin check -t musl:1.2.5 -l none --root . --baseline base.json --assert static /bin/app || echo "new: $?"
echo '{"a": 1}' > no.json
muslin check --baseline no.json /bin/app || echo "no report: $?"
muslin check --baseline gone.json /bin/app || echo "no file: $?"
