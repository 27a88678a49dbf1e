#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes data/packages/ from raw tables of Alpine's packages.

Run by hand when there are new raw tables; the build never runs it:

    import_packages.py RAW_FOLDER [DATA_FOLDER]    write
    import_packages.py --check RAW_FOLDER          compare what is written with the raw

RAW_FOLDER holds apk-matrix.tsv, apk-sizes-3.18.tsv, {so,cmd,pc,virtual}-provides.tsv,
deb2apk.tsv and deb2apk-handmade.tsv. debian-rules.tsv and versioned.tsv are written by
hand and stay as they are.
"""
import os
import re
import sys
from collections import defaultdict

RELEASES = ['3.12', '3.13', '3.14', '3.15', '3.16', '3.17', '3.18', '3.19', '3.20', '3.21',
            '3.22', '3.23', '3.24', 'edge']
REPOS = {'m': 'main', 'c': 'community', 't': 'testing'}
SIZE_RELEASE = '3.18'
KINDS = {'so': ('sonames', 'soname'), 'cmd': ('commands', 'command'),
         'pc': ('pkgconfig', 'module'), 'virtual': ('virtuals', 'name')}
# Dozens of packages provide these; none of them is an answer to anything.
EVERYBODY = {'linux-firmware-any'}
WHAT = {
    'sonames': 'which package has a shared library, by repository and the releases whose '
               'index says so (ranges over indices.tsv)',
    'commands': 'which package has a command, as in sonames.tsv',
    'pkgconfig': 'which package has a pkg-config module, as in sonames.tsv',
    'virtuals': 'names that are no package: who provides them, as in sonames.tsv',
}
INDEX = ("the provides of real APKINDEX files (indices.tsv); {}the few packages that were "
         'seen on aarch64 alone are left out')


def read(folder, name):
    with open(os.path.join(folder, name), encoding='ascii') as f:
        lines = [line.rstrip('\n').split('\t') for line in f]
    return lines[1:]


def ranges(have, order):
    """'3.12-3.20,edge': runs over order; '*' for all of it."""
    if len(have) == len(order):
        return '*'
    runs = []
    for i, release in enumerate(order):
        if release not in have:
            continue
        if runs and runs[-1][1] == i - 1:
            runs[-1][1] = i
        else:
            runs.append([i, i])
    return ','.join(order[a] if a == b else f'{order[a]}-{order[b]}' for a, b in runs)


def cell(by_repo, orders):
    return ' '.join(f'{r}:{ranges(by_repo[r], orders[r])}' for r in 'mct' if by_repo.get(r))


class Raw:
    def __init__(self, folder):
        self.folder = folder
        self.seen = defaultdict(set)
        self.read_matrix()
        self.read_provides()
        sizes = read(folder, 'apk-sizes-3.18.tsv')
        for name, _, repo, *_ in sizes:
            self.seen[name, SIZE_RELEASE].add(repo[0])
        self.correct()
        # Of two versions in one index the newer counts.
        sizes.sort(key=lambda row: [int(x) for x in re.findall(r'\d+', row[1])])
        self.sizes = {name: size for name, _, repo, size, _ in sizes
                      if repo[0] == self.matrix[name][SIZE_RELEASE]}
        self.choose()

    def read_matrix(self):
        self.matrix, self.origin = {}, {}
        for row in read(self.folder, 'apk-matrix.tsv'):
            self.origin[row[0]] = row[1]
            self.matrix[row[0]] = dict(zip(RELEASES, row[3:]))

    def correct(self):
        """What an index says outranks what was worked out from recipes."""
        self.corrected = 0
        for (name, release), repos in self.seen.items():
            if self.matrix[name][release] not in repos:
                self.matrix[name][release] = 'm' if 'm' in repos else 'c'
                self.corrected += 1

    def read_provides(self):
        self.provides, self.machines = {}, defaultdict(set)
        for kind in KINDS:
            rows = self.provides[kind] = defaultdict(lambda: defaultdict(set))
            for r in read(self.folder, f'{kind}-provides.tsv'):
                name, package, release, repo, machine = r[:5]
                if release not in RELEASES:
                    continue
                self.machines[repo, release].add(machine)
                if package not in self.matrix:
                    continue
                self.seen[package, release].add(repo[0])
                rows[name, package][repo[0]].add(release)
        self.read_of = {r: [x for x in RELEASES if (REPOS[r], x) in self.machines]
                        for r in 'mc'}

    def choose(self):
        """Packages that can be installed somewhere; testing counts for edge alone."""
        self.keep = {}
        for name, where in self.matrix.items():
            by_repo = defaultdict(set)
            for release, repo in where.items():
                if repo in 'mc' or (repo == 't' and release == 'edge'):
                    by_repo[repo].add(release)
            if by_repo:
                self.keep[name] = by_repo

    def kept_provides(self, kind):
        for (name, package), by_repo in self.provides[kind].items():
            if kind == 'virtual' and (':' in name or name in EVERYBODY or name == package):
                continue
            yield (name, package), by_repo


# ---- Debian's names

BASIS = {'curated': 'curated', 'evidence-bookworm': 'files', 'rule': 'rule',
         'second-derivation:files': 'files', 'second-derivation:name': 'name',
         'same-name-review': 'name'}
# Rows that name what never was; debian-rules.tsv has the right answer.
WRONG = {'postgresql-client-14'}
VERSION = re.compile(r'[0-9][0-9.]*')


def stem_of(name):
    """libicu72 -> libicu#, libgtk-3-0t64 -> libgtk-3-#; the last number, or None."""
    name = re.sub(r't64(?=-|$)', '', name)
    runs = list(VERSION.finditer(name))
    if not runs:
        return None, None
    run = runs[-1]
    text = run[0].rstrip('.')
    after = name[run.start() + len(text):]
    if run.start() < 3 or not re.fullmatch(r'[a-z]?|-[a-z].*', after):
        return None, None
    return name[:run.start()] + '#' + after, text


