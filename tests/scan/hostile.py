#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that archives made to do harm get a short answer, and do none.

    hostile.py --muslin MUSLIN --mkimage MKIMAGE [NAME…]

Names that lead out, links out of the root, sizes that lie, a million entries, bombs of
every kind, truncation, images whose parts are missing, wrong or name each other, files on
disk that block or never end. For each: the exit code is one of those expected and no
signal; it ends in 20 seconds (of the processor, where that is shared) and 300 MiB; what is
on stdout is JSON, without a path that leads out; on stderr there are no control characters,
and exactly one line where the exit code is 2. Of some the system calls are looked at: nothing is opened for writing, nothing
outside the tree is opened at all. What is small comes over a pipe, too.

Exit status: 0 all as promised, 1 not.
"""

import argparse
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import hostile_cases

SECONDS = 20
PIPED = 1 << 20
SANITIZERS = re.compile(rb"runtime error:|\w+Sanitizer")
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
USELESS = re.compile(rb"\(null\)|Success|Unknown error")


class Suite:
    def __init__(self, options, top, runner):
        self.o, self.top, self.runner = options, top, runner
        self.passed = self.failed = self.skipped = 0
        with open(options.muslin, "rb") as f:
            self.sanitized = b"__asan_init" in f.read()
        self.seconds = SECONDS * (6 if self.sanitized else 1)

    def tell(self, case, wrong, err=b""):
        if not wrong:
            self.passed += 1
            return
        self.failed += 1
        print("FAILED %s: %s" % (case.name, "; ".join(wrong)))
        for line in err.splitlines()[:3]:
            print("  stderr: " + line[:300].decode(errors="backslashreplace"))

    def skip(self, what, why):
        self.skipped += 1
        print("skipped %s: %s" % (what, why))

    # ---- one run ----

    def start(self, case, prefix=()):
        """(exit code, stdout, stderr, seconds, MiB); the code is "hangs" when it does."""
        argv = list(prefix) + [self.o.muslin, "scan", "-f", "json",
                               "-" if case.stdin is not None else case.source]
        fed = None
        if case.stdin is not None:
            fed = os.path.join(self.top, "stdin")
            with open(fed, "wb") as f:
                if isinstance(case.stdin, bytes):
                    f.write(case.stdin)
                else:
                    f.truncate(case.stdin)
        out, err = (os.path.join(self.top, "std" + x) for x in ("out", "err"))
        env = {"LC_ALL": "C", "MUSLIN_DB_DIR": "", **({"ASAN_OPTIONS": "detect_leaks=0"} if prefix else {})}
        code, seconds, megabytes = self.runner.run(argv, fed, out, err, env, 6 * self.seconds)
        with open(out, "rb") as o, open(err, "rb") as e:
            return code, o.read(), e.read(), seconds, megabytes

    def judge(self, case):
        code, out, err, seconds, megabytes = self.start(case)
        wrong = []
        if code not in case.codes:
            wrong.append("exit code %s, not %s" % (code, " or ".join(map(str, case.codes))))
        if seconds > self.seconds:
            wrong.append("%.1f seconds" % seconds)
        # the sanitizers keep what is freed for a while
        if megabytes > case.megabytes and not self.sanitized:
            wrong.append("%d MiB" % megabytes)
        if SANITIZERS.search(err):
            wrong.append("the sanitizer speaks")
        if CONTROL.search(err):
            wrong.append("control characters on stderr")
        if USELESS.search(err):
            wrong.append("a message that says nothing")
        lines = [x for x in err.split(b"\n") if x]
        if code == 2 and len(lines) != 1:
            wrong.append("%d lines on stderr" % len(lines))
        if not all(x.startswith(b"muslin: ") for x in lines):
            wrong.append("a line that does not begin with the program's name")
        if len(lines) > 20:
            wrong.append("%d lines on stderr" % len(lines))
        if max(map(len, lines), default=0) > 900:
            wrong.append("a line of %d bytes on stderr" % max(map(len, lines)))
        if code == 2 and case.says and not re.search(case.says, err):
            wrong.append("stderr does not say %r" % case.says)
        got = None
        if code in (0, 1):
            try:
                got = json.loads(out)
            except ValueError as e:
                wrong.append("stdout is no JSON: %s" % e)
        elif out and code == 2:
            wrong.append("exit code 2, and yet %d bytes on stdout" % len(out))
        if got:
            wrong += self.document(case, got)
        if self.o.verbose:
            print("%-40s exit %s, %5.1f s, %4d MiB %s" % (
                case.name, code, seconds, megabytes, err[:150].decode(errors="replace").strip()))
        self.tell(case, wrong, err)

    def document(self, case, got):
        wrong = []
        paths = [o["path"] for o in got["objects"]]
        bad = [p for p in paths if not p.startswith("/") or "/../" in p + "/" or "//" in p]
        if bad:
            wrong.append("paths that lead out: %s" % bad[:3])
        if len(set(paths)) != len(paths):
            wrong.append("a path twice")
        if case.objects is not None and sorted(paths) != sorted(case.objects):
            wrong.append("objects %s, not %s" % (sorted(paths)[:5], sorted(case.objects)[:5]))
        evil = [x for x in got["dockerfile"].split("\n") if x.lstrip().startswith(("RUN evil", "evil"))]
        if evil:
            wrong.append("in the Dockerfile: %s" % evil)
        if case.kind and got["source"]["kind"] != case.kind:
            wrong.append("taken for %s" % got["source"]["kind"])
        if case.note == "" and got["notes"]:
            wrong.append("notes: %s" % got["notes"][:2])
        if case.note and not any(re.search(case.note, json.dumps(n)) for n in got["notes"]):
            wrong.append("no note like %r: %s" % (case.note, got["notes"][:2]))
        return wrong

    # ---- what is opened ----

    def traced(self, case):
        log = os.path.join(self.top, "strace.log")
        self.start(case, ["strace", "-f", "-y", "-qq", "-e", "trace=open,openat,openat2,creat,"
                          "unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,symlinkat,"
                          "linkat,chmod,fchmodat,truncate", "-o", log])
        with open(log, encoding="utf-8", errors="replace") as f:
            calls = f.read().splitlines()
        wrong, opened = [], 0
        source = os.path.realpath(case.source) if case.source else None
        for call in calls:
            m = re.search(r"\b(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?", call)
            if not m:
                continue
            if m[1] not in ("open", "openat", "openat2") or \
                    re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", m[2]):
                wrong.append("not for reading: " + call)
            elif int(m[3]) >= 0:
                opened += 1
                if not may_open(m[4] or "", source):
                    wrong.append("opened: %s" % m[4])
        if not opened:
            wrong.append("strace shows nothing")
        self.tell(hostile_cases.Case(case.name + " (system calls)", ()), wrong[:3])


class Runner:
    """A small process that starts others: the peak of a child counts its parent's too."""

    def __init__(self):
        here, there = multiprocessing.Pipe()
        self.pipe = here
        self.pid = os.fork()
        if not self.pid:
            here.close()
            try:
                while True:
                    there.send(measure(*there.recv()))
            except EOFError:
                os._exit(0)
        there.close()

    def run(self, *what):
        self.pipe.send(what)
        return self.pipe.recv()

    def close(self):
        self.pipe.close()
        os.waitpid(self.pid, 0)


