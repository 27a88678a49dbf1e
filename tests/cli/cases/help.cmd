# Help goes to stdout, exit code 0, for every command.
muslin --help
for c in check scan db rules; do
    muslin $c --help
done
