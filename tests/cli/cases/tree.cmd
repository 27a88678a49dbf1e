# fixture: x86_64/07-runpath-inherited
# fixture: x86_64/59-cycle
# What loads what, what is missing in place, and nothing drawn twice.
(cd 07-runpath-inherited && muslin check -t musl:1.2.5 -l none -f tree --fail-on never --root . $(ls bin/* | sed 's,^,/,'))
(cd 59-cycle && muslin check -t musl:1.2.5 -l none -f tree --fail-on never --root . $(ls bin/* | sed 's,^,/,'))
