#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that `muslin check` judges each fixture as its case file expects.

    fixtures.py --built DIR --muslin MUSLIN      muslin against the expectations
    fixtures.py --built DIR --loader LDSO        the expectations against a real loader
    fixtures.py --built DIR --muslin M --loader L   both, and muslin against the loader

The expectations were written by hand from the loader's rules; the second form
proves that they are right, for this machine's own fixtures. It runs the loader
in a chroot of the fixture's tree (as root, or in a user namespace).

An expectation in testbins/NN-name/case.toml:

    [[expect]]
    file             the file to judge, a path inside the case's tree
    kind, libc, interpreter, interpreter_found, soname, needed, rpath, runpath,
    glibc_required   compared with the keys of muslin's JSON where given;
                     machine and class always, unless machine = false
    library_path, preload    options of the run
    options          further options, which only muslin has
    findings, no_findings    names of rules that the file must, or must not, break
    root             false: run in the tree with a relative FILE, not with --root
    status           default: fails if one of the following is given, else loads
    loaded           [name, path] in order
    missing          [name, needed by] in order
    symbols          [object, symbol] or [object, symbol, origin]
    unsupported      [object, relocation type]
    loader = "skip"  the loader's answer is not expected, only the rest
    real = false     a real loader is not asked
    [[expect.on]]    target = "musl:1.2.5" and what is different there

Exit status: 0 all as expected, 1 something differs, 77 no fixture was built.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "..", "testbins")]
import build
import ldso

TARGETS = ["musl:1.2.3", "musl:1.2.5"]
# no musl before 1.2.4 is known for it
TARGETS_OF = {"riscv64": ["musl:1.2.5"]}
CLASS = {"x86": 32, "armhf": 32}
STATIC_KEYS = ("kind", "libc", "interpreter", "soname", "needed", "rpath", "runpath",
               "glibc_required")


def wanted(expect, target):
    """The Answer that an expectation describes for a target; None where it says skip."""
    e = dict(expect)
    for on in expect.get("on", []):
        if on["target"] == target:
            e.update(on)
    if e.get("loader") == "skip":
        return None, []
    a = ldso.Answer()
    a.loaded = [tuple(x) for x in e.get("loaded", [])]
    a.missing = [tuple(x) for x in e.get("missing", [])]
    a.symbols = [tuple(x[:2]) for x in e.get("symbols", [])]
    a.unsupported = [tuple(x) for x in e.get("unsupported", [])]
    a.status = e.get("status") or (
        "fails" if a.missing or a.symbols or a.unsupported else "loads")
    return a, [tuple(x) for x in e.get("symbols", []) if len(x) > 2]


def settle(answer):
    """Symbols of one object sorted: their order is the linker's, not the loader's."""
    objects = list(dict.fromkeys(o for o, _ in answer.symbols))
    answer.symbols = sorted(answer.symbols, key=lambda p: (objects.index(p[0]), p[1]))
    return answer


