#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the symbol tables under data/ from raw tables, one file a libc and machine.

Run by hand when there are new raw tables; the build never runs it:

    import_facts.py RAW_FOLDER [DATA_FOLDER]

RAW_FOLDER holds musl/{upstream,debian,alpine}-VERSION-MACHINE.tsv (name, type, bind,
size), musl/lfs64.tsv, gcompat/*.tsv and glibc/MACHINE.tsv. A table that nobody has read
is derived from its neighbours and said to be so in variants.tsv.
"""
import hashlib
import os
import re
import sys
from collections import defaultdict

MACHINES = ['x86_64', 'x86', 'aarch64', 'armhf', 'armel', 'ppc64le', 's390x', 'riscv64',
            'loongarch64', 'mips64el']
BITS32 = {'x86', 'armhf', 'armel'}
ALPINE_MACHINES = [m for m in MACHINES if m not in ('armel', 'mips64el')]
RAW_MACHINE = {'armv7': 'armhf'}  # Alpine's armv7 and armhf are one machine to musl
UPSTREAM = ['1.1.24', '1.2.2', '1.2.3', '1.2.4', '1.2.5', '1.2.6']
DEBIAN = ['1.2.2', '1.2.3', '1.2.5', '1.2.6']
# Releases whose libc.so differs from upstream's of the same version.
ALPINE = {'3.15': '1.2.2', '3.18': '1.2.4', '3.23': '1.2.5', '3.24': '1.2.6'}
# Loaders that map LFS64 names by themselves. Alpine 3.18 took that out again and kept
# the symbols (main/musl/lfs64.patch of its recipes).
LFS64_SINCE = '1.2.4'
LFS64_NOT = {'alpine:3.18'}
# The first musl version that has the machine at all, where that is late.
PORT_SINCE = {'loongarch64': '1.2.5'}
FLAVOURS = {'upstream': 'musl', 'debian': 'musl-debian', 'alpine': 'alpine'}
# A 32-bit machine's names for the functions with 64-bit time, new in 1.2.0.
TIME64 = re.compile(r'__\w+64(_r)?$')
XSTAT = ['__fxstat', '__fxstatat', '__lxstat', '__xstat']
GLIBC_BASE = {'x86_64': '2.2.5', 'x86': '2.0', 'aarch64': '2.17', 'armhf': '2.4',
              'ppc64le': '2.17', 's390x': '2.2', 'riscv64': '2.27', 'loongarch64': '2.36'}


def version_key(v):
    return [int(x) for x in re.findall(r'\d+', v)]


def read_rows(path):
    with open(path, encoding='ascii') as f:
        return [line.rstrip('\n').split('\t') for line in f if line[0] != '#']


class Tables:
    """name -> (type, bind, size) by (variant, machine); known ones are as read."""

    def __init__(self, raw):
        self.known = {}
        for f in sorted(os.listdir(os.path.join(raw, 'musl'))):
            m = re.match(r'(upstream|debian|alpine)-([\d.]+)-(\w+)\.tsv$', f)
            if not m:
                continue
            flavour, version, machine = m.groups()
            rows = read_rows(os.path.join(raw, 'musl', f))
            table = {r[0]: tuple(r[1:]) for r in rows}
            assert len(table) == len(rows), f
            key = f'{FLAVOURS[flavour]}:{version}', RAW_MACHINE.get(machine, machine)
            self.known[key] = table
        self.all = dict(self.known)

    def upstream(self, version, machine):
        return self.all.get((f'musl:{version}', machine))

    def reference(self, machine, a, b):
        """The machine whose step from a to b stands for that of machine."""
        likely = {'armel': ['armhf', 'x86']}.get(machine, ['x86']) \
            if machine in BITS32 else []
        for ref in likely + ['x86_64']:
            if all((f'musl:{v}', ref) in self.known for v in (a, b)):
                return ref
        return None

    def step(self, machine, have, want):
        """machine's table of want out of its table of have."""
        ref = self.reference(machine, have, want)
        src, dst = self.upstream(have, ref), self.upstream(want, ref)
        table = dict(self.upstream(have, machine))
        for name in src.keys() - dst.keys():
            table.pop(name, None)
        for name, row in dst.items():
            if name not in src or (src[name] != row and table.get(name) == src[name]):
                table[name] = row
        if want == '1.1.24' and machine in BITS32 and ref == 'x86_64':
            self.undo_time64(table, machine, have, dst)
        return table

    def undo_time64(self, table, machine, have, dst):
        wide = self.upstream(have, 'x86_64')
        for name in [n for n in table if n not in wide and TIME64.match(n)]:
            del table[name]
        for name in XSTAT:
            table[name] = dst[name]
            table[name + '64'] = dst[name + '64']

    def derive_upstream(self, machine):
        known = [v for v in UPSTREAM if (f'musl:{v}', machine) in self.known]
        wanted = [v for v in UPSTREAM if v not in known and version_key(v) >=
                  version_key(PORT_SINCE.get(machine, '0'))]
        for want in wanted:
            newer = [v for v in known if version_key(v) > version_key(want)]
            self.all[f'musl:{want}', machine] = self.step(
                machine, newer[0] if newer else known[-1], want)

    def undo_lfs64_removal(self, machine):
        """Alpine 3.18 reverted 1.2.4's change: the 60 names of 1.2.3 are back as they
        were there, and 32-bit machines lose the plain __xstat names again."""
        old, table = (dict(self.upstream(v, machine)) for v in ('1.2.3', '1.2.4'))
        gone = self.upstream('1.2.3', 'x86_64').keys() - self.upstream('1.2.4', 'x86_64').keys()
        table.update((n, old[n]) for n in gone)
        return {n: r for n, r in table.items() if n not in XSTAT or n in old}

    def difference(self, variant, version):
        """What a patched libc.so adds to and takes from upstream's, where both are
        known on one machine."""
        for (name, machine), table in self.known.items():
            base = self.known.get((f'musl:{version}', machine))
            if name == variant and base:
                add = {n: r for n, r in table.items() if base.get(n) != r}
                return add, base.keys() - table.keys()
        raise SystemExit(f'{variant}: nothing to compare with')

    def derive_patched(self, variant, version, machines):
        add, drop = self.difference(variant, version)
        for machine in machines:
            base = self.upstream(version, machine)
            if base is None or (variant, machine) in self.known:
                continue
            table = {n: r for n, r in base.items() if n not in drop}
            table.update(add)
            self.all[variant, machine] = table

    def derive(self):
        # x86 first: it is the reference of the other 32-bit machines.
        for machine in MACHINES:
            self.derive_upstream(machine)
        for v in DEBIAN:
            self.derive_patched(f'musl-debian:{v}', v, MACHINES)
        for release, v in ALPINE.items():
            # A release that equals upstream has no variant of its own.
            self.derive_patched(f'alpine:{release}', v, ALPINE_MACHINES)
        for machine in ALPINE_MACHINES:
            if ('alpine:3.18', machine) in self.all:
                self.check_revert(machine)

    def check_revert(self, machine):
        table = self.undo_lfs64_removal(machine)
        known = self.known.get(('alpine:3.18', machine))
        assert known in (None, table), machine
        self.all['alpine:3.18', machine] = table


def variant_list():
    return ([(f'musl:{v}', v) for v in UPSTREAM] +
            [(f'musl-debian:{v}', v) for v in DEBIAN] +
            [(f'alpine:{r}', v) for r, v in ALPINE.items()])


def spell(have, present):
    """The variants of a row: '*' or 'musl:1.2.3-1.2.6 musl-debian:* …'."""
    if have == present:
        return '*'
    out = []
    for flavour in FLAVOURS.values():
        pool = [v.split(':')[1] for v in present if v.startswith(flavour + ':')]
        mine = [v.split(':')[1] for v in have if v.startswith(flavour + ':')]
        if not mine:
            continue
        if mine == pool:
            out.append(f'{flavour}:*')
            continue
        runs, start = [], None
        for i, v in enumerate(pool):
            if v in mine and start is None:
                start = i
            if v in mine and (i + 1 == len(pool) or pool[i + 1] not in mine):
                runs.append(pool[start] if start == i else f'{pool[start]}-{v}')
                start = None
        out.append(f'{flavour}:' + ','.join(runs))
    return ' '.join(out)


def write(path, what, source, columns, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(f'# What: {what}\n# Source: {source}\n#' + '\t'.join(columns) + '\n')
        for row in rows:
            f.write('\t'.join(row) + '\n')


def musl_rows(tables, machine):
    present = [v for v, _ in variant_list() if (v, machine) in tables.all]
    rows = defaultdict(list)
    for v in present:
        for name, attrs in tables.all[v, machine].items():
            rows[name, attrs].append(v)
    order = {v: i for i, v in enumerate(present)}
    for (name, attrs), have in sorted(rows.items(),
                                      key=lambda kv: (kv[0][0], order[kv[1][0]])):
        yield [name, *attrs, spell(have, present)]


def write_musl(tables, data):
    for machine in MACHINES:
        write(f'{data}/musl/{machine}.tsv',
              f"symbols that musl's libc.so defines on {machine}",
              "built from musl's own tags; read from Debian's packages and from Alpine root "
              'trees; variants.tsv tells which were read and which are derived',
              ['name', 'type', 'bind', 'size', 'variants'], musl_rows(tables, machine))


def write_variants(tables, data):
    rows = []
    for name, version in variant_list():
        known = [m for m in MACHINES if (name, m) in tables.known]
        derived = [m for m in MACHINES
                   if (name, m) in tables.all and (name, m) not in tables.known]
        maps = version_key(version) >= version_key(LFS64_SINCE) and name not in LFS64_NOT
        rows.append([name, version, 'yes' if maps else 'no', ','.join(known) or '-',
                     ','.join(derived) or '-'])
    write(f'{data}/variants.tsv', 'the libc.so files known, oldest first',
          "known: read or built (upstream's tags, Debian's packages, Alpine root trees); "
          'derived: worked out from the nearest table of the same machine; lfs64: whether '
          'the loader maps the names of lfs64.tsv',
          ['name', 'version', 'lfs64', 'known', 'derived'], rows)


def write_checksums(tables, data):
    rows = []
    for (name, machine), table in sorted(tables.known.items()):
        text = ''.join(f'{n}\t' + '\t'.join(table[n]) + '\n' for n in sorted(table))
        rows.append([name, machine, str(len(table)),
                     hashlib.sha256(text.encode()).hexdigest()[:16]])
    write(f'{data}/checksums.tsv', 'rows and SHA-256 (first 64 bits) of each table as read',
          'computed from the raw tables when they were imported',
          ['variant', 'machine', 'rows', 'sha256'], rows)


def write_lfs64(raw, data):
    rows = [(r + [''])[:4] for r in read_rows(f'{raw}/musl/lfs64.tsv')]
    write(f'{data}/lfs64.tsv', "LFS64 names that musl's dynamic linker maps to plain ones",
          "musl's dynamic linker, 1.2.4 to 1.2.6",
          ['name', 'maps_to', 'since', 'note'], sorted([r[:3] + [r[3] or '-'] for r in rows]))


def write_gcompat(raw, data):
    rows = defaultdict(list)
    libs = {'libucontext-1.3.3': 'libucontext.so.1', 'musl-obstack-1.2.3': 'libobstack.so.1'}
    for v in ('1.0.0', '1.1.0'):
        for n, t, b, s in read_rows(f'{raw}/gcompat/gcompat-{v}.tsv'):
            rows[n, 'libgcompat.so.0', t, b, s].append(v)
    for f, lib in libs.items():
        for n, t, b in read_rows(f'{raw}/gcompat/{f}.tsv'):
            rows[n, lib, t, b, '-'] = ['1.0.0', '1.1.0']
    write(f'{data}/gcompat.tsv', 'symbols that gcompat and the libraries it needs export',
          'built from the tags of gcompat 1.0.0 and 1.1.0, libucontext 1.3.3 and '
          'musl-obstack 1.2.3 on x86_64',
          ['name', 'library', 'type', 'bind', 'size', 'versions'],
          sorted([*k, '*' if len(v) == 2 else v[0]] for k, v in rows.items()))


def write_glibc(raw, data):
    rows = defaultdict(list)
    for m in GLIBC_BASE:
        for n, lib, v, k, s in read_rows(f'{raw}/glibc/{m}.tsv'):
            v = v.removeprefix('GLIBC_')
            rows[n, lib, k, s, 'base' if v == GLIBC_BASE[m] else v].append(m)
    full = list(GLIBC_BASE)

    def spelled(ms):
        return '*' if ms == full else ','.join(ms)
    write(f'{data}/glibc.tsv', "glibc's symbols by machine, library and version",
          "glibc's own abilist files, up to GLIBC_2.43; libcrypt and libnsl from 2.37",
          ['name', 'library', 'kind', 'size', 'version', 'machines'],
          sorted(([*k, spelled(v)] for k, v in rows.items()),
                 key=lambda r: (r[0], r[1], r[2], int(r[3]),
                                [] if r[4] == 'base' else version_key(r[4]), r[5])))
    write(f'{data}/glibc-base.tsv',
          "the version that glibc's oldest symbols carry, by machine ('base' in glibc.tsv)",
          "glibc's own abilist files", ['machine', 'version'],
          sorted([m, v] for m, v in GLIBC_BASE.items()))


def main():
    raw = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), 'data')
    tables = Tables(raw)
    tables.derive()
    write_musl(tables, data)
    write_variants(tables, data)
    write_checksums(tables, data)
    write_lfs64(raw, data)
    write_gcompat(raw, data)
    write_glibc(raw, data)


if __name__ == '__main__':
    main()
