#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that the layer gcompat is simulated as a real loader would have it.

Libraries that offer gcompat's symbols (from the database's own table) are built here
under gcompat's names, and the real loader is run with them preloaded and in its path.
What it cannot resolve must be what `muslin check --layer gcompat` cannot resolve:
libraries and who needs them, symbols and where, for every ELF file of /usr/bin,
/usr/sbin and /usr/lib that is of this machine.

Exit status: 0 all agree, 1 something differs, 2 muslin broke its contract, 77 there is
no musl loader or no compiler here.
"""

import argparse
import concurrent.futures
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
import conformance
import ldso

TABLE = os.path.join(HERE, "..", "..", "src", "db", "data", "gcompat.tsv")
VERSION = "1.1.0"
NAMES = ["libc.so.6", "libcrypt.so.1", "libm.so.6", "libpthread.so.0", "libresolv.so.2",
         "librt.so.1", "libutil.so.1"]
INTERP = "ld-linux-x86-64.so.2"


def table():
    """Rows of the database's table: name, library, type, …, versions."""
    with open(TABLE, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    header = next(r for r in rows if r[0] == "#name")
    return [dict(zip(["name"] + header[1:], r)) for r in rows if not r[0].startswith("#")]


def build(folder):
    libraries = {}
    for row in table():
        if row["versions"] == "*" or VERSION in row["versions"].split(","):
            libraries.setdefault(row["library"], []).append(row)
    # the helpers first: libgcompat is linked with them
    for library in sorted(libraries, key=lambda l: l.startswith("libgcompat")):
        source = os.path.join(folder, "x.c")
        with open(source, "w", encoding="utf-8") as f:
            for i, row in enumerate(libraries[library]):
                if row["name"] in ("_init", "_fini"):
                    continue
                if row["type"] == "OBJECT":
                    f.write(f'char v{i}[64] __asm__("{row["name"]}");\n')
                else:
                    f.write(f'void f{i}(void) __asm__("{row["name"]}"); void f{i}(void) {{}}\n')
        with_helpers = library.startswith("libgcompat")
        subprocess.run(
            ["cc", "-w", "-nostdlib", "-shared", "-fPIC", "-fno-builtin", source,
             "-o", os.path.join(folder, library), "-Wl,-soname," + library] +
            (["-Wl,--no-as-needed", os.path.join(folder, "libucontext.so.1"),
              os.path.join(folder, "libobstack.so.1")] if with_helpers else []), check=True)
        os.unlink(source)
    # the file that gcompat's loader is: no symbol in it
    subprocess.run(["cc", "-nostdlib", "-shared", "-x", "c", "/dev/null",
                    "-o", os.path.join(folder, INTERP)], check=True)
    for name in NAMES:
        os.symlink("libgcompat.so.0", os.path.join(folder, name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("muslin")
    parser.add_argument("--loader", default="/lib/ld-musl-x86_64.so.1")
    parser.add_argument("--timeout", type=float, default=20)
    args = parser.parse_args()
    if not os.path.exists(args.loader) or not shutil.which("cc"):
        print("no musl loader or no compiler here")
        return 77
    version = ldso.loader_version(args.loader)[1]
    files = [path for path, _ in conformance.own_files(["/usr/bin", "/usr/sbin", "/usr/lib"])]
    with tempfile.TemporaryDirectory() as folder:
        build(folder)
        run = subprocess.run(
            [args.muslin, "check", "--format", "ndjson", "--target", "musl-debian:" + version,
             "--layer", "gcompat", "--files-from", "-"], input=b"\0".join(files) + b"\0",
            capture_output=True, check=False)
        if run.returncode not in (0, 1):
            print(run.stderr.decode(errors="replace"))
            return 2
        objects = [json.loads(line) for line in run.stdout.splitlines()][:-1]
        # musl's own programs do not start by gcompat's loader; and a library that can be
        # run (glibc's libc.so.6) makes --list call itself otherwise than that loader does
        judged = [o for o in objects if o["results"] and
                  o["results"][0]["loader"]["status"] != "not-applicable" and
                  not (o["interpreter"] or "").startswith("/lib/ld-musl-") and
                  not (o["interpreter"] and o["kind"] == "shared-library")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda o: ldso.ask(
                args.loader, ldso.object_path(o), argv0=INTERP, library_path=folder,
                preload=os.path.join(folder, "libgcompat.so.0"), timeout=args.timeout), judged))
    failed = 0
    for o, real in zip(judged, answers):
        ours = ldso.from_result(o["results"][0])
        # the stand-ins have other paths than the package's files
        ours.loaded = real.loaded
        lines = ldso.differences(ours, real)
        failed += bool(lines)
        for line in lines[:5]:
            print("DIFFERS", o["path"], line)
    print(f"tally: {len(judged) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