class Debian:
    def __init__(self, raw):
        self.raw, self.rows, self.lost = raw, {}, []
        for row in read(raw.folder, 'deb2apk.tsv'):
            if row[0] not in WRONG:
                self.add(*row)
        self.handmade()

    def known(self, text):
        return [n for n in dict.fromkeys(re.findall(r'[^\s|]+', text)) if n in self.raw.keep]

    def add(self, name, alpine, action, _weight, sources, others, second):
        targets = self.known(alpine)
        if len(targets) < len(alpine.split()):
            self.lost.append((name, alpine))
            if action in ('map', 'approx') and not targets:
                action = 'manual'
        basis = {BASIS.get(s, 'tables') for s in sources.split('+')}
        certainty = 'possible'
        if action != 'approx':
            sure = 'curated' in basis or second == 'same' or len(sources.split('+')) > 1
            certainty = 'sure' if sure else 'likely'
        others = [n for n in self.known(f'{others} {second}') if n not in targets]
        self.rows[name] = (targets, action, certainty, '+'.join(sorted(basis)), others[:12])

    def handmade(self):
        found = defaultdict(list)
        for debian, alpine, _, _ in read(self.raw.folder, 'deb2apk-handmade.tsv'):
            targets = self.known(alpine)
            if ' ' not in debian and debian not in self.rows and targets:
                found[debian].append(targets)
        self.added = len(found)
        for name, lists in found.items():
            lists.sort(key=lambda t: (len(t), t))
            others = sorted({n for t in lists[1:] for n in t} - set(lists[0]))
            self.rows[name] = (lists[0][:3], 'approx', 'possible', 'tables', others)

    def families(self):
        """Stems whose members all go to one place that has no version in its name."""
        stems = defaultdict(list)
        for name, (targets, action, *_) in self.rows.items():
            stem, version = stem_of(name)
            if not stem:
                continue
            digits = {version, version.replace('.', ''), version.split('.')[0]}
            carried = any(digits & set(VERSION.findall(t)) for t in targets)
            good = action in ('map', 'approx') and not carried
            stems[stem].append(tuple(targets) if good else None)
        for stem, targets in stems.items():
            if len(set(targets)) == 1 and targets[0] and \
                    (stem.startswith('lib') or len(targets) > 1):
                yield stem, targets[0], len(targets)


def write(folder, name, what, source, columns, rows):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='ascii') as f:
        f.write(f'# What: {what}\n# Source: {source}\n#' + '\t'.join(columns) + '\n')
        for row in rows:
            f.write('\t'.join(row) + '\n')


def import_all(raw_folder, data):
    raw = Raw(raw_folder)
    folder = os.path.join(data, 'packages')
    os.makedirs(folder, exist_ok=True)
    all_orders = {r: RELEASES for r in 'mct'}
    write(folder, 'apk.tsv', "Alpine's packages: origin (= for the same name), repositories "
          'by release (main, community; testing for edge alone), installed bytes in 3.18',
          "Alpine's recipes evaluated at each release's branch point, edge of 2026-08-22; "
          "where a release's index was read, that outranks them. Sizes: APKINDEX of 3.18, "
          'x86_64', ['name', 'origin', 'repos', 'size'],
          ([n, '=' if raw.origin[n] == n else raw.origin[n],
            cell(raw.keep[n], all_orders), raw.sizes.get(n, '-')] for n in sorted(raw.keep)))
    write(folder, 'indices.tsv', 'the indices that were read, by repository and release',
          'APKINDEX files of these machines', ['repo', 'release', 'machines'],
          ([repo, r, ','.join(sorted(raw.machines[repo, r]))]
           for repo in ('main', 'community') for r in RELEASES if (repo, r) in raw.machines))
    for kind, (name, column) in KINDS.items():
        note = 'modules of language packages (py3.11:...) are left out; '
        rows = sorted((*key, cell(by_repo, raw.read_of))
                      for key, by_repo in raw.kept_provides(kind))
        write(folder, f'{name}.tsv', WHAT[name],
              INDEX.format(note if kind == 'virtual' else ''),
              [column, 'package', 'read'], rows)
    write_debian(folder, Debian(raw))
    return raw


