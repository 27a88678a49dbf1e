# SPDX-License-Identifier: MIT
"""index.py OUT < TEXT: an index as Alpine signs it: two gzip streams, the first a tar
archive without an end, the signature; the second the index. TEXT has a package a line:
NAME VERSION ORIGIN [PROVIDED…]."""
import gzip
import io
import sys
import tarfile


def tar(members, ended):
    out = io.BytesIO()
    t = tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT)
    for name, data in members:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    if ended:
        t.close()
    return gzip.compress(out.getvalue())


def record(line):
    name, version, origin, *provided = line.split()
    return ("C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:%s\nV:%s\nA:x86_64\nS:100\nI:4096\n"
            "T:what it is\nU:https://example.org\nL:MIT\no:%s\nm:Somebody <s@example.org>\n"
            "t:1796000000\nc:0000\nD:so:libc.musl-x86_64.so.1\np:%s\n\n"
            % (name, version, origin, " ".join(provided)))


text = "".join(record(line) for line in sys.stdin if line.strip()).encode()
with open(sys.argv[1], "wb") as f:
    if sys.argv[1].endswith(".gz"):
        f.write(tar([(".SIGN.RSA.key.rsa.pub", b"s" * 256)], False))
        f.write(tar([("DESCRIPTION", b"v3.26"), ("APKINDEX", text)], True))
    else:
        f.write(text)