def measure(argv, fed, out, err, env, limit):
    """FED: a file that comes over a pipe. (exit code or "hangs", seconds, MiB)"""
    cat = subprocess.Popen(["cat", fed], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL) if fed else None
    with open(out, "wb") as o, open(err, "wb") as e:
        began = time.monotonic()
        p = subprocess.Popen(argv, stdin=cat.stdout if cat else subprocess.DEVNULL, stdout=o,
                             stderr=e, env={**os.environ, **env})
    if cat:
        cat.stdout.close()
    hung = []
    killer = threading.Timer(limit, lambda: (hung.append(1), p.kill()))
    killer.start()
    _, status, usage = os.wait4(p.pid, 0)
    seconds = time.monotonic() - began
    killer.cancel()
    p.returncode = os.waitstatus_to_exitcode(status)
    if cat:
        cat.wait()
    # what others have of the processor is not held against it
    busy = usage.ru_utime + usage.ru_stime
    return "hangs" if hung else p.returncode, min(seconds, busy), usage.ru_maxrss // 1024


def may_open(path, source):
    """The source, and what any program opens: libraries, the number of processors."""
    if source and (path == source or path.startswith(source + "/")):
        return True
    return bool(re.match(r"(/usr)?/lib(64|32)?/.*\.so|/etc/ld\.so|/etc/ld-musl|/(proc|sys)/|"
                         r"/dev/(null|urandom)$|.*\.so\.[0-9]|/etc/localtime$|"
                         r"/usr/(lib|share)/.*(locale|gconv|zoneinfo)", path)) \
        or path.endswith("/muslin")


def over_a_pipe(case):
    """The same archive from standard input, where it is a small one; None."""
    if case.stdin is not None or not os.path.isfile(case.source) or \
            os.path.getsize(case.source) > PIPED:
        return None
    with open(case.source, "rb") as f:
        data = f.read()
    return hostile_cases.Case(case.name + " (piped)", case.codes, stdin=data,
                              objects=case.objects, says=case.says, note=case.note,
                              kind=case.kind, megabytes=case.megabytes)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--mkimage", required=True)
    ap.add_argument("--verbose", action="store_true", help="a line for each case")
    ap.add_argument("--keep", metavar="FOLDER", help="leave what was made in FOLDER")
    ap.add_argument("names", nargs="*", metavar="NAME", help="only those that begin so")
    o = ap.parse_args()
    o.muslin, o.mkimage = os.path.abspath(o.muslin), os.path.abspath(o.mkimage)
    with tempfile.TemporaryDirectory(prefix="hostile-") as top:
        top = os.path.realpath(o.keep or top)
        os.makedirs(top, exist_ok=True)
        runner = Runner()
        s = Suite(o, top, runner)
        works = shutil.which("strace") and subprocess.run(
            ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL,
            check=False).returncode == 0
        if not works:
            s.skip("what is opened", "strace is not here, or may not trace")
        maker = hostile_cases.Maker(top, o.mkimage, s.skip)
        for case in maker.all(tuple(o.names)):
            s.judge(case)
            if piped := over_a_pipe(case):
                s.judge(piped)
            if case.trace and works:
                s.traced(case)
            if not o.keep:
                maker.clean()
        runner.close()
    print("tally: %d passed, %d failed, %d skipped" % (s.passed, s.failed, s.skipped))
    return 1 if s.failed or not s.passed else 0


if __name__ == "__main__":
    sys.exit(main())