class Case:
    """One built fixture: its expectations, and who is asked about them."""

    def __init__(self, row, built):
        self.name, self.arch = row["case"], row["arch"]
        self.root = os.path.join(built, row["dir"])
        self.spec = build.load(self.name, self.arch)
        self.targets = self.spec.get("targets") or TARGETS_OF.get(self.arch, TARGETS)
        self.passed, self.failed = 0, 0

    def told(self, expect, target):
        options = [k.replace("_", "-") + "=" + expect[k] for k in ("library_path", "preload")
                   if k in expect] + ([" ".join(expect["options"])] if "options" in expect else [])
        return "%s %s %s%s" % (self.arch, self.name, expect["file"],
                               "".join(" [%s]" % x for x in options + ([target] if target else [])))

    def check(self, label, what):
        if what:
            self.failed += 1
            print("DIFFERS %s\n  %s" % (label, "\n  ".join(what)))
        else:
            self.passed += 1

    def ask_muslin(self, muslin, expects, targets):
        """JSON objects for expectations that share their options."""
        argv = [muslin, "check", "--format", "json", "--layer", "none",
                "--target", ",".join(targets)]
        first = expects[0]
        argv += first.get("options", [])
        for key in ("library_path", "preload"):
            if key in first:
                argv += ["--" + key.replace("_", "-"), first[key]]
        if first.get("root", True):
            argv += ["--root", self.root]
        argv += [e["file"] for e in expects]
        env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
        p = subprocess.run(argv, cwd=self.root, capture_output=True, timeout=120,
                           env={**env, "LC_ALL": "C", "MUSLIN_DB_DIR": ""})
        try:
            objects = json.loads(p.stdout)["objects"]
        except (ValueError, KeyError) as e:
            return "%s\n  exit %d, %s: %s\n  %s" % (" ".join(argv), p.returncode,
                                                    type(e).__name__, e,
                                                    ldso.text(p.stderr).strip())
        if [o["path"] for o in objects] != [e["file"] for e in expects]:
            return "%s\n  objects are %s" % (" ".join(argv), [o["path"] for o in objects])
        # 2 when, and only when, one of them is no valid input at all
        invalid = any(e.get("kind") in ("not-elf", "unreadable") for e in expects)
        if p.returncode not in ((2,) if invalid else (0, 1)):
            return "%s\n  exit %d\n  %s" % (" ".join(argv), p.returncode,
                                            ldso.text(p.stderr).strip())
        return objects

    def facts(self, expect, obj):
        """What the identity of the file should be and is not."""
        out = []
        want = {k: expect[k] for k in STATIC_KEYS if k in expect}
        if expect.get("machine", True) and want.get("kind") not in ("not-elf", "script", "archive"):
            want["machine"] = self.arch
            want["class"] = CLASS.get(self.arch, 64)
        for key, value in want.items():
            if value == "null":
                value = None
            if key not in obj:
                out.append("%s: not in muslin's answer" % key)
            elif obj[key] != value:
                out.append("%s: expected %r, muslin says %r" % (key, value, obj[key]))
        found = {f["name"] for f in obj.get("findings", [])}
        for name in expect.get("findings", []):
            if name not in found:
                out.append("findings: no %s, but %s" % (name, sorted(found)))
        for name in expect.get("no_findings", []):
            if name in found:
                out.append("findings: %s, which it does not break" % name)
        return out

    def against_muslin(self, muslin):
        groups = {}
        for e in self.spec["expect"]:
            key = (e.get("library_path"), e.get("preload"), e.get("root", True),
                   tuple(e.get("options", [])))
            # a file twice in one run would be judged once only
            while any(x["file"] == e["file"] for x in groups.get(key, [])):
                key += (0,)
            groups.setdefault(key, []).append(e)
        for expects in groups.values():
            objects = self.ask_muslin(muslin, expects, self.targets)
            if isinstance(objects, str):
                self.failed += 1
                print("FAILED %s %s: %s" % (self.arch, self.name, objects))
                continue
            for e, obj in zip(expects, objects):
                self.check(self.told(e, None), self.facts(e, obj))
                for target in self.targets:
                    self.one_result(e, obj, target)

    def one_result(self, expect, obj, target):
        answer, origins = wanted(expect, target)
        if answer is None:
            return
        results = [r for r in obj["results"] if r["target"] == target
                   and r["layer"] == "none" and r["mode"] == "start"]
        if len(results) != 1:
            self.check(self.told(expect, target), ["%d results for this target" % len(results)])
            return
        what = [w.replace("the loader", "expected").replace("muslin, ", "muslin's, ")
                for w in ldso.differences(settle(ldso.from_result(results[0])), settle(answer))]
        if "interpreter_found" in expect and (
                results[0]["interpreter_found"] is not expect["interpreter_found"]):
            what.append("interpreter_found: %r" % results[0]["interpreter_found"])
        for obj_name, symbol, origin in origins:
            got = [m.get("origin") for m in results[0]["loader"]["missing_symbols"]
                   if (m["object"], m["symbol"]) == (obj_name, symbol)]
            if got and got != [origin]:
                what.append("origin of %s: expected %r, muslin says %r" % (symbol, origin, got[0]))
        self.check(self.told(expect, target), what)

    def against_loader(self, loader, version, muslin):
        """The expectations, and muslin's answer, beside what the real loader says."""
        argv0 = build.variables(self.arch)["{musl}"]
        inside = ".loader-%d" % os.getpid()
        shutil.copy(loader, os.path.join(self.root, inside))
        try:
            for e in self.spec["expect"]:
                if not e.get("real", True) or "options" in e:
                    continue
                options = {k: e[k] for k in ("library_path", "preload") if k in e}
                if e.get("root", True):
                    real = ldso.ask("/" + inside, e["file"], argv0, root=self.root, **options)
                else:
                    real = ldso.ask(loader, e["file"], argv0, cwd=self.root, **options)
                target = "musl:" + version
                answer, _ = wanted(e, target)
                settle(real)
                if answer:
                    what = [w.replace("muslin", "the expectation")
                            for w in ldso.differences(settle(answer), real)]
                    self.check(self.told(e, "real loader %s" % version), what)
                if muslin:
                    debian = "musl-debian:" + version
                    objects = self.ask_muslin(muslin, [e], [debian])
                    if isinstance(objects, str):
                        what = [objects]
                    elif not objects[0]["results"]:
                        what = ["muslin has no result for it"]
                    else:
                        what = ldso.differences(
                            settle(ldso.from_result(objects[0]["results"][0])), real)
                    self.check(self.told(e, "muslin and real loader"), what)
        finally:
            os.unlink(os.path.join(self.root, inside))


