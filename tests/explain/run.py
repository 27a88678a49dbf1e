#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove what `muslin explain` says of texts that programs print when they fail.

    run.py --muslin MUSLIN [--table FILE] [-k FILTER] [--verbose]
    run.py --check [--table FILE]

Each text of the table goes to `muslin explain -f json` over standard input. The last line
is "tally: N passed, N failed, N skipped". --check looks at the table alone, as every run
does first: a key, class or fix that is not known, or an id twice, is a failure.

How a case is written (TOML, [[case]]):

    id         unique; small letters, digits and hyphens
    source     "owner/repo#123": the public thread where the situation was seen; "man page"
               or "written": put together from the known form of the message
    text       what the programs print, at most 4096 bytes
    class      of the first diagnosis, or a list of classes that are right; "none": there
               must be no diagnosis
    subject    of the first diagnosis, or a list of those that are right. The subjects that
               it groups ("others") and the object it happened to count as well; so does a
               path whose last part is the subject
    fixes      one of these ids must be among the first two fixes
    not_fixes  none of these may be among the fixes
    target     passed as -t
    note       why this is the right answer
    all        instead of class, subject, fixes and not_fixes: a list of tables of these
               keys; each is some diagnosis, in whatever order
    max        how many diagnoses there may be at most; without it any number
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = {
    "missing-interpreter", "missing-library", "missing-symbol", "relocation", "tls",
    "exec-format", "script", "dns", "locale", "nss", "stack", "timezone", "certificates",
    "package", "other"}
FIXES = {
    "gcompat", "libc6-compat", "packages", "set-interpreter", "add-needed", "set-rpath",
    "loader-path", "remove-needed", "stack-size", "rebuild", "static", "shim",
    "glibc-beside", "stay-on-glibc", "alpine-package", "newer-release", "other-build",
    "line-ends", "nothing", "host", "none", "other-software", "preload", "script", "settings"}
CERTAINTIES = {"certain", "likely", "possible"}
WANT = {"class", "subject", "fixes", "not_fixes"}
KEYS = WANT | {"id", "source", "text", "target", "note", "all", "max"}
SOURCE = re.compile(r"[\w.-]+/[\w.-]+#\d+|man page|written")
LONGEST = 4096


def listed(value):
    """A string or a list of strings as a list; None when it is neither."""
    values = [value] if isinstance(value, str) else value
    good = isinstance(values, list) and values and all(
        isinstance(v, str) and v for v in values)
    return values if good else None


# ---- the table ----------------------------------------------------------------------


def faults_of_want(want, inner):
    """What is wrong with the part of a case that says what a diagnosis has to be."""
    out = ["unknown key %r" % k for k in set(want) - (WANT if inner else KEYS)]
    for key, known in (("class", CLASSES | (set() if inner else {"none"})), ("subject", None),
                       ("fixes", FIXES), ("not_fixes", FIXES)):
        if key not in want:
            continue
        values = listed(want[key])
        if values is None:
            out.append("%s is no string and no list of strings" % key)
        elif known is not None:
            out += ["unknown %s %r" % (key, v) for v in values if v not in known]
    if inner and "class" not in want:
        out.append("a table of all has no class")
    both = set(listed(want.get("fixes")) or []) & set(listed(want.get("not_fixes")) or [])
    return out + ["%s is both right and wrong" % f for f in both]


def faults_of_case(case):
    out = faults_of_want(case, False)
    for key in ("id", "source", "text", "note"):
        if not isinstance(case.get(key), str) or not case[key].strip():
            out.append("no %s" % key)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(case.get("id"))):
        out.append("the id is not of small letters, digits and hyphens")
    if not SOURCE.fullmatch(str(case.get("source"))):
        out.append("the source is no thread, \"man page\" or \"written\"")
    if len(str(case.get("text", "")).encode()) > LONGEST:
        out.append("the text is longer than %d bytes" % LONGEST)
    if not isinstance(case.get("target", ""), str):
        out.append("the target is no string")
    most = case.get("max")
    if most is not None and (type(most) is not int or most < 1):
        out.append("max is no number of diagnoses")
    if "all" in case:
        return out + faults_of_all(case)
    if "class" not in case:
        out.append("no class and no all")
    if "none" in (listed(case.get("class")) or []) and (
            case["class"] != "none" or set(case) & (WANT - {"class"}) or most is not None):
        out.append("where there is to be no diagnosis there is nothing else to say")
    return out


