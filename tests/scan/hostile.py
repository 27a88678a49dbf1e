#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Archives and trees that are there to harm: a clear line, bounded time and memory.

    hostile.py --muslin MUSLIN [NAME…]

Each source is scanned once. What must hold: the exit code is one of those named, no
signal ends it, what is on standard error is short lines of "muslin: …", it takes less
than 30 s and 400 MiB, and nothing outside of the source is opened or written.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

SECONDS, KIB = 30, 400 << 10
ELF = b"\x7fELF\x02\x01\x01" + bytes(57)


def tar(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT) as t:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = data
                data = b""
            info.size = len(data)
            info.mode = 0o755
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


F, L, H = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


def header(name, size, kind=b"0"):
    """A ustar header whose size field says what it likes."""
    field = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11, "big")
    head = name.encode().ljust(100, b"\0") + b"0000755\0" + b"0000000\0" * 2 + field + \
        b"00000000000\0" + b" " * 8 + kind + bytes(100) + b"ustar\0" + b"00" + bytes(247)
    head = head.ljust(512, b"\0")[:512]
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def docker(layers, manifest=None, wrong=False, missing=False, cut=0):
    """A docker archive; the wrong ones on demand."""
    names = ["blobs/sha256/" + hashlib.sha256(x + (b"!" if wrong else b"")).hexdigest()
             for x in layers]
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers"}}).encode()
    cname = "blobs/sha256/" + hashlib.sha256(config).hexdigest()
    members = [] if missing else [(n, F, x) for n, x in zip(names, layers)]
    members.append((cname, F, config))
    if manifest is None:
        manifest = json.dumps([{"Config": cname, "RepoTags": ["a:1"], "Layers": names}]).encode()
    members.append(("manifest.json", F, manifest))
    data = tar(members)
    return data[:len(data) - cut] if cut else data


def oci(index):
    blob = json.dumps(index).encode()
    name = "sha256:" + hashlib.sha256(blob).hexdigest()
    return tar([("oci-layout", F, b'{"imageLayoutVersion":"1.0.0"}'),
                ("blobs/" + name.replace(":", "/"), F, blob),
                ("index.json", F, json.dumps({"schemaVersion": 2, "manifests": [
                    {"mediaType": "application/vnd.oci.image.index.v1+json",
                     "digest": name, "size": len(blob)}]}).encode())])


