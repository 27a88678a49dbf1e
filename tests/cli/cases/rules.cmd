# The table, one rule in full, and one that is not there.
muslin rules
muslin rules MU003 missing-library
muslin rules MU999 || echo "exit $?"
