#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that commands print, byte for byte, what the golden files say.

    run.py --muslin MUSLIN [--built DIR] [--update] [NAME…]

A case is a set of files in tests/cli/cases:

    NAME.cmd      a shell script, run by `sh -e` in an empty scratch folder where
                  `muslin` is in PATH; lines at its top may say
                      # fixture: x86_64/01-interpreter [AS]   copied to AS (default
                        01-interpreter); the case is skipped when it was not built
                      # needs: COMMAND                        skipped when absent
    NAME.files/   copied into the scratch folder
    NAME.stdout   what must come out; absent: nothing. NAME.stderr likewise.
                  NAME.stdout.glob: the same, * matching anything within a line
    NAME.exit     the exit code; absent: 0

Golden files hold no path of a machine: everything is called relatively. A case
whose output holds the scratch folder's path fails. --update writes the golden
files from what came out; look at the difference before it is committed.
"""

import argparse
import difflib
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")


class Skip(Exception):
    """The case cannot be run here; why is the text."""


def read(name):
    path = os.path.join(CASES, name)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


def prepare(name, script, built, scratch):
    for line in script.decode().splitlines():
        if not line.startswith("#"):
            break
        if m := re.match(r"# fixture: (\S+)(?: (\S+))?$", line):
            source = os.path.join(built or "", m[1])
            if not built or not os.path.isdir(source):
                raise Skip("fixture %s is not built" % m[1])
            shutil.copytree(source, os.path.join(scratch, m[2] or os.path.basename(m[1])),
                            symlinks=True)
        elif m := re.match(r"# needs: (\S+)$", line):
            if not shutil.which(m[1]):
                raise Skip("no %s" % m[1])
    extra = os.path.join(CASES, name + ".files")
    if os.path.isdir(extra):
        shutil.copytree(extra, scratch, symlinks=True, dirs_exist_ok=True)


def run(name, script, muslin, built, timeout):
    """(exit code, stdout, stderr) of a case in a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="golden-") as top:
        scratch, tools = os.path.join(top, "case"), os.path.join(top, "bin")
        os.mkdir(scratch)
        os.mkdir(tools)
        os.symlink(muslin, os.path.join(tools, "muslin"))
        prepare(name, script, built, scratch)
        env = {"PATH": tools + ":" + os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
               "HOME": scratch, "TZ": "UTC", "COLUMNS": "80", "TMPDIR": top,
               "MUSLIN_DB_DIR": "data"}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        try:
            p = subprocess.run(["sh", "-e"], input=script, cwd=scratch, capture_output=True,
                               timeout=timeout, env=env)
        except subprocess.TimeoutExpired as e:
            return "timeout", e.stdout or b"", e.stderr or b"", ""
        leak = [w for w in (top, os.path.realpath(top)) if w.encode() in p.stdout + p.stderr]
        return p.returncode, p.stdout, p.stderr, leak


def matches(want, got, globs):
    if not globs:
        return want == got
    a, b = want.decode(errors="replace").split("\n"), got.decode(errors="replace").split("\n")
    # only * is special: [ and ? are common in output
    return len(a) == len(b) and all(
        fnmatch.fnmatchcase(y, x.replace("[", "[[]").replace("?", "[?]")) for x, y in zip(a, b))


def compare(name, code, out, err, leak):
    wrong = []
    want = int(read(name + ".exit") or b"0")
    if code != want:
        wrong.append("exit code %s, expected %d" % (code, want))
    for stream, got in (("stdout", out), ("stderr", err)):
        glob = read("%s.%s.glob" % (name, stream))
        golden = glob if glob is not None else read("%s.%s" % (name, stream)) or b""
        if not matches(golden, got, glob is not None):
            wrong.append("".join(difflib.unified_diff(
                golden.decode(errors="backslashreplace").splitlines(True),
                got.decode(errors="backslashreplace").splitlines(True),
                "%s.%s" % (name, stream), "this run")).rstrip("\n"))
    if leak:
        wrong.append("the output holds a path of this machine: %s" % leak[0])
    return wrong


def update(name, code, out, err):
    for stream, got in (("stdout", out), ("stderr", err)):
        path = os.path.join(CASES, "%s.%s" % (name, stream))
        if os.path.exists(path + ".glob"):
            if not matches(read("%s.%s.glob" % (name, stream)), got, True):
                print("%s: the pattern file is written by hand, and does not match" % name)
            continue
        if got:
            with open(path, "wb") as f:
                f.write(got)
        elif os.path.exists(path):
            os.unlink(path)
    path = os.path.join(CASES, name + ".exit")
    if code:
        with open(path, "w", encoding="ascii") as f:
            f.write("%d\n" % code)
    elif os.path.exists(path):
        os.unlink(path)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--built", help="folder that testbins/build.py filled")
    ap.add_argument("--update", action="store_true")
    ap.add_argument("--timeout", type=int, default=60)
    ap.add_argument("names", nargs="*", metavar="NAME")
    o = ap.parse_args()
    muslin = os.path.abspath(o.muslin)
    known = sorted(f[:-4] for f in os.listdir(CASES) if f.endswith(".cmd")) \
        if os.path.isdir(CASES) else []
    unknown = set(o.names) - set(known)
    if unknown:
        print("no such case: %s" % ", ".join(sorted(unknown)))
        return 1
    # a golden file that belongs to no case is a case that was lost
    stray = sorted(f for f in os.listdir(CASES) if f.split(".")[0] not in known) if known else []
    passed, failed, skipped = 0, len(stray), 0
    for f in stray:
        print("FAILED %s: belongs to no case" % f)
    for name in o.names or known:
        script = read(name + ".cmd")
        try:
            code, out, err, leak = run(name, script, muslin, o.built and os.path.abspath(o.built),
                                       o.timeout)
        except Skip as e:
            skipped += 1
            print("skipped %s: %s" % (name, e))
            continue
        if o.update and code != "timeout" and not leak:
            update(name, code, out, err)
        wrong = compare(name, code, out, err, leak)
        if wrong:
            failed += 1
            print("FAILED %s\n%s" % (name, "\n".join(wrong)))
        else:
            passed += 1
    if not known:
        print("skipped: there are no cases")
        return 77
    print("tally: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 77 if not passed else 0


if __name__ == "__main__":
    sys.exit(main())
