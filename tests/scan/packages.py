#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`muslin scan` of single packages and archives, and of trees with other package databases.

    packages.py --muslin MUSLIN

Made here: a .deb, an .apk of Alpine, a wheel, a war, tar archives in each compression, each
from a file and over a pipe; a root tree with an apk database, one of a "distroless" image,
one with a diversion, one with an rpm database (skipped where muslin was built without).
"""

import argparse
import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def ar(members):
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o644, len(data))
        out += data + b"\n" * (len(data) % 2)
    return out


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def rpm_header(name, files):
    """A header blob: counts, an index of (tag, type, offset, count), the data."""
    folders = sorted({os.path.dirname(f) + "/" for f in files})
    strings = lambda v: b"".join(s.encode() + b"\0" for s in v)
    tags = [(1000, 6, 1, strings([name])), (1001, 6, 1, strings(["1.5"])),
            (1002, 6, 1, strings(["3.el9"])), (1022, 6, 1, strings(["x86_64"]))]
    ints = struct.pack(">%dI" % len(files),
                       *(folders.index(os.path.dirname(f) + "/") for f in files))
    tags += [(1116, 4, len(files), ints),
             (1117, 8, len(files), strings(os.path.basename(f) for f in files)),
             (1118, 8, len(folders), strings(folders))]
    index, data = b"", b""
    for tag, kind, count, value in tags:
        data += b"\0" * (-len(data) % 4 if kind == 4 else 0)
        index += struct.pack(">IIII", tag, kind, len(data), count)
        data += value
    return struct.pack(">II", len(tags), len(data)) + index + data


class Suite:
    def __init__(self, muslin):
        self.muslin = muslin
        self.passed = self.failed = self.skipped = 0

    def expect(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED " + text)

    def scan(self, source, stdin=None):
        p = subprocess.run([self.muslin, "scan", "-f", "json", "--fail-on", "never", source],
                           stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        self.expect(p.returncode == 0 and not p.stderr, "%s: %d: %s" % (
            source, p.returncode, os.fsdecode(p.stderr)))
        return json.loads(p.stdout)

    def archive(self, scratch, name, data, kind, want):
        """WANT: {path: (kind, manager, package, version)}"""
        path = os.path.join(scratch, name)
        with open(path, "wb") as f:
            f.write(data)
        with open(path, "rb") as f:
            both = [self.scan(path), self.scan("-", f)]
        for got in both:
            self.expect(got["source"]["kind"] == kind, "%s: %s" % (name, got["source"]["kind"]))
            have = {o["path"]: tuple(o["owner"][k] for k in
                                     ("kind", "manager", "package", "version"))
                    for o in got["objects"]}
            self.expect(have == want, "%s: %s" % (name, have))
        self.expect(both[0]["plan"] == both[1]["plan"], name + ": another plan over a pipe")

    def tree(self, scratch, name, files):
        top = os.path.join(scratch, name)
        for path, data in files.items():
            real = top + path
            os.makedirs(os.path.dirname(real), exist_ok=True)
            with open(real, "wb") as f:
                f.write(data if isinstance(data, bytes) else data.encode())
            os.chmod(real, 0o755)
        return self.scan(top)

    def owner(self, got, path, want):
        for o in got["objects"]:
            if o["path"] == path:
                have = (o["owner"]["kind"], o["owner"]["manager"], o["owner"]["package"])
                self.expect(have == want, "%s: %s, not %s" % (path, have, want))
                return
        self.expect(False, "no object " + path)


def archives(s, scratch, elf):
    control = b"Package: thing\nVersion: 1.2-3\nArchitecture: amd64\nMaintainer: x\n"
    data = tar([("./usr/bin/thing", elf)])
    mine = ("app", None, None, None)
    deb = lambda pack, end: ar([(b"debian-binary", b"2.0\n"),
                                (b"control.tar" + end, pack(tar([("./control", control)]))),
                                (b"data.tar" + end, pack(data))])
    for end, pack in ((b".gz", gzip.compress), (b".xz", lzma.compress), (b"", bytes)):
        s.archive(scratch, "thing%s.deb" % end.decode(), deb(pack, end), "package",
                  {"/usr/bin/thing": ("app", "dpkg", "thing", "1.2-3")})
    info = b"pkgname = thing\npkgver = 1.2-r0\narch = x86_64\n"
    apk = b"".join(gzip.compress(x) for x in (
        tar([(".SIGN.RSA.key", b"sig")])[:1024], tar([(".PKGINFO", info)])[:1024],
        tar([("usr/bin/thing", elf)])))
    s.archive(scratch, "thing.apk", apk, "package",
              {"/usr/bin/thing": ("app", "apk", "thing", "1.2-r0")})
    wheel = zipped([("fast/_fast.so", elf), ("fast-1.0.dist-info/METADATA",
                                             "Name: fast\nVersion: 1.0\n\n"),
                    ("fast-1.0.dist-info/WHEEL", "Tag: cp311-cp311-manylinux_2_17_x86_64\n"),
                    ("fast-1.0.dist-info/RECORD", "fast/_fast.so,,\n")])
    s.archive(scratch, "fast.whl", wheel, "archive",
              {"/fast/_fast.so": ("language", "pip", "fast", "1.0")})
    s.archive(scratch, "a.war", zipped([("WEB-INF/lib/x.so", elf)]), "archive",
              {"/WEB-INF/lib/x.so": mine})
    for end, pack in (("tar", bytes), ("tar.gz", gzip.compress), ("tar.xz", lzma.compress),
                      ("tar.bz2", bz2.compress)):
        s.archive(scratch, "a." + end, pack(data), "archive", {"/usr/bin/thing": mine})


def trees(s, scratch, elf):
    sums = base64.b64encode(hashlib.sha1(b"changed\n").digest()).decode()
    got = s.tree(scratch, "alpine", {
        "/lib/apk/db/installed": "P:thing\nV:1.2-r0\nA:x86_64\nF:usr/bin\nR:thing\nF:etc\n"
                                 "R:thing.conf\nZ:Q1%s\n\n" % sums,
        "/etc/apk/world": "thing\n", "/etc/thing.conf": "changed\n", "/usr/bin/thing": elf,
        "/usr/bin/mine": elf})
    s.owner(got, "/usr/bin/thing", ("distro", "apk", "thing"))
    s.owner(got, "/usr/bin/mine", ("app", None, None))
    s.expect([p["chosen"] for p in got["packages"]] == [True], "apk's world")
    got = s.tree(scratch, "distroless", {
        "/var/lib/dpkg/status.d/thing": "Package: thing\nVersion: 1\nArchitecture: amd64\n",
        "/var/lib/dpkg/status.d/thing.md5sums":
            "d41d8cd98f00b204e9800998ecf8427e  usr/bin/thing\n",
        "/usr/bin/thing": elf, "/app/server": elf})
    s.owner(got, "/usr/bin/thing", ("distro", "dpkg", "thing"))
    s.owner(got, "/app/server", ("app", None, None))
    installed = "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
    got = s.tree(scratch, "diverted", {
        "/var/lib/dpkg/status": installed % "a" + installed % "b",
        "/var/lib/dpkg/info/a.list": "/.\n/usr\n/usr/bin\n/usr/bin/x\n",
        "/var/lib/dpkg/info/b.list": "/.\n/usr\n/usr/bin\n/usr/bin/x\n",
        "/var/lib/dpkg/diversions": "/usr/bin/x\n/usr/bin/x.real\nb\n",
        "/usr/bin/x": elf, "/usr/bin/x.real": elf})
    s.owner(got, "/usr/bin/x", ("distro", "dpkg", "b"))
    s.owner(got, "/usr/bin/x.real", ("distro", "dpkg", "a"))
    got = s.tree(scratch, "vendor", {
        "/var/lib/dpkg/status": installed % "no-such-vendors-package" + installed % "nginx",
        "/var/lib/dpkg/info/no-such-vendors-package.list": "/.\n/opt\n/opt/v\n/opt/v/run\n",
        "/var/lib/dpkg/info/nginx.list": "/.\n/usr/sbin/nginx\n",
        "/opt/v/run": elf, "/usr/sbin/nginx": elf})
    s.owner(got, "/opt/v/run", ("app", "dpkg", "no-such-vendors-package"))
    s.owner(got, "/usr/sbin/nginx", ("distro", "dpkg", "nginx"))
    got = s.tree(scratch, "ruby", {
        "/usr/local/lib/ruby/gems/3.2.0/specifications/fast-ext-1.0.2.gemspec": "Gem\n",
        "/usr/local/lib/ruby/gems/3.2.0/gems/fast-ext-1.0.2/lib/fast.so": elf})
    s.owner(got, "/usr/local/lib/ruby/gems/3.2.0/gems/fast-ext-1.0.2/lib/fast.so",
            ("language", "gem", "fast-ext"))


def rpm(s, scratch, elf):
    path = os.path.join(scratch, "rpmdb.sqlite")
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.execute("INSERT INTO Packages (blob) VALUES (?)",
               (rpm_header("thing", ["/usr/bin/thing", "/usr/lib64/libthing.so.1"]),))
    db.commit()
    db.close()
    with open(path, "rb") as f:
        data = f.read()
    got = s.tree(scratch, "rpm", {"/var/lib/rpm/rpmdb.sqlite": data, "/usr/bin/thing": elf,
                                  "/usr/lib64/libthing.so.1": elf, "/opt/x": elf})
    s.owner(got, "/usr/bin/thing", ("distro", "rpm", "thing"))
    s.owner(got, "/usr/lib64/libthing.so.1", ("distro", "rpm", "thing"))
    s.owner(got, "/opt/x", ("app", None, None))
    s.expect([(p["name"], p["version"]) for p in got["packages"]] == [("thing", "1.5-3.el9")],
             "rpm: %s" % got["packages"])


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--elf", required=True, help="any ELF file, to stand for programs")
    ap.add_argument("--rpm", action="store_true", help="muslin reads rpm's database")
    o = ap.parse_args()
    s = Suite(o.muslin)
    with open(o.elf, "rb") as f:
        elf = f.read()
    with tempfile.TemporaryDirectory(prefix="packages-") as scratch:
        archives(s, scratch, elf)
        trees(s, scratch, elf)
        if o.rpm:
            rpm(s, scratch, elf)
        else:
            s.skipped += 1
            print("skipped: built without rpm")
    print("tally: %d passed, %d failed, %d skipped" % (s.passed, s.failed, s.skipped))
    return 1 if s.failed or not s.passed else 0


if __name__ == "__main__":
    sys.exit(main())