def zipped(members, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def zeros_gz(size):
    """A gzip stream of zeros, made in pieces."""
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece, out = bytes(1 << 20), []
    for _ in range(size >> 20):
        out.append(z.compress(piece))
    return b"".join(out) + z.flush()


def many(n):
    """So many empty files; the headers differ in their names and sums alone."""
    base = header("d000/f0000000", 0)
    before, behind = base[13:148], base[156:]
    rest = sum(before) + sum(behind) + 8 * 32
    out = []
    for i in range(n):
        name = b"d%03d/f%07d" % (i % 1000, i)
        out.append(name + before + b"%06o\0 " % (rest + sum(name)) + behind)
    out.append(bytes(1024))
    return b"".join(out)


def nested(depth):
    data = zipped([("x.so", ELF)])
    for _ in range(depth):
        data = zipped([("a.jar", data), ("b.jar", data)])
    return data


def deep_json(n):
    return b"[" * n + b"]" * n


def sources():
    """(name, bytes, exit codes)"""
    yield "empty", b"", {2}
    yield "zeros", bytes(100 << 20), {2}
    yield "text", b"hello\n" * 1000, {2}
    yield "random", bytes(hashlib.sha256(b"x").digest()) * 4000, {2}
    yield "names that leave", tar([("../../etc/passwd", F, b"x"), ("/etc/shadow", F, b"x"),
                                   ("a/../../b", F, ELF), ("./././c//d", F, b"x")]), {0, 1}
    yield "links that leave", tar([
        ("etc", L, "/etc"), ("etc/passwd", F, b"#!/bin/sh\n"), ("up", L, "../../../.."),
        ("up/tmp/muslin-must-not", F, ELF), ("loop", L, "loop"), ("loop/x", F, b"x"),
        ("a", L, "b"), ("b", L, "a"), ("lib", L, "/proc/self/root/lib")]), {0, 1}
    yield "hard links", tar([("x", H, "/etc/passwd"), ("y", H, "../../etc/passwd"),
                             ("z", H, "nowhere"), ("self", H, "self"), ("f", F, ELF),
                             ("g", H, "f"), ("g", H, "g")]), {0, 1}
    yield "devices", tar([("null", tarfile.CHRTYPE, b""), ("sda", tarfile.BLKTYPE, b""),
                          ("fifo", tarfile.FIFOTYPE, b""), ("etc/passwd", tarfile.FIFOTYPE, b"")]
                         ), {0, 1}
    yield "a size that lies", header("x", 1 << 60) + ELF, {2}
    yield "an ELF file that lies", header("bin/x", 1 << 40) + ELF + bytes(1 << 16), {0, 1, 2}
    yield "a million entries", many(1000000), {0, 1}
    yield "too many entries", many(1600000), {2}
    yield "a long name", tar([("d/" + "n" * 60000, F, ELF), ("e/" * 5000 + "x", F, ELF)]), {0, 1}
    yield "deep folders", tar([("d/" * 1900 + "x", F, ELF)]), {0, 1}
    yield "a layer of zeros", docker([zeros_gz(3 << 30)]), {0, 2}  # an empty tar
    yield "a file of zeros", zero_file(), {2}
    yield "zips in zips", tar([("a.jar", F, nested(6))]), {0, 1}
    yield "a zip bomb", tar([("a.jar", F, zipped([("x%d.so" % i, ELF + bytes(48 << 20))
                                                  for i in range(8)]))]), {0, 1}
    yield "an overlapping zip", tar([("a.jar", F, overlapping())]), {0, 1}
    good = docker([tar([("bin/x", F, ELF * 100)]), tar([("y", F, b"x" * 5000)])])
    for at in (1, 511, 513, 2000, 9000, len(good) // 2):
        yield "cut at %d" % at, good[:at], {2}
    for at in (20, 200, len(gzip.compress(good)) - 9):
        yield "cut gzip at %d" % at, gzip.compress(good)[:at], {2}
    yield "a layer missing", docker([tar([("x", F, b"x")])], missing=True), {2}
    yield "a wrong digest", docker([tar([("x", F, b"x")])], wrong=True), {2}
    yield "a manifest that is no JSON", docker([b""], manifest=b"{nonsense"), {2}
    yield "a manifest that is deep", docker([b""], manifest=deep_json(100000)), {2}
    yield "a manifest that leaves", docker([b""], manifest=json.dumps([
        {"Config": "../../etc/passwd", "Layers": ["../../../etc/shadow"]}]).encode()), {0, 1, 2}
    loop = {"schemaVersion": 2, "manifests": []}
    yield "an empty index", oci(loop), {0, 1, 2}
    yield "whiteouts that leave", docker([tar([("a/b", F, b"x")]), tar([
        ("..", F, b""), (".wh...", F, b""), ("a/.wh...", F, b""), (".wh.", F, b""),
        ("a/.wh..wh..opq", F, b""), (".wh..wh..opq", F, b"")])]), {0, 1}
    yield "odd names", tar([("a\x1b[31mred\nline", F, ELF), ("b\u202ereversed", F, ELF),
                            ("\udcff\udcfe", F, ELF), ("$(touch x)`y`", F, ELF),
                            ("opt/a\nRUN evil", F, b"#!/bin/bash\n")]), {0, 1}
    yield "twice the same", tar([("x", F, ELF), ("x", F, b"#!/bin/sh\n"), ("x/y", F, ELF),
                                 ("x", L, "y")]), {0, 1}


def zero_file():
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = [z.compress(header("big", 3 << 30))]
    piece = bytes(1 << 20)
    for _ in range(3 << 10):
        out.append(z.compress(piece))
    return b"".join(out) + z.flush()


def overlapping():
    """Many names for one piece of data, as in the smallest of bombs."""
    data = zlib.compress(ELF + bytes(16 << 20), 9)[2:-4]
    size, crc = len(ELF) + (16 << 20), zlib.crc32(ELF + bytes(16 << 20))
    local = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 0, crc, len(data), size, 4, 0)
    body, directory = local + b"0.so" + data, b""
    for i in range(2000):
        name = b"%04d" % i
        directory += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, 0, 8, 0, 0, crc,
                                 len(data), size, 4, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 2000, 2000, len(directory), len(body), 0)
    return body + directory + end


