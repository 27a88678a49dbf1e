#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C tables of src/db out of the TSV files in a folder.

    gen_db.py DATA_FOLDER OUT.c

Each file begins with '# What:' and '# Source:' and one line '#' + column names. A row
that is out of order, doubled, or holds a value out of range ends the build with
FILE:LINE: and the reason. Large tables hold numbers only, no pointers: the program is
position-independent, and its loader has nothing to relocate in them.
"""
import os
import re
import sys

EMPTY = '-'
BIND = {'LOCAL': 0, 'GLOBAL': 1, 'WEAK': 2, 'GNU_UNIQUE': 10}
TYPE = {'NOTYPE': 0, 'OBJECT': 1, 'FUNC': 2, 'SECTION': 3, 'COMMON': 5, 'TLS': 6, 'GNU_IFUNC': 10}
ROLES = ['UNSUPPORTED', 'SYMBOLIC', 'USYMBOLIC', 'OFFSET', 'OFFSET32', 'GOT', 'PLT', 'COPY',
         'RELATIVE', 'DTPMOD', 'DTPOFF', 'TPOFF', 'TPOFF_NEG', 'TLSDESC', 'SYM_OR_REL']
LAYERS = ['none', 'libc6-compat', 'gcompat']
GCOMPAT = ['1.0.0', '1.1.0']
# enum mu_setting_kind and what follows enum mu_severity, in their order
SETTINGS = ['nss', 'resolver', 'preload', 'variable', 'debian-variable', 'path', 'pam', 'hash',
            'applet']
SEVERITIES = ['note', 'warning', 'error', 'silent']
# enum mu_machine_id, in its order; machines.tsv must have the same.
MACHINES = ['x86_64', 'x86', 'aarch64', 'armhf', 'armel', 'ppc64le', 's390x', 'riscv64',
            'loongarch64', 'mips64el']
VARIANT_MAX = 32
PRINTABLE = re.compile(r'[ -~]*\Z')
# What musl's loader takes for a definition; anything else it does not see.
VISIBLE_BIND = {1, 2, 10}
VISIBLE_TYPE = {0, 1, 2, 5, 6}


class Row:
    """One row: fields by column name, and where it stands."""

    def __init__(self, table, line, fields):
        self.table, self.line, self.fields = table, line, fields

    def __getitem__(self, column):
        return self.fields[column]

    def fail(self, why):
        self.table.fail(self.line, why)

    def number(self, column, top):
        text = self[column]
        if not text.isdigit() or int(text) > top:
            self.fail(f'{column}: {text!r} is no number up to {top}')
        return int(text)

    def one_of(self, column, allowed):
        if self[column] not in allowed:
            self.fail(f'{column}: {self[column]!r} is none of {", ".join(sorted(allowed))}')
        return self[column]

    def optional(self, column):
        return None if self[column] == EMPTY else self[column]

    def flag(self, column):
        return self.one_of(column, ('yes', 'no')) == 'yes'


class Table:
    """A TSV file; key: columns that must be unique, if any; in order when sort is given."""

    def __init__(self, folder, name, columns, key, sort=None):
        self.path, self.name = os.path.join(folder, name), name
        self.what = self.source = None
        self.rows = []
        header = None
        with open(self.path, encoding='utf-8') as f:
            for line, text in enumerate(f, 1):
                text = text.rstrip('\n')
                if not text.startswith('#'):
                    if header is None:
                        self.fail(line, 'a row before the line of column names')
                    self.add(line, text, columns)
                elif text.startswith('# What: '):
                    self.what = text[8:]
                elif text.startswith('# Source: '):
                    self.source = text[10:]
                elif not text.startswith('# '):
                    header = text[1:].split('\t')
                    if header != columns:
                        self.fail(line, f'columns are {header}, not {columns}')
        if not self.what or not self.source or header is None:
            self.fail(1, "'# What:', '# Source:' or the column names are missing")
        self.check(key, sort)

    def fail(self, line, why):
        sys.exit(f'{self.path}:{line}: {why}')

    def add(self, line, text, columns):
        fields = text.split('\t')
        if len(fields) != len(columns):
            self.fail(line, f'{len(fields)} fields instead of {len(columns)}')
        for column, field in zip(columns, fields):
            if not field or field != field.strip() or '  ' in field:
                self.fail(line, f'{column}: empty, or with stray blanks')
            if not PRINTABLE.match(field):
                self.fail(line, f'{column}: holds something else than printable ASCII')
        self.rows.append(Row(self, line, dict(zip(columns, fields))))

    def check(self, key, sort):
        seen, before = {}, None
        for row in self.rows:
            k = tuple(row[c] for c in key)
            if key and k in seen:
                row.fail(f'{" ".join(k)} stands already in line {seen[k]}')
            seen[k] = row.line
            now = sort(row) if sort else before
            if before is not None and now < before:
                row.fail('out of order')
            before = now


def by(*columns):
    return lambda row: [row[c] for c in columns]


def version_key(v):
    return [int(x) for x in re.findall(r'\d+', v)]


def fnv1a(data):
    h = 0xcbf29ce484222325
    for b in data:
        h = ((h ^ b) * 0x100000001b3) & 0xffffffffffffffff
    return h


class Strings:
    """A pool of NUL-terminated strings, each stored once."""

    def __init__(self):
        self.at, self.order, self.size = {}, [], 0
        self.add('')

    def add(self, s):
        if s not in self.at:
            self.at[s] = self.size
            self.order.append(s)
            self.size += len(s) + 1
        return self.at[s]


def c_string(s):
    return 'NULL' if s is None else '"' + s.replace('\\', '\\\\').replace('"', '\\"') + '"'


def c_bool(b):
    return 'true' if b else 'false'


class Out:
    def __init__(self):
        self.parts = []

    def array(self, decl, items, per_line=12):
        lines = [', '.join(items[i:i + per_line]) for i in range(0, len(items), per_line)]
        self.parts.append(f'const {decl} = {{\n' + ''.join(f'\t{x},\n' for x in lines) + '};\n')

    def structs(self, decl, items):
        self.array(decl, ['{' + ', '.join(i) + '}' for i in items], 1)

    def save(self, path, by_whom, header, pool_name, strings):
        pool = ''.join(f'\t"{s}\\0"\n' for s in
                       (c_string(s)[1:-1] for s in strings.order))
        text = (f'/* SPDX-License-Identifier: MIT */\n/* Written by {by_whom}. */\n'
                f'#include "{header}"\n\n'
                f'const char {pool_name}[] =\n{pool};\n\n' + '\n'.join(self.parts))
        # A scalar reads better without braces and commas.
        text = re.sub(r'^const (\S+ \w+) = \{\n\t(.*),\n\};$', r'const \1 = \2;', text,
                      flags=re.M)
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)


class Db:
    def __init__(self, folder):
        self.folder, self.tables, self.out, self.strings = folder, [], Out(), Strings()

    def read(self, name, columns, key, sort=None):
        table = Table(self.folder, name, columns.split(), key.split(), sort)
        self.tables.append(table)
        return table

    # ---- machines and variants

    def machines(self):
        t = self.read('machines.tsv', 'name e_machine bits endian musl_arch glibc_interp '
                      'alpine tables gcompat_linker multiarch', 'name')
        if [r['name'] for r in t.rows] != MACHINES:
            t.fail(1, f'the machines must be {", ".join(MACHINES)}')
        items = []
        for i, r in enumerate(t.rows):
            items.append([str(i), c_string(r['name']), str(r.number('e_machine', 0xffff)),
                          r.one_of('bits', ('32', '64')),
                          c_bool(r.one_of('endian', ('little', 'big')) == 'little'),
                          c_string(r['musl_arch']),
                          c_string(f'/lib/ld-musl-{r["musl_arch"]}.so.1'),
                          c_string(r['glibc_interp']), c_bool(r.flag('alpine')),
                          c_string(r.optional('gcompat_linker')), c_string(r['multiarch'])])
            r.one_of('tables', MACHINES)
        self.out.structs('struct mu_machine mu_tab_machines[MU_MACHINE_COUNT]', items)
        self.shared = [MACHINES.index(r['tables']) for r in t.rows]
        self.out.array('uint8_t mu_tab_machine_tables[MU_MACHINE_COUNT]',
                       [str(i) for i in self.shared])
        a = self.read('machine-aliases.tsv', 'alias machine', 'alias', by('alias'))
        self.out.structs('struct mu_tab_alias mu_tab_aliases[]',
                         [[c_string(r['alias']),
                           str(MACHINES.index(r.one_of('machine', MACHINES)))]
                          for r in a.rows])
        self.out.array('size_t mu_tab_alias_count', [str(len(a.rows))])

    def machine_mask(self, row, column):
        mask = 0
        for m in [] if row[column] == EMPTY else row[column].split(','):
            if m not in MACHINES:
                row.fail(f'{column}: {m!r} is no machine')
            mask |= 1 << MACHINES.index(m)
        return mask

    def read_variants(self):
        t = self.read('variants.tsv', 'name version lfs64 known derived', 'name')
        if len(t.rows) > VARIANT_MAX:
            t.fail(1, f'more than {VARIANT_MAX} variants')
        self.variants = t.rows
        items = []
        self.present = [[] for _ in MACHINES]
        for i, r in enumerate(t.rows):
            known, derived = (self.machine_mask(r, c) for c in ('known', 'derived'))
            if known & derived:
                r.fail('a machine is known and derived at once')
            items.append([c_string(r['name']), c_string(r['version']), hex(known),
                          hex(derived)])
            for m in range(len(MACHINES)):
                if (known | derived) >> m & 1:
                    self.present[m].append(i)
        self.out.structs('struct mu_variant mu_tab_variants[]', items)
        self.out.array('int mu_tab_variant_count', [str(len(items))])
        self.out.array('uint32_t mu_tab_libc_all[MU_MACHINE_COUNT]',
                       [hex(sum(1 << i for i in p)) for p in self.present])

    def variant(self, row, column):
        names = [v['name'] for v in self.variants]
        return names.index(row.one_of(column, names))

    def expand(self, row, m):
        """The numbers of the variants that a cell names: '*', 'musl:1.2.3-1.2.6 …'."""
        text = row['variants']
        if text == '*':
            return list(self.present[m])
        out = []
        for group in text.split(' '):
            flavour, _, versions = group.partition(':')
            pool = [i for i in self.present[m]
                    if self.variants[i]['name'].startswith(flavour + ':')]
            names = [self.variants[i]['name'].split(':')[1] for i in pool]
            for item in versions.split(','):
                first, _, last = item.partition('-')
                if item == '*':
                    out += pool
                elif first in names and (not last or last in names):
                    out += pool[names.index(first):names.index(last or first) + 1]
                else:
                    row.fail(f'variants: {group!r} is unknown on this machine')
        if len(set(out)) != len(out):
            row.fail('variants: one is named twice')
        return out

    # ---- names

    def read_libc(self):
        """libc[m][name] = [(variants, type, bind, size)], in the file's order."""
        self.libc = []
        for m, machine in enumerate(MACHINES):
            t = self.read(f'musl/{machine}.tsv', 'name type bind size variants',
                          'name type bind size', by('name'))
            names, taken = {}, {}
            for r in t.rows:
                have = self.expand(r, m)
                if taken.setdefault(r['name'], set()) & set(have):
                    r.fail('a variant has this symbol twice')
                taken[r['name']] |= set(have)
                attrs = (TYPE[r.one_of('type', TYPE)], BIND[r.one_of('bind', BIND)],
                         r.number('size', 0xffffffff))
                names.setdefault(r['name'], []).append((have, *attrs))
            self.libc.append(names)

    def read_lfs64(self):
        self.lfs64 = {}
        t = self.read('lfs64.tsv', 'name maps_to since note', 'name', by('name'))
        for r in t.rows:
            mask = 0
            for i, v in enumerate(self.variants):
                if v.flag('lfs64') and version_key(v['version']) >= version_key(r['since']):
                    mask |= 1 << i
            self.lfs64[r['name']] = (r['maps_to'], mask)

    def read_glibc(self):
        base = {r['machine']: r['version'] for r in
                self.read('glibc-base.tsv', 'machine version', 'machine', by('machine')).rows}
        t = self.read('glibc.tsv', 'name library kind size version machines',
                      'name library kind size version machines', by('name', 'library'))
        self.glibc_machines = list(base)
        self.glibc = {m: {} for m in base}
        for r in t.rows:
            r.one_of('kind', ('F', 'D', 'T'))
            where = list(base) if r['machines'] == '*' else r['machines'].split(',')
            for m in where:
                if m not in base:
                    r.fail(f'machines: {m!r} has no line in glibc-base.tsv')
                v = base[m] if r['version'] == 'base' else r['version']
                v = v if v.startswith('GCC_') else 'GLIBC_' + v
                row = (r['library'], v, r['kind'], r.number('size', 0xffffffff))
                rows = self.glibc[m].setdefault(r['name'], [])
                if row in rows:
                    r.fail(f'{m} has this row already')
                rows.append(row)

    def names(self):
        """Names of musl first, so that musl's tables need no room for the others."""
        mine = sorted(set().union(*self.libc, self.lfs64))
        others = set().union(*self.glibc.values()) - set(mine)
        self.all_names = mine + sorted(others)
        self.libc_names = mine
        if len(self.all_names) > 0xfffe:
            sys.exit('more names than a 16-bit index holds')
        self.out.array('uint32_t mu_tab_names[]',
                       [str(self.strings.add(n)) for n in self.all_names])
        self.out.array('uint32_t mu_tab_name_count', [str(len(self.all_names))])
        self.out.array('uint32_t mu_tab_libc_name_count', [str(len(mine))])
        self.name_index()

    def name_index(self):
        size = 1
        while size < 2 * len(self.all_names):
            size *= 2
        slots = [(0, 0)] * size
        for i, name in enumerate(self.all_names):
            h = fnv1a(name.encode())
            at = h & (size - 1)
            while slots[at][0]:
                at = (at + 1) & (size - 1)
            slots[at] = (i + 1, h >> 48)
        self.out.structs('struct mu_tab_slot mu_tab_slots[]',
                         [[str(a), hex(b)] for a, b in slots])
        self.out.array('uint32_t mu_tab_slot_mask', [hex(size - 1)])

    # ---- symbol tables

    def newest(self, rows):
        """The attributes of the newest variant; upstream's where versions are equal."""
        best = max((version_key(self.variants[i]['version']), -i, attrs)
                   for have, *attrs in rows for i in have)
        return best[2]

    def libc_tables(self):
        attrs = {(0, 0, 0, 0): 0}
        rows = []
        for m, names in enumerate(self.libc):
            for name in self.libc_names:
                seen = [r for r in names.get(name, [])
                        if r[1] in VISIBLE_TYPE and r[2] in VISIBLE_BIND]
                if not seen:
                    rows.append('0')
                    continue
                mask = sum(1 << i for have, *_ in seen for i in have)
                typ, bind, size = self.newest(seen)
                rows.append(str(attrs.setdefault((mask, size, typ, bind), len(attrs))))
        self.out.structs('struct mu_tab_libc mu_tab_libc_attrs[]',
                         [[hex(a), str(b), str(c), str(d)] for a, b, c, d in attrs])
        self.out.array('uint16_t mu_tab_libc_rows[]', rows)

    def lfs64_tables(self):
        items = []
        for name in self.libc_names:
            to, mask = self.lfs64.get(name, ('', 0))
            if to and to not in self.libc_names:
                sys.exit(f'lfs64.tsv: {to} is no symbol of musl')
            items.append((to, mask))
        kinds = sorted(set(items))
        self.out.structs('struct mu_tab_lfs64 mu_tab_lfs64_kinds[]',
                         [[str(self.strings.add(a)), hex(b)] for a, b in kinds])
        self.out.array('uint8_t mu_tab_lfs64_rows[]', [str(kinds.index(i)) for i in items])

    def glibc_tables(self):
        pool, lists, rows = [], {(): 0}, []
        pool.append(['0', '0', "'F'", 'true', '0'])
        for machine in self.glibc_machines:
            for name in self.all_names:
                rows.append(str(self.glibc_list(self.glibc[machine].get(name, []), pool, lists)))
        if len(pool) > 0xffff:
            sys.exit('more glibc rows than a 16-bit index holds')
        self.out.structs('struct mu_tab_glibc mu_tab_glibc_pool[]', pool)
        self.out.array('uint16_t mu_tab_glibc_rows[]', rows)
        self.out.array('int8_t mu_tab_glibc_machine[MU_MACHINE_COUNT]',
                       [str(self.glibc_machines.index(MACHINES[s])
                            if MACHINES[s] in self.glibc_machines else -1)
                        for s in self.shared])

    def glibc_list(self, entries, pool, lists):
        key = tuple(sorted(entries, key=lambda e: (version_key(e[1]), e)))
        if key not in lists:
            lists[key] = len(pool)
            for i, (lib, version, kind, size) in enumerate(key):
                pool.append([str(self.strings.add(lib)), str(self.strings.add(version)),
                             f"'{kind}'", c_bool(i + 1 == len(key)), str(size)])
        return lists[key]

    # ---- the small tables

    def relocations(self):
        t = self.read('relocations.tsv', 'machine number role name since', 'machine number',
                      lambda r: (r['machine'], int(r['number'])))
        items, first = [], {}
        for r in t.rows:
            m = MACHINES.index(r.one_of('machine', MACHINES))
            begin, _ = first.setdefault(m, (len(items), 0))
            items.append([str(r.number('number', 0xffffffff)),
                          'MU_RELOC_' + r.one_of('role', ROLES), c_string(r['name']),
                          c_string(r.optional('since'))])
            first[m] = (begin, len(items) - begin)
        self.out.structs('struct mu_reloc_type mu_tab_relocs[]', items)
        self.out.structs('struct mu_tab_range mu_tab_reloc_range[MU_MACHINE_COUNT]',
                         [[str(x) for x in first.get(s, (0, 0))] for s in self.shared])

    def gcompat(self):
        t = self.read('gcompat.tsv', 'name library type bind size versions', 'name library',
                      by('name', 'library'))
        items = []
        for r in t.rows:
            have = GCOMPAT if r['versions'] == '*' else r['versions'].split(',')
            if not set(have) <= set(GCOMPAT):
                r.fail(f'versions: {r["versions"]!r}')
            r.one_of('bind', BIND)
            items.append([c_string(r['name']), c_string(r['library']),
                          hex(sum(1 << GCOMPAT.index(v) for v in have)),
                          str(TYPE[r.one_of('type', TYPE)]),
                          '0' if r['size'] == EMPTY else str(r.number('size', 0xffffffff))])
        self.out.structs('struct mu_gcompat_symbol mu_tab_gcompat[]', items)
        self.out.array('size_t mu_tab_gcompat_count', [str(len(items))])
        self.out.array('char *const mu_tab_gcompat_versions[]',
                       [c_string(v) for v in GCOMPAT] + ['NULL'])

    def layers(self):
        t = self.read('layers.tsv', 'layer path target since until', 'layer path', by('layer', 'path'))
        for r in t.rows:
            for c in ('since', 'until'):
                if r.optional(c):
                    r.one_of(c, self.release_names)
        self.out.structs('struct mu_layer_file mu_tab_layer_files[]',
                         [[str(LAYERS.index(r.one_of('layer', LAYERS))), c_string(r['path']),
                           c_string(r['target']), c_string(r.optional('since')),
                           c_string(r.optional('until'))] for r in t.rows])
        self.out.array('size_t mu_tab_layer_file_count', [str(len(t.rows))])
        self.out.array('char *const mu_tab_layer_names[]', [c_string(x) for x in LAYERS])

    def releases(self):
        t = self.read('releases.tsv', 'name date eol musl_package variant gcompat gcompat_repo '
                      'libc6_compat relr gcc', 'name',
                      lambda r: version_key(r['name']) or [1 << 30])
        items = []
        for r in t.rows:
            for c in ('date', 'eol'):
                if not re.fullmatch(r'\d{4}-\d\d-\d\d|-', r[c]):
                    r.fail(f'{c}: {r[c]!r} is no date')
            items.append([c_string(r['name']), c_string(r.optional('date')),
                          c_string(r.optional('eol')), c_string(r['musl_package']),
                          str(self.variant(r, 'variant')), c_string(r.optional('gcompat')),
                          c_string(r.optional('gcompat_repo')),
                          c_bool(r.one_of('libc6_compat', ('symlinks', 'gcompat')) ==
                                 'symlinks'), c_bool(r.flag('relr'))])
        self.release_names = [r['name'] for r in t.rows]
        self.out.structs('struct mu_release mu_tab_releases[]', items)
        self.out.array('int mu_tab_release_count', [str(len(items))])
        self.out.array('char *const mu_tab_release_gcc[]', [c_string(r['gcc']) for r in t.rows])

    def families(self):
        t = self.read('families.tsv', 'id title advice source', 'id')
        p = self.read('family-patterns.tsv', 'family pattern scope', 'pattern')
        ids = [r['id'] for r in t.rows]
        self.out.structs('struct mu_family mu_tab_families[]',
                         [[c_string(r[c]) for c in ('id', 'title', 'advice', 'source')]
                          for r in t.rows])
        self.out.array('size_t mu_tab_family_count', [str(len(ids))])
        self.patterns('family', p, ids, 'family')

    def hosts(self):
        t = self.read('hosts.tsv', 'host pattern', 'pattern', by('host'))
        names = sorted({r['host'] for r in t.rows})
        self.out.array('char *const mu_tab_hosts[]', [c_string(n) for n in names], 1)
        self.patterns('host', t, names, 'host')
        t = self.read('host-paths.tsv', 'host pattern', 'pattern')
        for r in t.rows:
            r.one_of('host', names)
        self.out.structs('struct mu_tab_host_path mu_tab_host_paths[]',
                         [[c_string(r['pattern']), c_string(r['host'])] for r in t.rows])
        self.out.array('size_t mu_tab_host_path_count', [str(len(t.rows))])

    def libraries(self):
        t = self.read('libraries.tsv', 'pattern answer note', 'pattern')
        self.out.structs('struct mu_library mu_tab_libraries[]',
                         [[c_string(r['pattern']),
                           c_bool(r.one_of('answer', ('musl', 'file')) == 'musl'),
                           c_string(r['note'])] for r in t.rows])
        self.out.array('size_t mu_tab_library_count', [str(len(t.rows))])

    def settings(self):
        t = self.read('config.tsv', 'kind pattern severity package message remedy',
                      'kind pattern', lambda r: SETTINGS.index(r.one_of('kind', SETTINGS)))
        items, first = [], []
        for r in t.rows:
            kind = SETTINGS.index(r['kind'])
            first += [len(items)] * (kind + 1 - len(first))
            silent = r.one_of('severity', SEVERITIES) == 'silent'
            if silent == (r['message'] != EMPTY):
                r.fail('message: either it or silent')
            items.append([c_string(r['pattern']), c_bool(silent),
                          str(0 if silent else SEVERITIES.index(r['severity']))] +
                         [c_string(r.optional(c)) for c in ('package', 'message', 'remedy')])
        self.out.structs('struct mu_setting mu_tab_settings[]', items)
        self.out.array('uint16_t mu_tab_setting_first[MU_SETTING_COUNT + 1]',
                       [str(i) for i in first + [len(items)]])

    def accounts(self):
        t = self.read('accounts.tsv', 'kind name system uid gid note', 'kind name system')
        items = []
        for r in t.rows:
            ids = [str(0xffffffff if r[c] == EMPTY else r.number(c, 0xfffffffe)) + 'u'
                   for c in ('uid', 'gid')]
            items.append([c_string(r['name']),
                          c_bool(r.one_of('kind', ('user', 'group')) == 'group'),
                          c_bool(r.one_of('system', ('debian', 'alpine')) == 'alpine')] +
                         ids + [c_string(r.optional('note'))])
        self.out.structs('struct mu_known_account mu_tab_accounts[]', items)
        self.out.array('size_t mu_tab_account_count', [str(len(items))])

    def busybox(self):
        t = self.read('busybox.tsv', 'applet style short long runs package', 'applet',
                      by('applet'))
        styles = ['free', 'options', 'predicates']
        items = []
        for r in t.rows:
            if not re.fullmatch(r'-|[+^]?([A-Za-z0-9~](::?)?|[#%])*', r['short']):
                r.fail('short: not of getopt\'s form')
            if not re.fullmatch(r'-|([A-Za-z0-9-]+[:?;]? ?)+', r['long']):
                r.fail('long: names with :, ? or ; only')
            runs = -1 if r['runs'] == EMPTY else r.number('runs', 9)
            items.append([c_string(r['applet']),
                          str(styles.index(r.one_of('style', styles))),
                          c_string('' if r['short'] == EMPTY else r['short']),
                          c_string('' if r['long'] == EMPTY else r['long']), str(runs),
                          c_string({'=': None, EMPTY: ''}.get(r['package'], r['package']))])
        self.out.structs('struct mu_applet mu_tab_applets[]', items)
        self.out.array('size_t mu_tab_applet_count', [str(len(items))])
        applets = [r['applet'] for r in t.rows]
        f = self.read('busybox-forms.tsv', 'applet where pattern what instead',
                      'applet where pattern', by('applet'))
        for r in f.rows:
            r.one_of('applet', applets)
        self.strings_table('struct mu_applet_form', 'applet_form', f)

    def shells(self):
        t = self.read('shell.tsv', 'kind name level what instead', 'kind name',
                      by('kind', 'name'))
        kinds = ['command', 'feature', 'format', 'option', 'setting', 'signal', 'variable']
        self.out.structs('struct mu_shell_form mu_tab_shell_forms[]',
                         [[str(kinds.index(r.one_of('kind', kinds))), c_string(r['name']),
                           c_bool(r.one_of('level', ('ash', 'bash')) == 'ash'),
                           c_string(r['what']), c_string(r.optional('instead'))]
                          for r in t.rows])
        self.out.array('size_t mu_tab_shell_form_count', [str(len(t.rows))])
        t = self.read('foreign-commands.tsv', 'command package instead', 'command',
                      by('command'))
        self.strings_table('struct mu_foreign', 'foreign', t)

    def strings_table(self, struct, name, table):
        self.out.structs(f'{struct} mu_tab_{name}s[]',
                         [[c_string(r.optional(c)) for c in r.fields] for r in table.rows])
        self.out.array(f'size_t mu_tab_{name}_count', [str(len(table.rows))])

    def patterns(self, what, table, owners, column):
        items = []
        for r in table.rows:
            if not re.fullmatch(r'[A-Za-z0-9_.$*?]+', r['pattern']):
                r.fail('pattern: only letters, digits, _ . $ * and ?')
            r.one_of(column, owners)
            glibc = 'scope' in r.fields and r.one_of('scope', ('any', 'glibc')) == 'glibc'
            items.append([str(self.strings.add(r['pattern'])), str(owners.index(r[column])),
                          c_bool(glibc)])
        self.out.structs(f'struct mu_tab_pattern mu_tab_{what}_patterns[]', items)
        self.out.array(f'size_t mu_tab_{what}_pattern_count', [str(len(items))])

    def sources(self):
        self.read('checksums.tsv', 'variant machine rows sha256', 'variant machine',
                  by('variant', 'machine'))
        items = [[c_string(t.name), c_string(t.what), c_string(t.source), str(len(t.rows))]
                 for t in sorted(self.tables, key=lambda t: t.name)]
        self.out.structs('struct mu_db_source mu_tab_sources[]', items)
        self.out.array('size_t mu_tab_source_count', [str(len(items))])

    def build(self):
        for step in (self.machines, self.read_variants, self.read_libc, self.read_lfs64,
                     self.read_glibc, self.names, self.libc_tables, self.lfs64_tables,
                     self.glibc_tables, self.relocations, self.gcompat, self.releases,
                     self.layers, self.families, self.hosts, self.libraries,
                     self.settings, self.accounts, self.busybox, self.shells,
                     self.sources):
            step()

    def write(self, path):
        self.out.save(path, 'gen_db.py from data/', 'db/tables.h', 'mu_tab_strings',
                      self.strings)


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: gen_db.py DATA_FOLDER OUT.c')
    db = Db(sys.argv[1])
    db.build()
    db.write(sys.argv[2])


if __name__ == '__main__':
    main()
