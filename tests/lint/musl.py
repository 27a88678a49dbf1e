#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that nothing in our sources needs glibc: each compiles against musl's headers.

musl-gcc reads every file of src/ with warnings as errors. Headers of libelf and jansson
come from this machine: they include nothing but standard ones.

Exit status: 0 all compile, 1 one does not, 77 there is no musl-gcc here.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

FOREIGN = ["libelf.h", "gelf.h", "jansson.h", "jansson_config.h", "archive.h", "archive_entry.h",
           "nettle", "pcre2.h", "sqlite3.h"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--source", required=True)
    args = parser.parse_args()
    if not shutil.which("musl-gcc"):
        print("no musl-gcc here")
        return 77
    failed = passed = 0
    with tempfile.TemporaryDirectory() as headers:
        for name in FOREIGN:
            found = glob.glob("/usr/include/" + name) + glob.glob("/usr/include/*/" + name)
            if not found:
                print("no", name)
                return 1
            os.symlink(found[0], os.path.join(headers, name))
        with open(os.path.join(headers, "config.h"), "w", encoding="utf-8") as f:
            f.write('#define MU_VERSION "0"\n')
        flags = ["-std=gnu11", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-Wall", "-Wextra", "-Wno-missing-field-initializers",
                 "-Werror", "-fsyntax-only", "-I" + headers]
        flags += ["-I" + os.path.join(args.source, d) for d in ("include", "src", "src/cli")]
        for path in sorted(glob.glob(os.path.join(args.source, "src", "*", "*.c"))):
            run = subprocess.run(["musl-gcc", *flags, path], capture_output=True, text=True,
                                 check=False)
            failed += run.returncode != 0
            passed += run.returncode == 0
            if run.returncode:
                print(run.stderr)
    print(f"tally: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