def write_debian(folder, debian):
    write(folder, 'debian.tsv', "Debian's package -> Alpine's packages; others: further "
          'candidates', "Contents indices of Debian 12 and 13 compared with Alpine's so:, "
          "cmd: and pc: provides (files), rules for names, other projects' tables (rosdep, "
          'R system requirements, opam depexts), and a list made by hand (curated)',
          ['debian', 'alpine', 'action', 'certainty', 'basis', 'others'],
          ([name, ' '.join(t) or '-', action, certainty, basis, ' '.join(others) or '-']
           for name, (t, action, certainty, basis, others) in sorted(debian.rows.items())))
    write(folder, 'debian-families.tsv', 'names that differ in their version alone (#) and '
          'all go to the same packages; rows: how many of debian.tsv',
          'computed from debian.tsv when it was imported', ['stem', 'alpine', 'rows'],
          sorted([stem, ' '.join(t), str(n)] for stem, t, n in debian.families()))


# ---- the way back: data/packages must say what the raw tables say

def check(raw_folder):
    here = os.path.dirname(os.path.abspath(__file__))
    sys.dont_write_bytecode = True
    sys.path.insert(0, here)
    import gen_packages
    raw, db = Raw(raw_folder), gen_packages.Packages(os.path.join(here, 'data'))
    db.read_all()
    failed = 0

    def say(good, text):
        nonlocal failed
        failed += not good
        print(('equal: ' if good else 'NOT equal: ') + text)

    mine = {(n, r, repo) for n, p in db.packages.items() for repo, mask in p.repos.items()
            for i, r in enumerate(RELEASES) if mask >> i & 1}
    want = {(n, r, repo) for n, where in raw.matrix.items() for r, repo in where.items()
            if repo in 'mc' or (repo == 't' and r == 'edge')}
    say(mine == want, f'{len(want)} (package, release, repository), of which '
        f'{raw.corrected} corrected by an index')
    dropped = len(raw.matrix) - len(raw.keep)
    print(f'dropped: {dropped} packages (in no main or community from 3.12 on, nor in '
          "edge's testing)")
    sizes = {n: str(p.size) for n, p in db.packages.items() if p.size}
    raw_sizes = {r[0]: r[3] for r in read(raw_folder, 'apk-sizes-3.18.tsv') if r[3] != '0'}
    say(all(raw_sizes.get(n) == s or n in two_sizes(raw_folder) for n, s in sizes.items()) and
        sizes.keys() == raw_sizes.keys(), f'{len(sizes)} sizes that are not 0')
    for kind, (name, _) in KINDS.items():
        mine = {(n, p, RELEASES[i], repo) for n, p, masks in db.provides[name]
                for repo, mask in masks.items() for i in range(len(RELEASES))
                if mask >> i & 1}
        want, other = set(), 0
        kept = {key for key, _ in raw.kept_provides(kind)}
        for row in read(raw_folder, f'{kind}-provides.tsv'):
            key = tuple(row[:2])
            if row[2] in RELEASES and key in kept and row[1] in raw.matrix:
                want.add((*key, row[2], row[3][0]))
            else:
                other += 1
        say(mine == want, f'{name}: {len(want)} (name, package, release, repository)')
        print(f'dropped: {other} raw rows of {kind}-provides (3.9, 3.11, aarch64 alone'
              + (', language modules)' if kind == 'virtual' else ')'))
    debian = Debian(raw)
    say({n: (t, a, c) for n, (t, a, c, *_) in debian.rows.items()} ==
        {n: (r.targets, r.action, r.certainty) for n, r in db.debian.items()},
        f"{len(debian.rows)} of Debian's names, {debian.added} of them handmade")
    print(f'without a target that exists: {[n for n, _ in debian.lost]}')
    return failed


def two_sizes(raw_folder):
    seen, twice = set(), set()
    for r in read(raw_folder, 'apk-sizes-3.18.tsv'):
        (twice if r[0] in seen else seen).add(r[0])
    return twice


def main():
    args = sys.argv[1:]
    if args and args[0] == '--check' and len(args) == 2:
        return 1 if check(args[1]) else 0
    if len(args) not in (1, 2):
        sys.exit('usage: import_packages.py RAW_FOLDER [DATA_FOLDER]')
    here = os.path.dirname(os.path.abspath(__file__))
    import_all(args[0], args[1] if len(args) == 2 else os.path.join(here, 'data'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