def faults_of_all(case):
    wants = case["all"]
    if not isinstance(wants, list) or not wants or not all(isinstance(w, dict) for w in wants):
        return ["all is no list of tables"]
    out = [f for w in wants for f in faults_of_want(w, True)]
    if set(case) & WANT:
        out.append("all stands instead of %s" % ", ".join(sorted(WANT)))
    if case.get("max") is not None and case["max"] < len(wants):
        out.append("max is less than what must be there")
    return out


def read_table(path):
    """(cases, faults)"""
    with open(path, "rb") as f:
        try:
            table = tomllib.load(f)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            return [], ["%s: %s" % (path, e)]
    faults = ["unknown table %r" % k for k in set(table) - {"case"}]
    cases, seen = table.get("case", []), set()
    if not isinstance(cases, list) or not cases:
        return [], faults + ["no [[case]]"]
    for case in cases:
        faults += ["%s: %s" % (case.get("id", "?"), f) for f in faults_of_case(case)]
        if str(case.get("id")) in seen:
            faults.append("%s: an id twice" % case.get("id"))
        seen.add(str(case.get("id")))
    return cases, faults


# ---- what was given -----------------------------------------------------------------


def fixes_of(diagnosis):
    return [f.get("id") for f in diagnosis["fixes"] if isinstance(f, dict)]


def form_faults(given):
    """What is wrong with an answer as such, whatever the text was."""
    diagnoses = given.get("diagnoses") if isinstance(given, dict) else None
    if not isinstance(diagnoses, list) or not all(isinstance(d, dict) for d in diagnoses):
        return ["no list of diagnoses"]
    out = []
    for d in diagnoses:
        if d.get("class") not in CLASSES:
            out.append("unknown class %r" % d.get("class"))
        if d.get("certainty") not in CERTAINTIES:
            out.append("unknown certainty %r" % d.get("certainty"))
        if not d.get("explanation"):
            out.append("a diagnosis without an explanation")
        if not d.get("evidence"):
            out.append("a diagnosis without evidence")
        if not isinstance(d.get("fixes"), list):
            out.append("a diagnosis without a list of fixes")
            continue
        out += ["unknown fix %r" % i for i in fixes_of(d) if i not in FIXES]
    return out


def names_of(diagnosis):
    names = {diagnosis.get("subject"), diagnosis.get("object")}
    others = diagnosis.get("others")
    names |= {o for o in others if isinstance(o, str)} if isinstance(others, list) else set()
    names.discard(None)
    return names | {os.path.basename(n) for n in names}


def mismatches(diagnosis, want):
    """What is wrong with a diagnosis; the empty list when it is as wanted."""
    out = []
    if "class" in want and diagnosis.get("class") not in listed(want["class"]):
        out.append("class %r, not %s" % (diagnosis.get("class"), want["class"]))
    if "subject" in want and not set(listed(want["subject"])) & names_of(diagnosis):
        out.append("subject %r, not %s" % (diagnosis.get("subject"), want["subject"]))
    fixes = fixes_of(diagnosis)
    if "fixes" in want and not set(listed(want["fixes"])) & set(fixes[:2]):
        out.append("the first fixes are %s, and none of %s" % (fixes[:2], want["fixes"]))
    wrong = sorted(set(listed(want["not_fixes"])) & set(fixes)) if "not_fixes" in want else []
    if wrong:
        out.append("a wrong fix: %s" % ", ".join(wrong))
    return out


