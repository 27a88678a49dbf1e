#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that --verify has the real loader confirm fixes, where options can show them.

A root is made with the loader, gcompat's files (stand-ins, see layers.py), programs and
libraries beside them. There every fix but those that no option shows must be `verified`,
and the loader must agree with muslin. In the same root without gcompat's library a fix
that uses it must be `simulated`: nothing is there to be shown.

Exit status: 0 all agree, 1 something differs, 77 it cannot be tried here.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import layers
import ldso

LOADER = "/lib/ld-musl-x86_64.so.1"
OWN = "int own(void) { return 0; }\n"
PLAIN = "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n"
FORTIFY = "#include <stdio.h>\nint main(int n, char **v) { return printf(\"%d%s\", n, *v); }\n"
NOBODY = "#include <regex.h>\nint main(void) { return re_search(0, \"\", 0, 0, 0, 0); }\n"
USES = "int own(void); int main(void) { return own(); }\n"
MODULE = "#include <stdio.h>\nint f(int n) { return printf(\"%d\\n\", n); }\n"

# name: source, options of the compiler, steps that there must be a verified fix of
PROGRAMS = {
    "plain": (PLAIN, [], [["set-interpreter"], ["gcompat"]]),
    "fortify": (FORTIFY, ["-D_FORTIFY_SOURCE=2"], [["gcompat"]]),
    "nobody": (NOBODY, ["-D_GNU_SOURCE"], [["gcompat"]]),
    "beside": (USES, ["{own}"], [["loader-path", "set-interpreter"], ["gcompat", "loader-path"],
                                 ["gcompat", "set-rpath"], ["set-interpreter", "set-rpath"]]),
    "libmodule.so": (MODULE, ["-shared", "-fPIC", "-D_FORTIFY_SOURCE=2"],
                     [["gcompat", "add-needed"], ["gcompat"]]),
}


def compile_one(source, out, options):
    subprocess.run(["cc", "-w", "-O2", "-U_FORTIFY_SOURCE", "-x", "c", "-", "-x", "none",
                    "-o", out, *options], input=source.encode(), check=True)


def make_root(root):
    built, app = os.path.join(root, "built"), os.path.join(root, "opt/app")
    for folder in (built, app, os.path.join(root, "lib")):
        os.makedirs(folder)
    shutil.copy(LOADER, os.path.join(root, "lib"))
    layers.build(built)
    for name in os.listdir(built):
        os.rename(os.path.join(built, name), os.path.join(root, "lib", name))
    own = os.path.join(app, "libown.so.1")
    compile_one(OWN, own, ["-shared", "-fPIC", "-Wl,-soname,libown.so.1"])
    for name, (source, options, _) in PROGRAMS.items():
        compile_one(source, os.path.join(app, name), [own if o == "{own}" else o for o in options])


def check(muslin, root, name, version):
    p = subprocess.run([muslin, "check", "-f", "json", "-t", "musl-debian:" + version, "--root",
                        root, "--verify", LOADER, "/opt/app/" + name],
                       capture_output=True, text=True, check=False)
    if p.returncode not in (0, 1):
        return None, [f"{name}: muslin ended with {p.returncode}: {p.stderr}"]
    obj = json.loads(p.stdout)["objects"][0]
    wrong = [f"{name}: {f['message']}" for f in obj["findings"] if f["rule"] == "MU019"]
    return [f for f in obj["fixes"] if f["proof"] != "advice"], wrong


def judge(muslin, root, version, without):
    """(passed, lines that differ)."""
    passed, out = 0, []
    for name, (_, _, ways) in PROGRAMS.items():
        fixes, wrong = check(muslin, root, name, version)
        out += wrong
        if fixes is None:
            continue
        found = {tuple(f["steps"]): f["proof"] for f in fixes}
        for steps in ways:
            right = "simulated" if without and "gcompat" in steps else "verified"
            if found.get(tuple(steps)) == right:
                passed += 1
            else:
                out.append(f"{name}: {'+'.join(steps)} is {found.get(tuple(steps))}, "
                           f"not {right}{' without gcompat' if without else ''}")
    return passed, out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("muslin")
    args = parser.parse_args()
    version = ldso.loader_version(LOADER)
    if not version or not shutil.which("cc") or os.geteuid() != 0:
        print("no musl loader, no compiler, or no right to chroot")
        return 77
    passed, lines = 0, []
    with tempfile.TemporaryDirectory(prefix="verify-") as root:
        make_root(root)
        for without in (False, True):
            if without:
                os.unlink(os.path.join(root, "lib/libgcompat.so.0"))
            n, more = judge(os.path.abspath(args.muslin), root, version[1], without)
            passed, lines = passed + n, lines + more
    for line in lines:
        print("DIFFERS", line)
    print(f"tally: {passed} passed, {len(lines)} failed, 0 skipped")
    return 1 if lines or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