def watch(p):
    """Wait for a process; its peak memory in KiB. (What wait4(2) says is at least what its
    parent had before it was started.)"""
    peak = 0
    while p.poll() is None:
        try:
            with open("/proc/%d/status" % p.pid, encoding="ascii", errors="replace") as f:
                for line in f:
                    if line.startswith("VmHWM:"):
                        peak = max(peak, int(line.split()[1]))
        except OSError:
            pass
        time.sleep(0.01)
    return peak


class Suite:
    def __init__(self, muslin):
        self.muslin = muslin
        self.passed = self.failed = 0

    def expect(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED " + text)

    def scan(self, name, source, codes, stdin=None):
        began = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            p = subprocess.Popen([self.muslin, "scan", "-f", "json", source],
                                 stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err)
            peak = watch(p)
            code = p.returncode
            took = time.monotonic() - began
            err.seek(0)
            said = err.read()
            out.seek(0)
            text = out.read()
        self.expect(code in codes, "%s: exit code %d: %s" % (name, code, said[:300]))
        self.expect(took < SECONDS, "%s: %.1f s" % (name, took))
        self.expect(peak < KIB, "%s: %d MiB" % (name, peak >> 10))
        lines = said.split(b"\n")[:-1]
        self.expect(all(l.startswith(b"muslin: ") and len(l) < 900 for l in lines) and
                    len(lines) < 20 and (code != 2 or lines),
                    "%s: said %r" % (name, said[:400]))
        self.expect(not any(c < 32 and c != 10 for c in said), "%s: control characters" % name)
        if code in (0, 1):
            doc = json.loads(text)
            bad = [line for line in doc["dockerfile"].split("\n")
                   if line.startswith(("RUN evil", "evil"))]
            self.expect(not bad, "%s: %s" % (name, bad))
        return code, text

    def outside(self, folder):
        """Links of a folder that lead out of it: nothing there is opened."""
        os.makedirs(folder + "/etc", exist_ok=True)
        for name, to in (("etc/passwd", "/etc/passwd"), ("etc/nsswitch.conf", "/etc/hostname"),
                         ("opt", "/root"), ("lib", "/usr/lib"), ("dev", "/dev")):
            os.symlink(to, os.path.join(folder, name))
        os.mkfifo(folder + "/fifo")
        log = folder + ".strace"
        p = subprocess.run(["strace", "-f", "-e", "trace=open,openat,openat2", "-o", log,
                            self.muslin, "scan", "-f", "json", folder],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           env={**os.environ, "MUSLIN_DB_DIR": ""})
        self.expect(p.returncode in (0, 1), "a folder of links: %d" % p.returncode)
        with open(log, encoding="utf-8", errors="replace") as f:
            # jansson's own secret is no file of the tree's
            calls = "".join(l for l in f if "/dev/urandom" not in l)
        for path in ("/etc/hostname", '"/root', '"/dev', '"fifo"'):
            self.expect(path not in calls, "a folder of links: opened " + path)
        self.expect("O_CREAT" not in calls and "O_WRONLY" not in calls, "wrote something")


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("names", nargs="*")
    o = ap.parse_args()
    s = Suite(o.muslin)
    with tempfile.TemporaryDirectory(prefix="hostile-") as scratch:
        for name, data, codes in sources():
            if o.names and not any(n in name for n in o.names):
                continue
            path = os.path.join(scratch, "archive")
            with open(path, "wb") as f:
                f.write(data)
            s.scan(name, path, codes)
            with open(path, "rb") as f:
                s.scan(name + ", piped", "-", codes, stdin=f)
        if not o.names:
            s.outside(os.path.join(scratch, "tree"))
    print("tally: %d passed, %d failed, 0 skipped" % (s.passed, s.failed))
    return 1 if s.failed or not s.passed else 0


if __name__ == "__main__":
    sys.exit(main())