def judge(case, given):
    """What is wrong with an answer to a case."""
    out = form_faults(given)
    if out:
        return out
    diagnoses = given["diagnoses"]
    if case.get("class") == "none":
        return ["a diagnosis where there is none"] if diagnoses else []
    if not diagnoses:
        return ["no diagnosis"]
    if len(diagnoses) > case.get("max", len(diagnoses)):
        out.append("%d diagnoses, and %d at most are right" % (len(diagnoses), case["max"]))
    if "all" not in case:
        return out + mismatches(diagnoses[0], case)
    for want in case["all"]:
        tries = [mismatches(d, want) for d in diagnoses]
        if all(tries):
            out.append("nothing is as %s; the nearest: %s" % (
                json.dumps(want), "; ".join(min(tries, key=len))))
    return out


def shown(given):
    """The diagnoses of an answer that has the right form, a line each."""
    if form_faults(given):
        return
    for d in given["diagnoses"]:
        yield "%s %r (%s): %s" % (d["class"], d.get("subject"), d["certainty"],
                                  " ".join(fixes_of(d)) or "no fixes")


# ---- the run ------------------------------------------------------------------------


def ask(muslin, case):
    """(answer, fault)"""
    command = [muslin, "explain", "-f", "json"]
    if "target" in case:
        command += ["-t", case["target"]]
    p = subprocess.run(command + ["-"], input=case["text"].encode(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60, check=False,
                       env={**os.environ, "LC_ALL": "C"})
    said = p.stderr.decode(errors="replace").strip()
    if p.returncode not in (0, 1):
        return None, "exit code %d %s" % (p.returncode, said[:400])
    try:
        return json.loads(p.stdout), None
    except ValueError as e:
        return None, "no JSON: %s %s" % (e, said[:400])


def wanted(case):
    keys = sorted((WANT | {"all", "max", "target"}) & set(case))
    return ", ".join("%s = %s" % (k, json.dumps(case[k])) for k in keys)


def run(options, cases):
    passed, failed, kinds = 0, 0, {}
    for case in cases:
        given, fault = ask(options.muslin, case)
        wrong = [fault] if fault else judge(case, given)
        if wrong:
            failed += 1
            print("FAILED %s: %s" % (case["id"], "; ".join(wrong)))
            print("  wanted: %s" % wanted(case))
            for line in shown(given):
                print("  given:  %s" % line)
        else:
            passed += 1
            if options.verbose:
                print("passed %s" % case["id"])
        kind = "all" if "all" in case else listed(case["class"])[0]
        good, total = kinds.get(kind, (0, 0))
        kinds[kind] = (good + (not wrong), total + 1)
    for kind, (good, total) in sorted(kinds.items()):
        print("%-20s %3d of %3d" % (kind, good, total))
    return passed, failed


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin")
    ap.add_argument("--table", default=os.path.join(HERE, "texts.toml"))
    ap.add_argument("-k", metavar="FILTER", default="", help="only ids that hold FILTER")
    ap.add_argument("--check", action="store_true", help="look at the table alone")
    ap.add_argument("--verbose", action="store_true", help="print what passes as well")
    o = ap.parse_args()
    if not o.muslin and not o.check:
        ap.error("--muslin or --check is needed")
    cases, faults = read_table(o.table)
    for fault in faults:
        print("FAILED table: %s" % fault)
    passed, failed, left = int(not faults), len(faults), 0
    if not o.check and not faults:
        chosen = [c for c in cases if o.k in c["id"]]
        if not chosen:
            ap.error("no id holds %r" % o.k)
        o.muslin = os.path.abspath(o.muslin)
        good, bad = run(o, chosen)
        passed, failed, left = passed + good, failed + bad, len(cases) - len(chosen)
    print("tally: %d passed, %d failed, %d skipped" % (passed, failed, left))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
