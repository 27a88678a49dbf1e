# fixture: x86_64/01-interpreter
# No text, a folder, a file that is not there; a command that is there by its file.
cd 01-interpreter
muslin explain </dev/null && echo "exit 0" || echo "exit $?"
muslin explain bin && echo "exit 0" || echo "exit $?"
muslin explain --file nothere 'sh: a: not found' && echo "exit 0" || echo "exit $?"
muslin explain -q --file bin/glibc 'sh: bin/glibc: not found' && echo "exit 0" || echo "exit $?"
printf 'one\ntwo\n' | muslin explain -q - && echo "exit 0" || echo "exit $?"
