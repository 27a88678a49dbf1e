#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that small files that ask for endless work or memory get a short answer.

ELF tables may overlap, so that a file of a megabyte can name gigabytes: thousands of
long symbols in one string, thousands of needed libraries, version records that share
one chain, run paths times needs, ".." upon "..". Each such file is made here and checked
with a limit on time and on memory; it must be one object with a sane exit code. A name
that is written like a command must not become part of one.

Exit status: 0 all pass, 1 one does not.
"""

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile

SECONDS = 60
MEGABYTES = 400
UNDEFINED = (0x12, 0)
DEFINED = (0x12, 1)


def elf(strings=b"\0", needed=(), runpath=None, symbols=(), relocate=False, verneed=b"",
        verneednum=0):
    """A dynamic x86_64 program: names are offsets into the strings, or bytes to add."""
    strings = bytearray(strings)

    def name(what):
        if isinstance(what, int):
            return what
        strings.extend(what + b"\0")
        return len(strings) - len(what) - 1

    dynamic = [(1, name(n)) for n in needed]
    if runpath is not None:
        dynamic.append((29, name(runpath)))
    table = bytes(24)
    for n, (info, section) in symbols:
        table += struct.pack("<IBBHQQ", name(n), info, 0, section, 0x1000 * section, 8)
    defined = [i + 1 for i, (_, kind) in enumerate(symbols) if kind == DEFINED]
    chain = [0] * (1 + len(symbols))
    for a, b in zip(defined, defined[1:]):
        chain[a] = b
    hashes = struct.pack("<III", 1, len(chain), defined[0] if defined else 0)
    hashes += struct.pack("<%dI" % len(chain), *chain)
    relocations = b"".join(struct.pack("<QQq", 0, (i + 1) << 32 | 6, 0)
                           for i in range(len(symbols))) if relocate else b""
    base = 64 + 56 * 3
    body = bytearray()

    def put(data):
        body.extend(bytes(-len(body) % 8))
        body.extend(data)
        return base + len(body) - len(data)

    interp = b"/lib64/ld-linux-x86-64.so.2\0"
    at_interp = put(interp)
    dynamic += [(6, put(table)), (11, 24), (4, put(hashes))]
    if relocations:
        dynamic += [(7, put(relocations)), (8, len(relocations)), (9, 24)]
    if verneed:
        dynamic += [(0x6ffffffe, put(verneed)), (0x6fffffff, verneednum)]
    dynamic += [(5, put(bytes(strings))), (10, len(strings)), (0x6ffffffb, 0x08000000), (0, 0)]
    at_dynamic = put(b"".join(struct.pack("<QQ", *d) for d in dynamic))
    end = base + len(body)
    segments = [(1, 7, 0, end), (2, 6, at_dynamic, 16 * len(dynamic)),
                (3, 4, at_interp, len(interp))]
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return head + b"".join(struct.pack("<IIQQQQQQ", t, f, o, o, o, n, n, 8)
                           for t, f, o, n in segments) + bytes(body)


def shared_versions(needs, auxes):
    """Version records of many libraries that share one chain of versions."""
    out = bytearray()
    for i in range(needs):
        out += struct.pack("<HHIII", 1, auxes, 1, 16 * (needs - i), 16 * (i < needs - 1))
    for k in range(auxes):
        out += struct.pack("<IHHII", 0, 0, k % 30000 + 2, 1, 16 * (k < auxes - 1))
    return bytes(out)


def bombs():
    long = b"\0" + b"a" * (1 << 20) + b"\0"
    yield "references", elf(long, symbols=[(1 + i, UNDEFINED) for i in range(20000)],
                            relocate=True)
    yield "definitions", elf(long, symbols=[(1 + i, DEFINED) for i in range(20000)])
    yield "needs", elf(long, needed=range(1, 4001))
    yield "too-many-needs", elf(needed=[b"l%x" % i for i in range(9000)])
    yield "versions", elf(b"\0" + b"v" * 1000 + b"\0", verneed=shared_versions(16384, 40000),
                          verneednum=16384)
    yield "run-paths", elf(needed=[b"l%x" % i for i in range(4000)],
                           runpath=b":".join(b"/%x" % i for i in range(20000)))
    yield "origins", elf(needed=[b"l"], runpath=b":".join([b"$ORIGIN"] * 100000))
    yield "up-and-down", elf(needed=[b"/d" + b"/../d" * 700 + b"/l%x" % i for i in range(300)])


def run(muslin, root, path):
    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    p = subprocess.run([muslin, "check", "-t", "alpine:3.22", "-f", "ndjson", "--root", root, path],
                       capture_output=True, preexec_fn=limits, timeout=4 * SECONDS, check=False)
    # the largest child so far: each must stay below, so the largest must
    return p, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024


def judge(muslin, root, name, data, sanitized):
    with open(os.path.join(root, name), "wb") as f:
        f.write(data)
    p, megabytes = run(muslin, root, "/" + name)
    if p.returncode not in (0, 1, 2):
        return f"exit code {p.returncode}"
    objects = p.stdout.splitlines()[:-1]
    if len(objects) != 1 or json.loads(objects[0])["path"] != "/" + name:
        return f"{len(objects)} objects"
    # the sanitizers keep what is freed for a while
    if megabytes > MEGABYTES and not sanitized:
        return f"{megabytes} MiB"
    return None


def injection(muslin, root):
    """Names with blanks, newlines and shell words: no command may hold them."""
    path = "in ject';$(id)"
    with open(os.path.join(root, path), "wb") as f:
        f.write(elf(needed=[b"libfoo.so.1;touch x", b"libbar.so.1\nRUN id", b"-t", b"libz.so.1"]))
    p, _ = run(muslin, root, "/" + path)
    fixes = json.loads(p.stdout.splitlines()[0])["fixes"]
    lines = [line for fix in fixes for line in fix["commands"] + fix["dockerfile"]]
    if not any("apk add" in line and "zlib" in line for line in lines):
        return "libz.so.1 has no package"
    for line in lines:
        if "\n" in line or "touch x" in line or "libbar" in line or "RUN id" in line:
            return f"in a command: {line}"
        if "apk add" in line.split("&&")[0] and " -t" in line.split("&&")[0]:
            return f"an option: {line}"
        # the file's own name is one word to a shell
        at = line.find("in ject")
        if at < 0:
            continue
        word = line[line.rfind("'", 0, at):].split(" && ")[0]
        shown = subprocess.run(["sh", "-c", "printf '%s\\n' " + word], capture_output=True,
                               check=False).stdout.decode().split("\n")[0]
        if shown not in ("/" + path, path):
            return f"more than a word: {line}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--muslin", required=True)
    args = parser.parse_args()
    muslin = os.path.abspath(args.muslin)
    with open(muslin, "rb") as f:
        sanitized = b"__asan_init" in f.read()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, "d"))
        results = [(name, judge(muslin, root, name, data, sanitized)) for name, data in bombs()]
        results.append(("inject", injection(muslin, root)))
    for name, wrong in results:
        passed += wrong is None
        failed += wrong is not None
        if wrong:
            print("FAILED", name, wrong)
    print(f"tally: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
