#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C tables of Alpine's packages out of data/packages/.

    gen_packages.py DATA_FOLDER OUT.c

The files are read and checked as gen_db.py does. The tables hold numbers alone: offsets
into one pool of strings, and packages by their number.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gen_db import Out, Strings, Table, by, c_string, version_key  # noqa: E402

REPOS = {'m': 1, 'c': 2, 't': 3}
REPO_NAMES = {'main': 'm', 'community': 'c'}
# Releases in a mask of 16 bits; packages in a number of 16 bits, of which one is none.
RELEASE_MAX, PACKAGE_MAX, NONE = 16, 0xffff, 0xffff
TARGETS, OTHERS = 3, 12
RULE_MAX = 100
PROVIDES = ['sonames', 'commands', 'pkgconfig', 'virtuals']
ACTIONS = ['map', 'approx', 'drop', 'manual']
CERTAINTIES = ['none', 'possible', 'likely', 'sure']
BASES = {'curated', 'files', 'name', 'rule', 'tables'}
# What nobody installs to run something comes after everything else.
BUILD_PARTS = re.compile(r'-(dev|static|dbg|doc|libs-static|test|tests)$')


class Package:
    def __init__(self, number, origin, repos, size):
        self.number, self.origin, self.repos, self.size = number, origin, repos, size


class DebianRow:
    def __init__(self, row, targets, others):
        self.targets, self.others = targets, others
        self.action = row.one_of('action', ACTIONS)
        self.certainty = row.one_of('certainty', CERTAINTIES[1:])
        self.basis = row['basis']


