#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the compact tables in data/ still say what the raw ones said.

    check_tables.py [RAW_FOLDER]

Every table of musl that was read is written out again from data/musl and compared with
its row count and checksum in data/checksums.tsv. With RAW_FOLDER, the folder that
import_facts.py reads, all raw tables are compared row by row as well.
"""
import hashlib
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import gen_db  # noqa: E402
import import_facts  # noqa: E402

# Releases that were read and found to equal upstream's table.
SAME_AS = {'alpine:3.20': 'musl:1.2.5'}


class Check:
    def __init__(self):
        self.db = gen_db.Db(os.path.join(HERE, 'data'))
        self.db.build()
        self.failed = 0

    def say(self, good, what):
        self.failed += not good
        if not good:
            print(f'not equal: {what}')

    def musl(self, variant, machine):
        """Rows of one libc.so, as name -> (type, bind, size)."""
        names = [v['name'] for v in self.db.variants]
        number = names.index(SAME_AS.get(variant, variant))
        types = {v: k for k, v in gen_db.TYPE.items()}
        binds = {v: k for k, v in gen_db.BIND.items()}
        out = {}
        for name, rows in self.db.libc[gen_db.MACHINES.index(machine)].items():
            for have, typ, bind, size in rows:
                if number in have:
                    out[name] = (types[typ], binds[bind], str(size))
        return out

    def checksums(self):
        table = next(t for t in self.db.tables if t.name == 'checksums.tsv')
        for r in table.rows:
            rows = self.musl(r['variant'], r['machine'])
            text = ''.join(f'{n}\t' + '\t'.join(rows[n]) + '\n' for n in sorted(rows))
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            self.say((str(len(rows)), digest) == (r['rows'], r['sha256']),
                     f'{r["variant"]} on {r["machine"]}')
        return len(table.rows)

    def raw_musl(self, raw):
        tables = import_facts.Tables(raw)
        for (variant, machine), rows in tables.known.items():
            self.say(self.musl(variant, machine) == rows, f'{variant} on {machine}')
        return len(tables.known)

    def raw_glibc(self, raw):
        n = 0
        for machine in self.db.glibc_machines:
            raw_rows = sorted(import_facts.read_rows(f'{raw}/glibc/{machine}.tsv'))
            mine = sorted([name, lib, version, kind, str(size)]
                          for name, rows in self.db.glibc[machine].items()
                          for lib, version, kind, size in rows)
            self.say(raw_rows == mine, f'glibc on {machine}')
            n += len(mine)
        return n

    def raw_small(self, raw):
        tables = {t.name: t.rows for t in self.db.tables}
        lfs = [[r['name'], r['maps_to'], r['since']] for r in tables['lfs64.tsv']]
        self.say(sorted(r[:3] for r in import_facts.read_rows(f'{raw}/musl/lfs64.tsv')) ==
                 sorted(lfs), 'lfs64.tsv')
        relocs = {(r['machine'], r['role'], r['name'], r['number'],
                   r['since'].replace('-', '')) for r in tables['relocations.tsv']}
        for r in import_facts.read_rows(f'{raw}/musl/relocations.tsv'):
            self.say(tuple((r + [''])[:5]) in relocs, f'relocation {r}')
        for v in gen_db.GCOMPAT:
            mine = sorted([r['name'], r['type'], r['bind'], r['size']]
                          for r in tables['gcompat.tsv']
                          if r['library'] == 'libgcompat.so.0' and r['versions'] in ('*', v))
            rows = sorted(import_facts.read_rows(f'{raw}/gcompat/gcompat-{v}.tsv'))
            self.say(mine == rows, f'gcompat {v}')

    def raw_libstdcxx(self, raw):
        """Nothing is said to be lacking that one of Alpine's libraries has."""
        table = gen_db.Table(self.db.folder, 'libstdcxx-lacks.tsv', ['symbol'], ['symbol'])
        lacks = {r['symbol'] for r in table.rows}
        for f in sorted(os.listdir(f'{raw}/libstdcxx')):
            have = {r[0] for r in import_facts.read_rows(f'{raw}/libstdcxx/{f}')}
            self.say(have and not lacks & have, f'libstdcxx-lacks.tsv against {f}')


def main():
    check = Check()
    print(f'{check.checksums()} tables of musl by checksum')
    if len(sys.argv) > 1:
        print(f'{check.raw_musl(sys.argv[1])} tables of musl row by row')
        print(f'{check.raw_glibc(sys.argv[1])} rows of glibc')
        check.raw_small(sys.argv[1])
        check.raw_libstdcxx(sys.argv[1])
    print('all equal' if not check.failed else f'{check.failed} not equal')
    return 1 if check.failed else 0


if __name__ == '__main__':
    sys.exit(main())
