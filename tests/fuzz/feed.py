# SPDX-License-Identifier: MIT
"""Give many files to one `muslin check` and say what it did that it must never do.

What must hold for every input, however broken: the exit code is 0, 1 or 2, never
a signal and never 64; every file has exactly one object line, in the order given,
with a known kind; a summary line ends the output; no sanitizer speaks up; it ends.
"""

import json
import os
import subprocess

KINDS = {"executable", "shared-library", "static-executable", "static-pie", "relocatable",
         "archive", "script", "core", "not-elf", "unreadable"}
SANITIZERS = (b"runtime error:", b"AddressSanitizer", b"LeakSanitizer", b"MemorySanitizer",
              b"UndefinedBehaviorSanitizer", b"ThreadSanitizer")


def run(muslin, paths, options, timeout, cwd=None):
    """One run; what is wrong with it as a list of sentences, and the objects."""
    argv = [muslin, "check", "--format", "ndjson"] + options + ["--files-from", "-"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    try:
        p = subprocess.run(argv, input="".join(p + "\n" for p in paths).encode(), cwd=cwd,
                           capture_output=True, timeout=timeout, env={**env, "LC_ALL": "C"})
    except subprocess.TimeoutExpired:
        return ["not finished after %d s" % timeout], []
    wrong = []
    if p.returncode < 0:
        wrong.append("killed by signal %d" % -p.returncode)
    elif p.returncode not in (0, 1, 2):
        wrong.append("exit code %d" % p.returncode)
    for word in SANITIZERS:
        if word in p.stderr:
            at = p.stderr.index(word)
            wrong.append("sanitizer: %s" % p.stderr[max(0, at - 100):at + 200].decode(
                errors="replace").replace("\n", " | "))
            break
    objects, summary = [], False
    for line in p.stdout.decode(errors="backslashreplace").split("\n"):
        if not line:
            continue
        try:
            row = json.loads(line)
        except ValueError:
            wrong.append("a line that is no JSON: %.100s" % line)
            continue
        if summary:
            wrong.append("a line after the summary")
        if "summary" in row and "path" not in row:
            summary = True
        else:
            objects.append(row)
    if not summary:
        wrong.append("no summary line")
    if [o.get("path") for o in objects] != list(paths):
        wrong.append("%d objects for %d files, or in another order" % (len(objects), len(paths)))
    for o in objects:
        if o.get("kind") not in KINDS:
            wrong.append("%s: kind is %r" % (o.get("path"), o.get("kind")))
    return wrong, objects


def check(muslin, paths, options=(), timeout=120, batch=200, cwd=None):
    """Feed PATHS in batches; (number fine, [(path, sentences)], objects).

    When a batch goes wrong its files are fed one by one, to name the culprit.
    """
    fine, bad, objects = 0, [], []
    for at in range(0, len(paths), batch):
        part = paths[at:at + batch]
        wrong, got = run(muslin, part, list(options), timeout, cwd)
        objects += got
        if not wrong:
            fine += len(part)
            continue
        found = 0
        for path in part:
            single, _ = run(muslin, [path], list(options), min(timeout, 20), cwd)
            if single:
                found += 1
                bad.append((path, single))
            else:
                fine += 1
        if not found:
            fine -= len(part)
            bad.append(("the batch that begins with %s" % part[0], wrong))
    return fine, bad, objects
