#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that the modes dlopen-now and dlopen-lazy say what musl's dlopen does.

A small program built with musl-gcc opens every shared library of the fixtures of this
machine, in a chroot of the fixture with the real loader in it, once with RTLD_NOW and
once with RTLD_LAZY. Whether it opens must be what muslin's status says, and musl's
error, which is about the first thing only, must be one that muslin lists.

Exit status: 0 all agree, 1 something differs, 77 it cannot be tried here (no musl-gcc,
no loader, or no right to chroot).
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
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import ldso

LOADER = "/lib/ld-musl-x86_64.so.1"
MODES = {"dlopen-now": "now", "dlopen-lazy": "lazy"}


def libraries(root):
    for at, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(at, name)
            if os.path.isfile(path) and not os.path.islink(path) and ".so" in name:
                yield path[len(root):]


def errors_of(result, path):
    """Every message that musl could give for what muslin found missing."""
    loader = result["loader"]
    for m in loader["missing_libraries"]:
        yield f"Error loading shared library {m['name']}: "
    for m in loader["missing_symbols"]:
        yield f"Error relocating {m['object']}: {m['symbol']}: symbol not found"
    for m in loader["unsupported_relocations"]:
        yield f"Error relocating {m['object']}: unsupported relocation type {m['type']}"
    for m in loader["tls_errors"]:
        yield f"Error relocating {m['object']}: "
    yield f"Error loading shared library {path}: "


def real(root, mode, path):
    def inside():
        os.chroot(root)
        os.chdir("/")
    run = subprocess.run(["/host", MODES[mode], path], executable="/host", preexec_fn=inside,
                         capture_output=True, text=True, timeout=20, env={}, check=False)
    return run.returncode, run.stdout.strip()


def judge(muslin, target, root, path):
    run = subprocess.run([muslin, "check", "-f", "ndjson", "-t", target, "-l", "none", "--root",
                          root, "--mode", ",".join(MODES), path],
                         capture_output=True, text=True, check=False)
    return json.loads(run.stdout.splitlines()[0])


def compare(muslin, target, root, path):
    """Lines that tell what differs; None where there is nothing to open."""
    report = judge(muslin, target, root, path)
    if report["kind"] != "shared-library" or report["machine"] != "x86_64":
        return None
    out = []
    for result in report["results"]:
        code, said = real(root, result["mode"], path)
        if code:
            out.append(f"{path} {result['mode']}: the host ended with {code}")
            continue
        status = "loads" if said == "loads" else "fails"
        if status != result["loader"]["status"]:
            out.append(f"{path} {result['mode']}: muslin says {result['loader']['status']}, "
                       f"musl: {said}")
        elif status == "fails" and not any(said.startswith(e) for e in errors_of(result, path)):
            out.append(f"{path} {result['mode']}: not among muslin's findings: {said}")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--muslin", required=True)
    parser.add_argument("--built", required=True)
    args = parser.parse_args()
    muslin = os.path.abspath(args.muslin)
    machine = os.path.join(args.built, "x86_64")
    if not (os.path.exists(LOADER) and shutil.which("musl-gcc") and os.geteuid() == 0 and
            os.path.isdir(machine)):
        print("no loader, no musl-gcc, no fixtures or no right to chroot")
        return 77
    target = "musl-debian:" + ldso.loader_version(LOADER)[1]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        host = os.path.join(scratch, "host")
        subprocess.run(["musl-gcc", "-o", host, os.path.join(HERE, "host.c")], check=True)
        for name in sorted(os.listdir(machine)):
            root = os.path.join(scratch, name)
            shutil.copytree(os.path.join(machine, name), root, symlinks=True)
            os.makedirs(os.path.join(root, "lib"), exist_ok=True)
            shutil.copy(LOADER, os.path.join(root, "lib"))
            shutil.copy(host, root)
            for path in libraries(root):
                # a file of debug information has no tables: musl's dlopen crashes on it
                if path == LOADER or path.startswith("/stub/") or path.endswith(".debug"):
                    continue
                lines = compare(muslin, target, root, path)
                if lines is None:
                    continue
                failed += bool(lines)
                passed += not lines
                for line in lines:
                    print("DIFFERS", name, line)
    print(f"tally: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
