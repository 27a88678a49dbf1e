#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove what the project promises about its own source tree.

    lint.py --source DIR [--muslin MUSLIN] [CHECK…]

headers     every prototype in include/muslin has its comment, "/** name:" … "Since:"
layering    libelf and libdw only in src/elf, jansson only where JSON is read or
            written, libarchive, nettle and sqlite only in src/tree, pcre2 only
            in src/explain; src/cli sees only the public API;
            no folder includes one that stands above it
size        no source file over 800 lines
spdx        a licence line on top of every source file
binaries    nothing binary in the repository
tables      data files are tab-separated, with as many columns in every row
meson       no test speaks TAP (cmocka's skipped tests would count as failures)
rules       every rule has a fixture that triggers it and one that does not
man         every command has a man page that names all options of its --help
format      clang-format would change nothing

Exit status: 0 all as promised, 1 not.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib

MAX_LINES = 800
# no file makes the real loader disagree with muslin on purpose
RULES_WITHOUT_FIXTURE = {"verify-disagrees"}
# folders of src, lowest first; one may include those of its own or a lower rank
RANK = {"core": 0, "db": 1, "tree": 1, "shell": 1, "elf": 2, "dockerfile": 2, "loader": 3,
        "rules": 4, "fix": 5, "check": 6, "scan": 7, "explain": 7, "report": 8, "cli": 9}
CONFINED = [
    (re.compile(r"^(libelf|gelf|nlist|elfutils/.*|dwarf|libdw|libdwfl)\.h$"), ("src/elf/",)),
    (re.compile(r"^jansson(_config)?\.h$"), ("src/report/", "src/db/", "src/tree/")),
    (re.compile(r"^archive(_entry)?\.h$"), ("src/tree/",)),
    (re.compile(r"^(nettle/.*|sqlite3)\.h$"), ("src/tree/",)),
    (re.compile(r"^pcre2(posix)?\.h$"), ("src/explain/",)),
]


class Lint:
    def __init__(self, source, muslin):
        self.source, self.muslin = source, muslin
        self.problems = []
        self.files = self.list_files()

    def list_files(self):
        """Files of the repository; of the folder, where it is none (a tarball)."""
        try:
            out = subprocess.run(["git", "-C", self.source, "ls-files", "-z", "--cached",
                                  "--others", "--exclude-standard"],
                                 capture_output=True, check=True).stdout
            names = [os.fsdecode(n) for n in out.split(b"\0") if n]
        except (OSError, subprocess.CalledProcessError):
            names = []
            for at, subdirs, files in os.walk(self.source):
                subdirs[:] = [d for d in subdirs if not d.startswith("build")
                              and d not in (".git", "__pycache__")]
                names += [os.path.relpath(os.path.join(at, f), self.source) for f in files]
        return sorted(n for n in set(names) if os.path.isfile(os.path.join(self.source, n)))

    def read(self, name):
        with open(os.path.join(self.source, name), encoding="utf-8") as f:
            return f.read()

    def tell(self, name, line, text):
        self.problems.append("%s%s: %s" % (name, ":%d" % line if line else "", text))

    def some(self, *suffixes, under=""):
        return [n for n in self.files if n.endswith(suffixes) and n.startswith(under)]

    # ---- checks: each returns None, or why it was skipped ----

    def headers(self):
        names = self.some(".h", under="include/muslin/")
        if not names:
            self.tell("include/muslin", 0, "no headers")
        for name in names:
            for line, function, comment in prototypes(self.read(name)):
                if not comment.startswith("/** %s:" % function):
                    self.tell(name, line, "%s has no comment that begins with \"/** %s:\""
                              % (function, function))
                elif not re.search(r"^ \* Since: \d", comment, re.M):
                    self.tell(name, line, "the comment of %s has no Since:" % function)

    def layering(self):
        for name in self.some(".c", ".h", under="src/"):
            folder = name.split("/")[1] if name.count("/") > 1 else None
            for n, text in enumerate(self.read(name).split("\n"), 1):
                m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', text)
                if not m:
                    continue
                header = m[2]
                for pattern, allowed in CONFINED:
                    if pattern.match(header) and not name.startswith(allowed):
                        self.tell(name, n, "<%s> belongs to %s" % (header, " and ".join(allowed)))
                    elif pattern.match(header) and "jansson" in header and \
                            name.startswith(("src/db/", "src/tree/")) and \
                            "json" not in os.path.basename(name):
                        self.tell(name, n, "<%s> belongs to the JSON reader" % header)
                other = header.split("/")[0] if m[1] == '"' and "/" in header else None
                if name.startswith("src/cli/") and m[1] == '"' and \
                        header not in ("cli.h", "config.h") and not header.startswith("muslin/"):
                    self.tell(name, n, "src/cli sees only <muslin/…>, not \"%s\"" % header)
                if folder in RANK and other in RANK and RANK[other] > RANK[folder]:
                    self.tell(name, n, "%s stands below %s" % (folder, other))

    def size(self):
        for name in self.some(".c", ".h", ".py", ".sh"):
            lines = self.read(name).count("\n")
            if lines > MAX_LINES:
                self.tell(name, 0, "%d lines" % lines)

    def spdx(self):
        for name in self.some(".c", ".h", ".def", ".py", ".sh", ".toml"):
            if "SPDX-License-Identifier: MIT" not in "\n".join(self.read(name).split("\n")[:2]):
                self.tell(name, 1, "no SPDX line on top")

    def binaries(self):
        for name in self.files:
            with open(os.path.join(self.source, name), "rb") as f:
                data = f.read()
            if b"\0" in data or data[:8] == b"!<arch>\n":
                self.tell(name, 0, "a binary file")

    def tables(self):
        names = self.some(".tsv")
        for name in names:
            columns = None
            for n, line in enumerate(self.read(name).split("\n")[:-1], 1):
                if line == "" or line.endswith((" ", "\r")):
                    self.tell(name, n, "an empty line, or blanks at the end")
                elif line.startswith("#") and "\t" not in line:
                    continue  # a comment
                elif columns is None:
                    columns = line.count("\t")
                elif line.count("\t") != columns and not line.startswith("#"):
                    self.tell(name, n, "%d columns, not %d" % (line.count("\t") + 1, columns + 1))
            if not self.read(name).endswith("\n"):
                self.tell(name, 0, "no newline at the end")

    def meson(self):
        for name in self.some("meson.build"):
            for n, line in enumerate(self.read(name).split("\n"), 1):
                if re.search(r"protocol\s*:\s*'tap'", line):
                    self.tell(name, n, "protocol: 'tap'")

    def rules(self):
        names = re.findall(r'MU_RULE\(\w+,\s*"([^"]+)"', self.read("include/muslin/rules.def"))
        does, does_not = set(), set()
        for name in self.some("case.toml", under="testbins/"):
            for e in tomllib.loads(self.read(name)).get("expect", []):
                does.update(e.get("findings", []))
                does_not.update(e.get("no_findings", []))
        # a case of a scan: "rule-name path:line"
        for name in self.some("case.toml", under="tests/scan/"):
            case = tomllib.loads(self.read(name))
            does.update(e.split()[0] for e in case.get("findings", []) if e.split())
            does_not.update(e.split()[0] for e in case.get("no_findings", []) if e.split())
        for rule in names:
            if rule in RULES_WITHOUT_FIXTURE:
                continue
            if rule not in does:
                self.tell("testbins", 0, "no fixture triggers the rule %s" % rule)
            if rule not in does_not:
                self.tell("testbins", 0, "no fixture shows what does not trigger %s" % rule)
        for rule in sorted((does | does_not) - set(names)):
            self.tell("testbins", 0, "there is no rule %s" % rule)

    def man(self):
        if not self.muslin:
            return "no muslin given"
        commands = [os.path.basename(n)[4:-2] for n in self.some(".c", under="src/cli/cmd_")]
        if not commands:
            self.tell("src/cli", 0, "no cmd_*.c")
        for command in commands:
            page = "docs/man/muslin-%s.1.scd" % command
            p = subprocess.run([self.muslin, command, "--help"], capture_output=True, text=True,
                               timeout=30, stdin=subprocess.DEVNULL)
            if p.returncode != 0 or not p.stdout:
                self.tell("muslin %s --help" % command, 0, "exit code %d" % p.returncode)
                continue
            if page not in self.files:
                self.tell(page, 0, "there is no such man page")
                continue
            text = self.read(page).replace("\\", "")
            for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", p.stdout))):
                if not re.search(re.escape(option) + r"(?![a-z0-9-])", text):
                    self.tell(page, 0, "does not name %s" % option)
        return None

    def format(self):
        tool = shutil.which("clang-format")
        if not tool:
            return "no clang-format"
        for name in self.some(".c", ".h"):
            p = subprocess.run([tool, "--style=file", "--dry-run", "--Werror",
                                os.path.join(self.source, name)], capture_output=True, text=True)
            if p.returncode:
                m = re.search(r":(\d+):\d+: error", p.stderr)
                self.tell(name, int(m[1]) if m else 0, "clang-format would change it (%d places)"
                          % p.stderr.count("error: "))
        return None


def prototypes(text):
    """(line, name, the comment just before) of each function that a header declares."""
    comments = []

    def keep(m):
        comments.append(m[0])
        return "\x01%d\x02" % (len(comments) - 1) + "\n" * m[0].count("\n")

    text = re.sub(r"/\*.*?\*/", keep, text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)
    text = re.sub(r'extern\s+"C"\s*\{', "", text)
    # bodies of structs and inline functions
    before = None
    while before != text:
        before = text
        text = re.sub(r"\{[^{}]*\}", lambda m: "\n" * m[0].count("\n"), text)
    text = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)",
                  lambda m: "\n" * m[0].count("\n"), text)
    at = 0
    for statement in text.split(";"):
        bare = re.sub(r"\x01\d+\x02", " ", statement)
        m = re.match(r"\s*(?!typedef\b)(?:[\w\s*]+?[\s*])(\w+)\s*\(", bare)
        if m and not re.match(r"\s*typedef\b", bare):
            known = re.findall(r"\x01(\d+)\x02", statement)
            lead = re.match(r"[\s\x01\x02\d]*", statement)[0].count("\n")
            yield (text[:at].count("\n") + lead + 1, m[1],
                   comments[int(known[-1])] if known else "")
        at += len(statement) + 1


CHECKS = ["headers", "layering", "size", "spdx", "binaries", "tables", "meson", "rules", "man",
          "format"]


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--source", required=True)
    ap.add_argument("--muslin")
    ap.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    o = ap.parse_args()
    lint = Lint(os.path.abspath(o.source), o.muslin and os.path.abspath(o.muslin))
    passed = failed = skipped = 0
    for name in o.checks or CHECKS:
        lint.problems = []
        why = getattr(lint, name)()
        for p in lint.problems:
            print("%s: %s" % (name, p))
        if lint.problems:
            failed += 1
        elif why:
            skipped += 1
            print("skipped %s: %s" % (name, why))
        else:
            passed += 1
    print("tally: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 77 if skipped and not passed else 0


if __name__ == "__main__":
    sys.exit(main())
