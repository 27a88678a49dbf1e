#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes data/libstdcxx-lacks.tsv: what Alpine's libstdc++ does not define.

Run by hand when there is a new libstdc++ to compare; the build never runs it:

    import_libstdcxx.py GLIBC_LIBSTDCXX ALPINE_TABLE... [-- DATA_FOLDER]

GLIBC_LIBSTDCXX is the libstdc++.so.6 of a glibc system, ALPINE_TABLE a table (name, type,
bind) of one of Alpine's: the first of the same GCC and machine, the others newer or of
other machines. A name counts that no table has. Of other machines names differ (long
double, size_t of 32 bits), but only those that this machine's glibc library has are
written, so that none is claimed that was not seen. Needs nm of binutils.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HEAD = """\
# What: symbols of the libstdc++ of glibc systems that Alpine's does not define
# Source: import_libstdcxx.py: libstdc++ 6.0.30 of Debian 12 on x86_64 against those of \
Alpine 3.18 (6.0.30, x86_64) and 3.23 (6.0.34, aarch64). Alpine's is built for the generic \
locale model and without symbol versions
# Names with a size_t (m) or mask (t) are as on 64-bit machines; others were not compared
#symbol
"""


def defined(library):
    """Names without their versions; those of type A are the versions themselves."""
    out = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', library],
                         check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in out.splitlines())
    return {name.split('@')[0] for _, kind, name in rows if kind != 'A'}


def names(table):
    with open(table, encoding='ascii') as f:
        return {line.split('\t')[0] for line in f if line[0] != '#'}


def main():
    words = sys.argv[1:]
    data = os.path.join(HERE, 'data')
    if '--' in words:
        at = words.index('--')
        words, data = words[:at], words[at + 1]
    if len(words) < 2:
        sys.exit(__doc__)
    lacks = defined(words[0]).difference(*map(names, words[1:]))
    with open(os.path.join(data, 'libstdcxx-lacks.tsv'), 'w', encoding='ascii') as f:
        f.write(HEAD + ''.join(name + '\n' for name in sorted(lacks)))


if __name__ == '__main__':
    main()
