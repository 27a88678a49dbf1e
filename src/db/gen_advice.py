#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C tables of advice out of data/: what helps, and whom.

    gen_advice.py DATA_FOLDER OUT.c

The files are read and checked as gen_db.py does. Beyond their form it is checked that
everything named exists: recipes, software, families, hosts, and the packages of Alpine
that a recipe adds.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gen_db import Out, Strings, Table, by, c_bool, c_string  # noqa: E402

# enum mu_advice_kind and enum mu_software_mark, in their order
KINDS = ['language', 'module', 'family', 'problem', 'software']
MARKS = ['soname', 'file', 'symbol', 'package']
# One of each, then any number of the lists, then one; in this order
FIELDS = ['fix', 'summary', 'command', 'dockerfile', 'caveat', 'source']
LISTS = ['command', 'dockerfile', 'caveat']
FIXES = ['alpine-package', 'gcompat', 'glibc-beside', 'host', 'line-ends', 'newer-release',
         'none', 'nothing', 'other-build', 'other-software', 'packages', 'preload', 'rebuild', 'rename', 'script',
         'settings', 'shim', 'stack-size', 'static', 'stay-on-glibc']
PLACES = {'file', 'base', 'release', 'target', 'machine', 'interp', 'subject', 'package'}
ID = re.compile(r'[a-z0-9]+(-[a-z0-9]+)*\Z')
PATTERN = re.compile(r'[A-Za-z0-9_.:+@/$*?-]+\Z')
PLACE = re.compile(r'(?<!\$)\{(\w*)\}')
# What apk is told to add: up to the end of the command
APK_ADD = re.compile(r'apk add((?: [^ ;&|)]+)*)')
# An option, a name to be filled in, one that apk finds the package by, or a file
APK_SKIP = re.compile(r'[-.]|.*([{$:]|NAME|\.apk)')


def used_packages(text):
    for words in APK_ADD.findall(text):
        for word in words.split():
            if not APK_SKIP.match(word):
                yield word


class Recipe:
    def __init__(self, first):
        self.first, self.lists = first, {f: [] for f in FIELDS}

    def add(self, row):
        field = row.one_of('field', FIELDS)
        done = [f for f in FIELDS if self.lists[f]]
        if done and FIELDS.index(field) < FIELDS.index(done[-1]):
            row.fail(f'field: {field} comes before {done[-1]}')
        if self.lists[field] and field not in LISTS:
            row.fail(f'field: a second {field}')
        for place in PLACE.findall(row['text']):
            if place not in PLACES:
                row.fail(f'text: there is no place {{{place}}}')
        self.lists[field].append(row['text'])

    def one(self, field):
        if not self.lists[field]:
            self.first.fail(f'{self.first["recipe"]} has no {field}')
        return self.lists[field][0]


