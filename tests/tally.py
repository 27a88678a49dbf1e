#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count what a `meson test` run proved, inner counts included.

    tally.py BUILD

Reads BUILD/meson-logs/testlog.json. A test whose output ends with "tally: P
passed, F failed, S skipped" counts as that many, one of cmocka as its cases, any
other as one. Prints a line for each test and, last, "N passed, N failed, N
skipped". Exit status: 0, or 1 when anything failed or nothing was run.
"""

import json
import os
import re
import sys

TALLY = re.compile(r"^tally: (\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
CMOCKA = [re.compile(r"\[  %s \] (?:\S+: )?(\d+) test\(s\)" % w)
          for w in ("PASSED ", "FAILED ", "SKIPPED")]
GOOD, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP"}


def count(test):
    """(passed, failed, skipped) of one line of the log."""
    output = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    result = test["result"]
    own = TALLY.findall(output)
    if own:
        p, f, s = map(int, own[-1])
    else:
        p, f, s = (sum(map(int, r.findall(output))) for r in CMOCKA)
    if result in SKIPPED:
        return (p, f, s or 1)
    if result in GOOD:
        # an inner failure under a good result is still a failure
        return (p if p + f + s else 1, f, s)
    return (p, f or 1, s)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 64
    path = os.path.join(sys.argv[1], "meson-logs", "testlog.json")
    totals, tests = [0, 0, 0], 0
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                if not line.strip():
                    continue
                test = json.loads(line)
                got = count(test)
                tests += 1
                totals = [a + b for a, b in zip(totals, got)]
                print("%-10s %-45s %5d passed, %d failed, %d skipped" % (
                    (test["result"], test["name"]) + got))
    except (OSError, ValueError, KeyError) as e:
        print("%s: %s" % (path, e))
        totals[1] += 1
    if not tests:
        totals[1] = totals[1] or 1
        print("no test was run")
    print("%d passed, %d failed, %d skipped" % tuple(totals))
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
