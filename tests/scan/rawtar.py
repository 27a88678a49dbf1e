# SPDX-License-Identifier: MIT
"""Archives byte by byte, so that they can be wrong in any way."""

import gzip
import hashlib
import io
import json
import struct
import zipfile
import zlib

SCRIPT = b"#!/bin/sh\nexit 0\n"
ELF = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 0,
                                                64, 0, 0)
BLOCK = 512
MIB = 1 << 20


def octal(value, width):
    return b"%0*o\0" % (width - 1, value)


def binary(value, width=12):
    """A number as GNU tar writes large ones: base 256."""
    raw = (value & ((1 << (8 * width)) - 1)).to_bytes(width, "big")
    return bytes([raw[0] | 0x80]) + raw[1:]


def header(name, size=0, kind=b"0", link=b"", mode=0o755, field=None, uid=0, gid=0, magic=None,
           pad=b""):
    """One header; FIELD is what stands where the size should."""
    raw = bytearray(BLOCK)
    raw[0:100] = name[:100].ljust(100, b"\0")
    raw[100:108] = octal(mode, 8)
    raw[108:116] = octal(uid, 8)
    raw[116:124] = octal(gid, 8)
    raw[124:136] = (octal(size, 12) if field is None else field).ljust(12, b"\0")[:12]
    raw[136:148] = octal(0, 12)
    raw[148:156] = b" " * 8
    raw[156:157] = kind
    raw[157:257] = link[:100].ljust(100, b"\0")
    raw[257:265] = magic or b"ustar\0" + b"00"
    raw[345:345 + len(pad)] = pad
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def entry(name, data=b"", **more):
    """A header and its data; long names in a pax header."""
    before = b""
    extended = dict(more.pop("pax", {}))
    if len(name) > 100:
        extended["path"] = name
    if len(more.get("link", b"")) > 100:
        extended["linkpath"] = more["link"]
    if extended:
        before = pax(extended)
    return before + header(name, len(data), **more) + padded(data)


def pax(pairs):
    body = b""
    for key, value in pairs.items():
        record = b" " + key.encode() + b"=" + value + b"\n"
        n = len(record)
        while len(str(n)) + len(record) != n:
            n = len(str(n)) + len(record)
        body += str(n).encode() + record
    return header(b"PaxHeaders/x", len(body), b"x") + padded(body)


def tar(*entries):
    return b"".join(entries) + bytes(2 * BLOCK)


def script(name, **more):
    return entry(name, SCRIPT, **more)


def zipped(members, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as z:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100755 << 16
            info.compress_type = how
            z.writestr(info, data)
    return out.getvalue()


# ---- images --------------------------------------------------------------------

def digest(data):
    return hashlib.sha256(data).hexdigest()


def docker(layers, manifest=None, config=None, more=b""):
    """A `docker save` archive; MANIFEST: other bytes than right ones."""
    if config is None:
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                             "rootfs": {"type": "layers", "diff_ids": [
                                 "sha256:" + digest(x) for x in layers]}}).encode()
    names = ["%d/layer.tar" % i for i in range(len(layers))]
    if manifest is None:
        manifest = json.dumps([{"Config": "config.json", "RepoTags": ["x:1"],
                                "Layers": names}]).encode()
    parts = [entry(n.encode(), x) for n, x in zip(names, layers)]
    return tar(*parts, entry(b"config.json", config), more, entry(b"manifest.json", manifest))


def oci(blobs, index, more=b""):
    """An OCI archive of BLOBS, each under its digest, and an index.json of any bytes."""
    parts = [entry(b"blobs/sha256/" + digest(x).encode(), x) for x in blobs]
    return tar(*parts, more, entry(b"oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
               entry(b"index.json", index))


def descriptor(data, kind="manifest", size=None, **more):
    return {"mediaType": "application/vnd.oci.image.%s.v1+json" % kind,
            "digest": "sha256:" + digest(data), "size": len(data) if size is None else size,
            **more}


def index(*descriptors):
    return json.dumps({"schemaVersion": 2, "manifests": list(descriptors)}).encode()


def manifest_of(layers, config):
    return json.dumps({
        "schemaVersion": 2, "config": descriptor(config, "config"),
        "layers": [dict(descriptor(x), mediaType="application/vnd.oci.image.layer.v1.tar")
                   for x in layers]}).encode()


CONFIG = b'{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'


# ---- bombs ---------------------------------------------------------------------

def crc_of_zeros(crc, count):
    """The CRC-32 after COUNT more zero bytes, without going over them."""
    def times(matrix, vector):
        total = 0
        for row in matrix:
            if not vector:
                break
            if vector & 1:
                total ^= row
            vector >>= 1
        return total

    one = [0xEDB88320] + [1 << i for i in range(31)]  # one zero bit
    for _ in range(3):
        one = [times(one, row) for row in one]  # one zero byte
    crc ^= 0xFFFFFFFF
    while count:
        if count & 1:
            crc = times(one, crc)
        one = [times(one, row) for row in one]
        count >>= 1
    return crc ^ 0xFFFFFFFF


def gzip_zeros(out, head, zeros):
    """Write a gzip file of HEAD and so many MiB of zeros; quick, whatever the number."""
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    out.write(b"\x1f\x8b\x08" + bytes(6) + b"\3")
    out.write(z.compress(head) + z.flush(zlib.Z_FULL_FLUSH))
    piece = z.compress(bytes(MIB)) + z.flush(zlib.Z_FULL_FLUSH)
    many = piece * 256
    for _ in range(zeros // 256):
        out.write(many)
    out.write(piece * (zeros % 256))
    out.write(z.flush())
    out.write(struct.pack("<II", crc_of_zeros(zlib.crc32(head), zeros * MIB),
                          (len(head) + zeros * MIB) & 0xFFFFFFFF))


def gzip_zeros_bytes(head, zeros):
    out = io.BytesIO()
    gzip_zeros(out, head, zeros)
    return out.getvalue()


def overlapping_zip(count, megabytes):
    """A zip whose COUNT members are all the same bytes, each unpacking to MEGABYTES."""
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = ELF + bytes(megabytes * MIB - len(ELF))
    kernel = z.compress(plain) + z.flush()
    crc = zlib.crc32(plain)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(kernel), len(plain),
                        8, 0) + b"00000.so" + kernel
    central = b""
    for i in range(count):
        central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, crc,
                               len(kernel), len(plain), 8, 0, 0, 0, 0, 0o100755 << 16, 0)
        central += b"%05x.so" % i
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(count, 65535), min(count, 65535),
                      len(central), len(local), 0)
    return local + central + end


def ar(*members):
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o100644, len(data))
        out += data + b"\n" * (len(data) % 2)
    return out


def deb(data, control=b"Package: x\nVersion: 1\nArchitecture: amd64\n"):
    return ar((b"debian-binary", b"2.0\n"),
              (b"control.tar.gz", gzip.compress(tar(entry(b"./control", control, mode=0o644)))),
              (b"data.tar.gz", gzip.compress(data)))
