# fixture: x86_64/48-dlopen-lazy
# fixture: x86_64/41-tls
# What start does not find is fatal; of what a dlopen does not find, functions may wait.
for f in $(find 48-dlopen-lazy 41-tls -name '*.so*' -not -path '*/stub/*' | sort); do
    muslin check -t musl:1.2.5 --mode all --fail-on never "$f"
done
