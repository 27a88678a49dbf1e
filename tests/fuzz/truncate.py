#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that a file cut off anywhere is judged like any other: no crash, no hang.

Every prefix of small fixtures, of both classes and byte orders, is given to
muslin; see feed.py for what must hold. Cut inside its headers a file must not be
taken for a program that loads.

    truncate.py --muslin MUSLIN --built DIR [--step N]
"""

import argparse
import os
import sys
import tempfile

import feed

SEEDS = ["01-interpreter/bin/glibc", "31-hidden-version-sysv/usr/lib/libf.so.1",
         "30-hidden-version-gnu/usr/lib/libf.so.1"]
ARCHES = ["x86_64", "x86", "s390x"]


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--built", required=True)
    ap.add_argument("--step", type=int, default=1,
                    help="bytes between two cuts behind the first 2048 (default 1)")
    o = ap.parse_args()
    fine, bad, total = 0, [], 0
    for arch in ARCHES:
        for seed in SEEDS:
            source = os.path.join(o.built, arch, seed)
            if not os.path.exists(source):
                continue
            with open(source, "rb") as f:
                data = f.read()
            header = 64 if data[4] == 2 else 52
            cuts = [n for n in range(len(data)) if n < 2048 or (n - 2048) % o.step == 0]
            with tempfile.TemporaryDirectory(prefix="truncate-") as folder:
                names = []
                for n in cuts:
                    names.append("%06d" % n)
                    with open(os.path.join(folder, names[-1]), "wb") as f:
                        f.write(data[:n])
                n, b, objects = feed.check(os.path.abspath(o.muslin), names,
                                           ["--target", "musl:1.2.5", "--layer", "none"],
                                           batch=2000, cwd=folder)
            total += len(cuts)
            fine += n
            bad += [("%s %s cut at %s" % (arch, seed, p), w) for p, w in b]
            for x in objects:
                if int(x["path"]) < header and x["kind"] not in ("unreadable", "not-elf"):
                    bad.append(("%s %s cut at %s" % (arch, seed, x["path"]),
                                ["not even a header, taken for: %s" % x["kind"]]))
    if not total:
        print("skipped: no fixture was built")
        return 77
    print("%d truncated files" % total)
    for path, wrong in bad[:60]:
        print("FAILED %s: %s" % (path, "; ".join(wrong)))
    print("tally: %d passed, %d failed, 0 skipped" % (fine, len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
