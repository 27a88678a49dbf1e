# SPDX-License-Identifier: MIT
"""Ask a real musl loader about a file, and bring its answer and muslin's into one form.

Shared by the conformance run and the fixture runner. The loader is only ever
called with --list: it prints what it would load and does not run the file.
"""

import base64
import os
import re
import subprocess

LOADED = re.compile(rb"^\t(.*) => (.*) \((?:0x[0-9a-f]+|0)\)$")
SELF = re.compile(rb"\A\t(.*?) \((?:0x[0-9a-f]+|0)\)\n", re.S)
MISSING = re.compile(rb"^Error loading shared library (.*): ([^:]*) \(needed by (.*)\)$")
SYMBOL = re.compile(rb"^Error relocating (.*): (.*): symbol not found$")
TYPE = re.compile(rb"^Error relocating (.*): unsupported relocation type (-?\d+)$")
NOT_DYNAMIC = re.compile(rb": Not a valid dynamic program$")

FIELDS = ("loaded", "missing", "symbols", "unsupported")


def text(raw):
    """Bytes as muslin writes them in JSON: what is not UTF-8 becomes \\xNN text."""
    return raw.decode("utf-8", errors="backslashreplace")


def once(pairs):
    """Each pair once, in order of first appearance."""
    return list(dict.fromkeys(pairs))


class Answer:
    """What a loader (the real one, or muslin's simulation) says about one file."""

    def __init__(self):
        self.status = None      # loads, fails, not-applicable, crash, timeout
        self.interpreter = None  # the loader's own name, as it prints it
        self.loaded = []        # (name, path)
        self.missing = []       # (name, needed by)
        self.symbols = []       # (object, symbol)
        self.unsupported = []   # (object, relocation type)
        self.strange = []       # lines that nothing above explains
        self.detail = ""        # signal, exit code, …

    def lines(self):
        out = ["status: %s%s" % (self.status, " (%s)" % self.detail if self.detail else "")]
        for field in FIELDS:
            out += ["%s: %s  %s" % (field, a, b) for a, b in getattr(self, field)]
        return out + ["unexpected line: %s" % s for s in self.strange]


def parse_loader(stdout, stderr, code):
    """The loader's output, every line of it accounted for."""
    a = Answer()
    # The loader's own name comes first. A file of debugging symbols has no bytes
    # there, so that what is printed can be anything, newlines included.
    if m := SELF.match(stdout):
        a.interpreter = text(m[1])
        stdout = stdout[m.end():]
    for line in stdout.split(b"\n"):
        if not line:
            continue
        if m := LOADED.match(line):
            a.loaded.append((text(m[1]), text(m[2])))
        else:
            a.strange.append(text(line))
    not_dynamic = False
    for line in stderr.split(b"\n"):
        if not line:
            continue
        if m := MISSING.match(line):
            a.missing.append((text(m[1]), text(m[3])))
        elif m := SYMBOL.match(line):
            a.symbols.append((text(m[1]), text(m[2])))
        elif m := TYPE.match(line):
            a.unsupported.append((text(m[1]), int(m[2])))
        elif NOT_DYNAMIC.search(line):
            not_dynamic = True
        else:
            a.strange.append(text(line))
    for field in FIELDS:
        setattr(a, field, once(getattr(a, field)))
    if code < 0:
        a.status, a.detail = "crash", "signal %d" % -code
    elif not_dynamic:
        a.status = "not-applicable"
    elif code == 0:
        a.status = "loads"
    elif code == 127:
        a.status = "fails"
    else:
        a.status, a.detail = "crash", "exit code %d" % code
    return a


def ask(loader, path, argv0=None, library_path=None, preload=None, root=None, timeout=20,
        cwd=None):
    """Run LOADER --list on one file (bytes or str) and return the Answer."""
    argv = [argv0 or loader]
    if library_path is not None:
        argv += ["--library-path", library_path]
    if preload is not None:
        argv += ["--preload", preload]
    # "--" so that no file name is taken for an option
    argv += ["--list", "--", path]
    options = {"executable": loader}
    if root is not None:
        options["preexec_fn"] = lambda: (os.chroot(root), os.chdir("/"))
    try:
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=timeout, cwd=cwd, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                           **options)
    except subprocess.TimeoutExpired as e:
        a = parse_loader(e.stdout or b"", e.stderr or b"", 0)
        a.status, a.detail = "timeout", "%d s" % timeout
        return a
    return parse_loader(p.stdout, p.stderr, p.returncode)


def loader_version(loader):
    """(machine, version) that a loader names when run without arguments, or None."""
    try:
        p = subprocess.run([loader], stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                           env={"LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired):
        return None
    m = re.search(rb"^musl libc \((.*)\)\nVersion ([0-9.]+)", p.stderr)
    return (text(m[1]), text(m[2])) if m else None


def from_result(result):
    """The Answer in one entry of an object's "results" in muslin's JSON."""
    loader = result["loader"]
    a = Answer()
    a.status = loader["status"]
    a.loaded = [(x["name"], x["path"]) for x in loader.get("loaded", [])]
    a.missing = [(x["name"], x["needed_by"]) for x in loader.get("missing_libraries", [])]
    a.symbols = [(x["object"], x["symbol"]) for x in loader.get("missing_symbols", [])]
    a.unsupported = [(x["object"], x["type"]) for x in loader.get("unsupported_relocations", [])]
    if a.status not in ("loads", "fails", "not-applicable"):
        a.strange.append("status is %r" % (a.status,))
    for field in FIELDS:
        pairs = getattr(a, field)
        if len(set(pairs)) != len(pairs):
            a.strange.append("%s: a pair is there twice" % field)
    return a


def object_path(obj):
    """The path of a JSON object as bytes."""
    if obj.get("path_bytes") is not None:
        return base64.b64decode(obj["path_bytes"])
    return obj["path"].encode()


def differences(ours, real):
    """Where two answers differ, as printable lines; empty when they agree."""
    out = []
    if ours.status != real.status:
        out.append("status: muslin says %s, the loader %s%s" % (
            ours.status, real.status, " (%s)" % real.detail if real.detail else ""))
    if ours.status == "not-applicable" and real.status == "not-applicable":
        return out + ["muslin: %s" % s for s in ours.strange]
    for field in FIELDS:
        a, b = getattr(ours, field), getattr(real, field)
        if a == b:
            continue
        for pair in a:
            if pair not in b:
                out.append("%s: only muslin says  %s  %s" % ((field,) + pair))
        for pair in b:
            if pair not in a:
                out.append("%s: only the loader says  %s  %s" % ((field,) + pair))
        if sorted(map(str, a)) == sorted(map(str, b)):
            at = next(i for i in range(len(b)) if a[i] != b[i])
            out.append("%s: same pairs, other order: number %d is %r in muslin, %r in the loader"
                       % (field, at + 1, a[at], b[at]))
    out += ["muslin: %s" % s for s in ours.strange]
    out += ["loader: unexpected line: %s" % s for s in real.strange]
    return out


def is_prefix(real, ours):
    """Whether all that a loader said before it died agrees with muslin's answer."""
    return not real.strange and all(
        getattr(ours, f)[:len(getattr(real, f))] == getattr(real, f) for f in FIELDS)