def as_root():
    """Chroot needs root's rights: get them in a user namespace where that is allowed."""
    if os.geteuid() == 0:
        return True
    if os.environ.get("FIXTURES_UNSHARED") or not shutil.which("unshare"):
        return False
    if subprocess.run(["unshare", "-r", "true"], stderr=subprocess.DEVNULL).returncode:
        return False
    os.environ["FIXTURES_UNSHARED"] = "1"
    os.execvp("unshare", ["unshare", "-r", sys.executable] + sys.argv)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--built", required=True, help="folder that testbins/build.py filled")
    ap.add_argument("--muslin")
    ap.add_argument("--loader")
    ap.add_argument("--arch", action="append")
    ap.add_argument("--case", action="append")
    o = ap.parse_args()
    if not o.muslin and not o.loader:
        ap.error("--muslin or --loader is needed")
    version = ldso.loader_version(o.loader) if o.loader else None
    if o.loader and version is None:
        print("skipped: %s does not run here" % o.loader)
        return 77
    if o.loader and not as_root():
        print("skipped: the loader is run in a chroot, which is not allowed here")
        return 77
    built = os.path.abspath(o.built)
    with open(os.path.join(built, "manifest.json"), encoding="utf-8") as f:
        manifest = json.load(f)
    passed = failed = skipped = run = 0
    for row in manifest["cases"]:
        if (o.arch and row["arch"] not in o.arch) or (o.case and row["case"] not in o.case):
            continue
        if not row["built"]:
            if row.get("error"):
                failed += 1
                print("FAILED %s %s: could not be built" % (row["arch"], row["case"]))
            elif o.muslin or row["arch"] == manifest["native"]:
                skipped += 1
                print("skipped %s %s: %s" % (row["arch"], row["case"] or "(all)", row["skipped"]))
            continue
        case = Case(row, built)
        if o.muslin:
            case.against_muslin(os.path.abspath(o.muslin))
            run += 1
        if o.loader and case.arch == manifest["native"] == version[0]:
            case.against_loader(o.loader, version[1], o.muslin and os.path.abspath(o.muslin))
            run += 1
        passed, failed = passed + case.passed, failed + case.failed
    if not run and not failed:
        print("skipped: no fixture was built")
        return 77
    print("tally: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