class Packages:
    def __init__(self, folder):
        self.folder, self.tables, self.out, self.strings = folder, [], Out(), Strings()

    def read(self, name, columns, key, sort=None):
        table = Table(self.folder, f'packages/{name}.tsv', columns.split(), key.split(), sort)
        self.tables.append(table)
        return table

    # ---- cells

    def masks(self, row, column, orders):
        """{'m': mask, 'c': mask} of 'm:3.12-3.20,3.22 c:*'; orders: the releases that
        count by repository."""
        out = {}
        for group in row[column].split(' '):
            repo, colon, text = group.partition(':')
            if not colon or repo not in orders or repo in out or \
                    list(REPOS).index(repo) < max((list(REPOS).index(r) for r in out), default=0):
                row.fail(f'{column}: {group!r}')
            out[repo] = self.mask(row, column, text, orders[repo])
        return out

    def mask(self, row, column, text, order):
        if text == '*':
            return sum(1 << self.releases.index(r) for r in order)
        mask, last = 0, -2
        for item in text.split(','):
            a, _, b = item.partition('-')
            b = b or a
            if a not in order or b not in order or order.index(a) <= last + 1 or \
                    order.index(b) < order.index(a):
                row.fail(f'{column}: {item!r} is unknown, or out of order')
            last = order.index(b)
            mask |= sum(1 << self.releases.index(r) for r in order[order.index(a):last + 1])
        return mask

    def known(self, row, column, name):
        if name not in self.packages:
            row.fail(f'{column}: {name!r} is no package of apk.tsv')
        return name

    def known_list(self, row, column, top):
        if row[column] == '-':
            return []
        names = [self.known(row, column, n) for n in row[column].split(' ')]
        if len(set(names)) != len(names) or len(names) > top:
            row.fail(f'{column}: a name twice, or more than {top}')
        return names

    # ---- files

    def read_releases(self):
        columns = ('name date eol musl_package variant gcompat gcompat_repo libc6_compat '
                   'relr gcc').split()
        table = Table(self.folder, 'releases.tsv', columns, ['name'])
        self.releases = [r['name'] for r in table.rows]
        if len(self.releases) > RELEASE_MAX:
            table.fail(1, f'more than {RELEASE_MAX} releases')

    def read_indices(self):
        t = self.read('indices', 'repo release machines', 'repo release')
        self.orders = {'m': [], 'c': []}
        for r in t.rows:
            repo = REPO_NAMES[r.one_of('repo', REPO_NAMES)]
            r.one_of('release', self.releases)
            self.orders[repo].append(r['release'])
        for order in self.orders.values():
            if order != [r for r in self.releases if r in order]:
                t.fail(1, 'releases are out of order')

    def read_packages(self):
        t = self.read('apk', 'name origin repos size', 'name', by('name'))
        if len(t.rows) >= PACKAGE_MAX:
            t.fail(1, 'more packages than a 16-bit number holds')
        orders = {r: self.releases for r in REPOS}
        self.packages = {}
        for i, r in enumerate(t.rows):
            repos = self.masks(r, 'repos', orders)
            masks = list(repos.values())
            if sum(masks) != self.union(masks):
                r.fail('repos: one release in two of them')
            size = 0 if r['size'] == '-' else r.number('size', 0xffffffff)
            origin = r['name'] if r['origin'] == '=' else r['origin']
            self.packages[r['name']] = Package(i, origin, repos, size)

    @staticmethod
    def union(masks):
        out = 0
        for m in masks:
            out |= m
        return out

    def read_provides(self):
        self.provides = {}
        for name, column in zip(PROVIDES, ('soname', 'command', 'module', 'name')):
            t = self.read(name, f'{column} package read', f'{column} package',
                          by(column, 'package'))
            rows = []
            for r in t.rows:
                masks = self.masks(r, 'read', self.orders)
                package = self.packages[self.known(r, 'package', r['package'])]
                for repo, mask in masks.items():
                    if mask & ~package.repos.get(repo, 0):
                        r.fail('read: apk.tsv says that the package was not there')
                rows.append((r[column], r['package'], masks))
            self.provides[name] = rows

    def read_debian(self):
        t = self.read('debian', 'debian alpine action certainty basis others', 'debian',
                      by('debian'))
        self.debian = {}
        for r in t.rows:
            row = DebianRow(r, self.known_list(r, 'alpine', TARGETS),
                            self.known_list(r, 'others', OTHERS))
            if not set(row.basis.split('+')) <= BASES:
                r.fail(f'basis: {row.basis!r}')
            if not row.targets and row.action in ('map', 'approx'):
                r.fail(f'{row.action}, but to nothing')
            self.debian[r['debian']] = row
        t = self.read('debian-families', 'stem alpine rows', 'stem', by('stem'))
        self.families = []
        for r in t.rows:
            if r['stem'].count('#') != 1 or r['stem'].index('#') < 3:
                r.fail('stem: one #, after three letters or more')
            r.number('rows', len(self.debian))
            self.families.append((r['stem'], self.known_list(r, 'alpine', TARGETS)))

    def read_rules(self):
        t = self.read('debian-rules', 'pattern alpine', 'pattern alpine')
        for r in t.rows:
            pattern, answer = r['pattern'], r['alpine']
            if pattern.count('#') > 1 or pattern.count('*') > 1 or \
                    (re.search('[#@]', answer) and '#' not in pattern) or \
                    ('*' in answer and '*' not in pattern) or \
                    0 <= pattern.find('*') < pattern.find('#') or len(answer) > RULE_MAX:
                r.fail('a hole too many, * before #, or an answer too long')
            if not re.search('[#@*]', answer):
                self.known(r, 'alpine', answer)
        self.rules = [(r['pattern'], r['alpine']) for r in t.rows]
        self.versioned = [r['stem'] for r in
                          self.read('versioned', 'stem', 'stem', by('stem')).rows]

    def read_all(self):
        for step in (self.read_releases, self.read_indices, self.read_packages,
                     self.read_provides, self.read_debian, self.read_rules):
            step()

    # ---- tables

    def write_packages(self):
        items = []
        for name, p in self.packages.items():
            code = 0
            for repo, mask in p.repos.items():
                for i in range(len(self.releases)):
                    code |= (mask >> i & 1) * REPOS[repo] << 2 * i
            items.append([str(self.strings.add(name)), str(self.strings.add(p.origin)),
                          hex(code), str(p.size)])
        self.out.structs('struct mu_tab_package mu_tab_packages[]', items)
        self.out.array('uint32_t mu_tab_package_count', [str(len(items))])
        self.out.array('uint16_t mu_tab_index_read[2]',
                       [hex(sum(1 << self.releases.index(r) for r in self.orders[repo]))
                        for repo in 'mc'])

    def rank(self, name, package):
        """Lower stands first: what runs, then what bears the name itself."""
        return (bool(BUILD_PARTS.search(package)), package != name,
                self.packages[package].origin != name, package)

    def write_provides(self):
        for kind in PROVIDES:
            rows = sorted(self.provides[kind],
                          key=lambda r: (r[0], *self.provide_rank(kind, r)))
            items = [[str(self.strings.add(name)), str(self.packages[package].number),
                      hex(masks.get('m', 0)), hex(masks.get('c', 0))]
                     for name, package, masks in rows]
            self.out.structs(f'struct mu_tab_provide mu_tab_{kind}[]', items)
            self.out.array(f'uint32_t mu_tab_{kind}_count', [str(len(items))])

    def provide_rank(self, kind, row):
        rank = self.rank(row[0], row[1])
        return rank[1:] if kind == 'pkgconfig' else rank

    def numbers(self, names, width):
        numbers = [str(self.packages[n].number) for n in names]
        return '{' + ', '.join(numbers + [hex(NONE)] * (width - len(numbers))) + '}'

    def write_debian(self):
        items, pool = [], [hex(NONE)]
        for name, row in self.debian.items():
            others = 0
            if row.others:
                others = len(pool)
                pool += [str(self.packages[n].number) for n in row.others] + [hex(NONE)]
            items.append([str(self.strings.add(name)), str(self.strings.add(row.basis)),
                          self.numbers(row.targets, TARGETS), str(others),
                          str(ACTIONS.index(row.action)),
                          str(CERTAINTIES.index(row.certainty))])
        self.out.structs('struct mu_tab_debian mu_tab_debian[]', items)
        self.out.array('uint32_t mu_tab_debian_count', [str(len(items))])
        self.out.array('uint16_t mu_tab_debian_others[]', pool)
        self.out.structs('struct mu_tab_debian_family mu_tab_debian_families[]',
                         [[str(self.strings.add(stem)), self.numbers(names, TARGETS)]
                          for stem, names in self.families])
        self.out.array('uint32_t mu_tab_debian_family_count', [str(len(self.families))])
        self.out.structs('struct mu_tab_debian_rule mu_tab_debian_rules[]',
                         [[str(self.strings.add(a)), str(self.strings.add(b))]
                          for a, b in self.rules])
        self.out.array('uint32_t mu_tab_debian_rule_count', [str(len(self.rules))])
        self.out.array('uint32_t mu_tab_versioned[]',
                       [str(self.strings.add(s)) for s in self.versioned])
        self.out.array('uint32_t mu_tab_versioned_count', [str(len(self.versioned))])

    def write_sources(self):
        items = [[c_string(t.name), c_string(t.what), c_string(t.source), str(len(t.rows))]
                 for t in sorted(self.tables, key=lambda t: t.name)]
        self.out.structs('struct mu_db_source mu_tab_package_sources[]', items)
        self.out.array('size_t mu_tab_package_source_count', [str(len(items))])

    def write(self, path):
        for step in (self.write_packages, self.write_provides, self.write_debian,
                     self.write_sources):
            step()
        self.out.save(path, 'gen_packages.py from data/packages/', 'db/package_tables.h',
                      'mu_tab_package_strings', self.strings)


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: gen_packages.py DATA_FOLDER OUT.c')
    packages = Packages(sys.argv[1])
    packages.read_all()
    packages.write(sys.argv[2])


if __name__ == '__main__':
    main()
