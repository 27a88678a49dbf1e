#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What muslin proposes first for what real toolchains build.

    run.py --muslin MUSLIN [--go GO] [--rustc RUSTC] [CASE...]

cases.toml is a table: a case has sources and the commands that build them into a root
tree, the file that is checked, and for each target the id of the right first fix, its
proof, and why it is right: the least invasive of what holds. One `muslin check --root`
is run for each target, and the first fix is compared.

  files     name: text, written into the folder where `build` is run
  build     shell commands; {root} is the tree
  tools     commands that must be there, else the case is skipped
  headers   shell words for the compiler that must name files that exist, else the same
  check     the file, from the root's top
  options   of muslin, beside --target and --root
  first     rows: targets, id, proof, why, and optionally
            steps     all of them, in order
            packages  words of its apk lines, sorted
            advised   the right answer is advice out of recipes: where this muslin has
                      no recipes, what is compared is that nothing is called complete;
                      counted as skipped

Exit status: 0, 1 something differs, 77 nothing could be built: no glibc, no compiler.
"""

import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "src", "db", "data")
KEYS = {"name", "files", "build", "tools", "headers", "check", "options", "first"}
ROW_KEYS = {"targets", "id", "proof", "why", "steps", "packages", "advised"}


class Skip(Exception):
    """A case that cannot be built here."""


class Broken(Exception):
    """A case that should have been built and was not."""


def has_recipes():
    return os.path.exists(os.path.join(DATA, "recipes.tsv"))


def build(case, folder, tools):
    """The root tree of a case."""
    source, root = os.path.join(folder, "src"), os.path.join(folder, "root")
    for tool in case.get("tools", []):
        if not tools.get(tool) and not shutil.which(tool):
            raise Skip("no " + tool)
    for pattern in case.get("headers", []):
        p = subprocess.run(["sh", "-c", f"ls -d {pattern}"], capture_output=True, check=False)
        if p.returncode:
            raise Skip("no " + pattern)
    os.makedirs(source)
    os.makedirs(os.path.join(root, os.path.dirname(case["check"]).lstrip("/")))
    for name, text in case["files"].items():
        with open(os.path.join(source, name), "w", encoding="utf-8") as f:
            f.write(text)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C",
           "HOME": folder, "ROOT": root, "GO111MODULE": "off", "GOFLAGS": "-trimpath",
           "GOTOOLCHAIN": "local", **{k.upper(): v for k, v in tools.items() if v}}
    for line in case["build"]:
        p = subprocess.run(["sh", "-eu", "-c", line.replace("{root}", root)], cwd=source, env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           errors="replace", check=False)
        if p.returncode:
            raise Broken(f"{line}\n{p.stdout}")
    return root


def packages(fix):
    words = [w for line in fix["commands"] if line.startswith("apk add --no-cache ")
             for w in line.split()[3:]]
    return sorted(words)


def compare(row, fixes, recipes):
    """Lines that tell what differs."""
    if row.get("advised") and not recipes:
        return [f"called complete: {f['id']} {f['steps']}" for f in fixes if f["complete"]]
    if not fixes:
        return [f"no fix; {row['id']} is right: {row['why']}"]
    first, out = fixes[0], []
    if first["id"] != row["id"] or first["proof"] != row["proof"]:
        out.append(f"{first['id']} ({first['proof']}), but {row['id']} ({row['proof']}) is "
                   f"right: {row['why']}; muslin: {first['summary']}")
    if "steps" in row and first["steps"] != row["steps"]:
        out.append(f"steps {first['steps']}, right: {row['steps']}")
    if "packages" in row and packages(first) != row["packages"]:
        out.append(f"packages {packages(first)}, right: {row['packages']}")
    if row["proof"] != "advice" and not first["complete"]:
        out.append(f"not complete: {first['summary']}")
    return out


def judge(muslin, case, root, row, target):
    p = subprocess.run([muslin, "check", "-f", "json", "-t", target, "--root", root,
                        *case.get("options", []), case["check"]],
                       capture_output=True, text=True, check=False)
    if p.returncode not in (0, 1):
        return [f"muslin ended with {p.returncode}: {p.stderr}"]
    report = json.loads(p.stdout)["objects"][0]
    if os.environ.get("FIX_SHOW"):
        for f in report["fixes"]:
            print("  ", case["name"], target, f["id"], f["proof"], f["steps"], f["summary"])
    return compare(row, report["fixes"], has_recipes())


def run_case(muslin, case, folder, tools):
    """(passed, failed, skipped, lines)."""
    rows = [(row, t) for row in case["first"] for t in row["targets"]]
    try:
        root = build(case, os.path.join(folder, case["name"]), tools)
    except Skip as e:
        return 0, 0, len(rows), [f"SKIPPED {case['name']}: {e}"]
    except Broken as e:
        return 0, len(rows), 0, [f"FAILED {case['name']}: {e}"]
    counts, out = [0, 0, 0], []
    for row, target in rows:
        lines = judge(muslin, case, root, row, target)
        skipped = row.get("advised") and not has_recipes()
        counts[1 if lines else 2 if skipped else 0] += 1
        out += [f"DIFFERS {case['name']} {target}: {line}" for line in lines]
    return *counts, out


def load():
    with open(os.path.join(HERE, "cases.toml"), "rb") as f:
        cases = tomllib.load(f)["case"]
    for case in cases:
        assert not set(case) - KEYS, set(case) - KEYS
        for row in case["first"]:
            assert not set(row) - ROW_KEYS, set(row) - ROW_KEYS
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--muslin", required=True)
    parser.add_argument("--go", help="default: /usr/bin/go")
    parser.add_argument("--rustc", help="default: /usr/bin/rustc")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    try:
        os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        print("the compiler here builds for another libc than glibc")
        return 77
    # the distribution's own: another's output differs from one machine to the next
    tools = {name: getattr(args, name) or shutil.which(name, path="/usr/bin")
             for name in ("go", "rustc")}
    chosen = [c for c in load() if not args.cases or c["name"] in args.cases]
    for name, path in tools.items():
        if not path:
            for c in chosen:
                if name in c.get("tools", []):
                    c["tools"] = ["/usr/bin/" + name]
    with tempfile.TemporaryDirectory(prefix="fix-") as folder, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(
            lambda c: run_case(os.path.abspath(args.muslin), c, folder, tools), chosen))
    for result in results:
        for line in result[3]:
            print(line)
    passed, failed, skipped = (sum(r[i] for r in results) for i in range(3))
    print(f"tally: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0 if passed else 77


if __name__ == "__main__":
    sys.exit(main())
