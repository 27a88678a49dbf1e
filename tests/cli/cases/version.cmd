# The version goes to stdout.
muslin --version
