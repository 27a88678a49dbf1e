# Help goes to stdout, exit code 0, for every command.
muslin --help
for c in check scan explain db rules; do
    muslin $c --help
done
