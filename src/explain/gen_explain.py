#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the C tables of `muslin explain` out of data/.

    gen_explain.py DATA_FOLDER PATH_OF_gen_db OUT.c

Beyond their form it is checked that everything named exists: texts, causes, places, and
that each pattern has an example and one needle at least.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[2] if len(sys.argv) > 2 else '.')
from gen_db import Out, Strings, Table, by, c_string  # noqa: E402

CAUSES = ['missing-interpreter', 'missing-library', 'missing-symbol', 'relocation', 'tls',
          'exec-format', 'script', 'dns', 'locale', 'nss', 'stack', 'timezone', 'certificates',
          'package', 'other']
CERTAINTIES = ['certain', 'likely', 'possible']
CONTEXTS = ['alpine', 'release', 'machine', 'glibc', 'gcompat', 'musl-build']
PLACES = {'subject', 'object', 'by', 'release', 'target', 'since', 'version', 'name', 'package',
          'host', 'family', 'advice', 'interp', 'machine'}
MAX_PATTERNS = 8 * 64
MIN_NEEDLE = 2
ID = re.compile(r'[a-z0-9]+(-[a-z0-9]+)*\Z')


def c_list(items):
    return '(const char *const[]){' + ', '.join(c_string(x) for x in items) + '}' \
        if items else 'NULL'


def split(row, column, sep=','):
    text = row.optional(column)
    return text.split(sep) if text else []


class Explain:
    def __init__(self, folder):
        self.folder, self.out = folder, Out()

    def read(self, name, columns, key, sort=None):
        return Table(self.folder, name, columns.split(), key.split(), sort)

    def array(self, name, struct, items):
        self.out.structs(f'{struct} {name}s[]', items)
        self.out.array(f'size_t {name}_count', [str(len(items))])

    def texts(self):
        t = self.read('texts.tsv', 'id cause certainty fixes title explanation', 'id', by('id'))
        items = []
        for r in t.rows:
            for place in re.findall(r'(?<!\$)\{(\w*)(?:\|[^}]*)?\}', r['title'] + r['explanation']):
                if place not in PLACES:
                    r.fail(f'there is no place {{{place}}}')
            if not ID.match(r['id']) or not r['explanation'].endswith(('.', '}')):
                r.fail('id: letters, digits and dashes; explanation: sentences')
            cause = CAUSES.index(r.one_of('cause', CAUSES)) if r.optional('cause') else -1
            if r.optional('certainty'):
                r.one_of('certainty', CERTAINTIES)
            fixes = split(r, 'fixes')
            items.append([c_string(r['id']), c_string(r['title']), c_string(r['explanation']),
                          str(cause), c_string(r.optional('certainty')), c_list(fixes),
                          str(len(fixes))])
        self.array('mu_tab_text', 'struct mu_tab_text', items)
        self.text_ids = {r['id'] for r in t.rows}

    def patterns(self):
        t = self.read('patterns.tsv', 'id cause certainty resolver text under needles regex',
                      'id')
        if len(t.rows) > MAX_PATTERNS:
            t.fail(1, 'too many patterns')
        ids, items = {r['id'] for r in t.rows}, []
        for r in t.rows:
            context = r['cause'] == 'context'
            if context:
                r.one_of('resolver', CONTEXTS)
            elif r['resolver'] != 'none':
                r.one_of('cause', CAUSES)
                r.one_of('certainty', CERTAINTIES)
                if r['text'] not in self.text_ids:
                    r.fail(f'text: there is none called {r["text"]}')
            needles = split(r, 'needles', '|')
            if not needles and not r['id'].startswith('word-'):
                r.fail('needles: none')
            for n in needles:
                if len(n) < MIN_NEEDLE:
                    r.fail(f'needles: {n!r} is too short')
            under = split(r, 'under')
            for u in under:
                if u not in ids | set(CAUSES) | self.text_ids:
                    r.fail(f'under: {u!r} is neither pattern nor text nor cause')
            cause = -1 if context else 0 if r['resolver'] == 'none' else CAUSES.index(r['cause'])
            items.append([c_string(r['id']), c_list(needles), str(len(needles)),
                          c_string(r['regex']), str(cause), c_string(r['certainty']),
                          c_string(r['resolver']), c_string(r['text']), c_list(under),
                          str(len(under))])
        self.array('mu_tab_pattern', 'struct mu_tab_pattern', items)

    def headers(self):
        t = self.read('headers.tsv', 'header package', 'header', by('header'))
        self.array('mu_tab_header', 'struct mu_tab_header',
                   [[c_string(r['header']), c_string(r['package'])] for r in t.rows])

    def prefixes(self):
        t = self.read('prefixes.tsv', 'regex what', 'regex')
        self.out.array('char *const mu_tab_prefixes[]', [c_string(r['regex']) for r in t.rows], 1)
        self.out.array('size_t mu_tab_prefix_count', [str(len(t.rows))])

    def write(self, path):
        for step in (self.texts, self.patterns, self.headers, self.prefixes):
            step()
        strings = Strings()
        self.out.save(path, 'gen_explain.py from data/', 'explain/tables.h',
                      'mu_tab_explain_strings', strings)


def main():
    if len(sys.argv) != 4:
        sys.exit('usage: gen_explain.py DATA_FOLDER PATH_OF_gen_db OUT.c')
    Explain(sys.argv[1]).write(sys.argv[3])


if __name__ == '__main__':
    main()