class Advice:
    def __init__(self, folder):
        self.folder, self.tables, self.out, self.strings = folder, [], Out(), Strings()
        self.packages = self.names('packages/apk.tsv', 0)
        self.families, self.hosts = self.names('families.tsv', 0), self.names('hosts.tsv', 0)
        self.releases = self.names('releases.tsv', 0)

    def names(self, name, column):
        """A column of a table that another generator checks."""
        with open(os.path.join(self.folder, name), encoding='ascii') as f:
            return {line.rstrip('\n').split('\t')[column] for line in f if line[0] != '#'}

    def read(self, name, columns, key, sort=None):
        table = Table(self.folder, name, columns.split(), key.split(), sort)
        self.tables.append(table)
        return table

    def package(self, row, name):
        if name not in self.packages:
            row.fail(f'{name} is no package of Alpine')
        return name

    def count(self, name, items):
        self.out.array(f'size_t mu_tab_{name}_count', [str(len(items))])

    # ---- recipes

    def recipes(self):
        t = self.read('recipes.tsv', 'recipe field text', '', by('recipe'))
        self.recipe = {}
        for r in t.rows:
            if not ID.match(r['recipe']):
                r.fail('recipe: letters, digits and single dashes only')
            if r['recipe'] not in self.recipe:
                self.recipe[r['recipe']] = Recipe(r)
            self.recipe[r['recipe']].add(r)
            if '://' in r['text']:
                r.fail('text: an address; they change, and name a host')
            if r['field'] in LISTS:
                for p in used_packages(r['text']):
                    self.package(r, p)
        items = [self.recipe_item(i, x) for i, x in self.recipe.items()]
        self.out.structs('struct mu_recipe mu_tab_recipes[]', items)
        self.count('recipe', items)

    def recipe_item(self, name, recipe):
        if recipe.one('fix') not in FIXES:
            recipe.first.fail(f'fix: none of {", ".join(FIXES)}')
        item = [c_string(name), c_string(recipe.one('fix')), c_string(recipe.one('summary'))]
        for field in LISTS:
            texts = [c_string(x) for x in recipe.lists[field]]
            array = '(const char *const[]){' + ', '.join(texts) + '}' if texts else 'NULL'
            item += [array, str(len(texts))]
        return item + [c_string(recipe.one('source'))]

    # ---- software

    def software(self):
        t = self.read('software.tsv', 'id name declined why package source', 'id', by('id'))
        self.software_ids = [r['id'] for r in t.rows]
        items = []
        for r in t.rows:
            if not ID.match(r['id']):
                r.fail('id: letters, digits and single dashes only')
            if r.optional('package'):
                self.package(r, r['package'])
            items.append([c_string(r['id']), c_string(r['name']), c_bool(r.flag('declined')),
                          c_string(r['why']), c_string(r.optional('package')),
                          c_string(r['source'])])
        self.out.structs('struct mu_software mu_tab_software[]', items)
        self.count('software', items)
        m = self.read('software-marks.tsv', 'kind pattern software', 'kind pattern',
                      lambda r: MARKS.index(r.one_of('kind', MARKS)))
        rows = []
        for r in m.rows:
            if not PATTERN.match(r['pattern']):
                r.fail('pattern: letters, digits, _ . : + @ / $ - * and ?')
            r.one_of('software', self.software_ids)
            rows.append([str(self.strings.add(r['pattern'])),
                         str(self.software_ids.index(r['software']))])
        self.out.structs('struct mu_tab_mark mu_tab_marks[]', rows)
        self.firsts('mark', m, MARKS)
        for name in set(self.software_ids) - {r['software'] for r in m.rows}:
            t.fail(1, f'nothing marks {name}')

    def firsts(self, name, table, kinds):
        """Where the rows of each kind begin."""
        of = [kinds.index(r['kind']) for r in table.rows]
        self.out.array(f'uint16_t mu_tab_{name}_first[]',
                       [str(sum(k < i for k in of)) for i in range(len(kinds) + 1)])

    def advice(self):
        t = self.read('advice.tsv', 'kind name recipe', 'kind name recipe',
                      lambda r: [KINDS.index(r.one_of('kind', KINDS)), r['name']])
        known = {'module': self.hosts, 'family': self.families,
                 'software': set(self.software_ids)}
        ids, rows = list(self.recipe), []
        for r in t.rows:
            if r['name'] not in known.get(r['kind'], {r['name']}):
                r.fail(f'name: no {r["kind"]} is called {r["name"]!r}')
            r.one_of('recipe', ids)
            rows.append([str(self.strings.add(r['name'])), str(ids.index(r['recipe']))])
        self.out.structs('struct mu_tab_advice mu_tab_advice[]', rows)
        self.firsts('advice', t, KINDS)
        for name in set(ids) - {r['recipe'] for r in t.rows}:
            self.recipe[name].first.fail('no row of advice.tsv leads here')
        for kind in ('family', 'software'):
            for name in known[kind] - {r['name'] for r in t.rows if r['kind'] == kind}:
                t.fail(1, f'no advice for the {kind} {name}')

    # ---- libraries

    def companions(self):
        t = self.read('companions.tsv', 'library soname package dev flag header since until',
                      'library package since')
        libraries, items = [], []
        for r in t.rows:
            if r['library'] not in libraries:
                libraries.append(r['library'])
            elif r['library'] != libraries[-1]:
                r.fail('library: its rows must stand together')
            for c in ('package', 'dev'):
                self.package(r, r[c])
            for c in ('since', 'until'):
                if r.optional(c):
                    r.one_of(c, self.releases)
            companion = [c_string(r.optional(c))
                         for c in ('soname', 'package', 'dev', 'flag', 'header')]
            items.append(['{' + ', '.join(companion) + '}', str(len(libraries) - 1),
                          c_string(r.optional('since')), c_string(r.optional('until'))])
        self.out.structs('struct mu_tab_companion mu_tab_companions[]', items)
        self.count('companion', items)
        s = self.read('companion-symbols.tsv', 'library symbol', 'library symbol',
                      lambda r: [libraries.index(r.one_of('library', libraries)), r['symbol']])
        rows = sorted((r['symbol'], libraries.index(r['library'])) for r in s.rows)
        self.out.structs('struct mu_tab_companion_symbol mu_tab_companion_symbols[]',
                         [[str(self.strings.add(name)), str(lib)] for name, lib in rows])
        self.count('companion_symbol', rows)
        for name in set(libraries) - {r['library'] for r in s.rows}:
            t.fail(1, f'no symbol of {name} is known')

    def gcc(self):
        t = self.read('gcc-tags.tsv', 'tag gcc', 'tag', by('tag'))
        for r in t.rows:
            if not re.fullmatch(r'\d+\.\d+(\.\d+)?', r['gcc']):
                r.fail(f'gcc: {r["gcc"]!r} is no version')
        self.out.structs('struct mu_tab_gcc_tag mu_tab_gcc_tags[]',
                         [[str(self.strings.add(r['tag'])), c_string(r['gcc'])] for r in t.rows])
        self.count('gcc_tag', t.rows)
        t = self.read('libstdcxx-lacks.tsv', 'symbol', 'symbol', by('symbol'))
        self.out.array('uint32_t mu_tab_libstdcxx_lacks[]',
                       [str(self.strings.add(r['symbol'])) for r in t.rows])
        self.count('libstdcxx_lack', t.rows)

    def sources(self):
        items = [[c_string(t.name), c_string(t.what), c_string(t.source), str(len(t.rows))]
                 for t in sorted(self.tables, key=lambda t: t.name)]
        self.out.structs('struct mu_db_source mu_tab_advice_sources[]', items)
        self.count('advice_source', items)

    def write(self, path):
        for step in (self.recipes, self.software, self.advice, self.companions, self.gcc,
                     self.sources):
            step()
        self.out.save(path, 'gen_advice.py from data/', 'db/advice_tables.h',
                      'mu_tab_advice_strings', self.strings)


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: gen_advice.py DATA_FOLDER OUT.c')
    Advice(sys.argv[1]).write(sys.argv[2])


if __name__ == '__main__':
    main()
