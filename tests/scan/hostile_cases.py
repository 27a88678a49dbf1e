# SPDX-License-Identifier: MIT
"""The archives and folders of hostile.py, made one at a time."""

import bz2
import gzip
import json
import lzma
import os
import random
import shutil
import socket
import stat
import subprocess
import threading
import zipfile

import rawtar
from rawtar import ELF, MIB, SCRIPT, docker, entry, header, oci, pax, script, tar

GOOD = (0, 1)
BAD = (2,)
ANY = (0, 1, 2)


class Case:
    """One source and what must come of it.

    source: a path; or stdin: bytes that come over a pipe, or how many zeros. objects:
    all there must be. says: in the line on stderr of an exit code 2. note: in one of
    the notes; "" for none at all. kind: what it is taken for. trace: look at the system
    calls too. megabytes: that it may take.
    """

    def __init__(self, name, codes, source=None, stdin=None, objects=None, says=None, note=None,
                 trace=False, kind=None, megabytes=300):
        self.name, self.codes, self.source, self.stdin = name, codes, source, stdin
        self.objects, self.says, self.note = objects, says, note
        self.trace, self.kind, self.megabytes = trace, kind, megabytes


class Maker:
    def __init__(self, top, mkimage, skip):
        self.top, self.mkimage, self.skip = top, mkimage, skip
        self.made, self.count = [], 0
        self.wanted = ()

    def all(self, wanted):
        """The cases whose names begin with one of WANTED; all without."""
        for make in (self.names, self.links, self.kinds, self.sizes, self.many, self.deep,
                     self.zips, self.bombs, self.truncated, self.broken_images, self.manifests,
                     self.indices, self.whiteouts, self.nothing, self.folders, self.databases, self.shell):
            if wanted and not any(w.startswith(make.__name__) or make.__name__.startswith(
                    w.split("-")[0]) for w in wanted):
                continue
            for case in make():
                if not wanted or case.name.startswith(wanted):
                    yield case

    def clean(self):
        for path in self.made:
            # rmtree itself gives up in folders that are too deep
            subprocess.run(["rm", "-rf", path], check=False)
        self.made = []

    def path(self, name=""):
        self.count += 1
        path = os.path.join(self.top, "%d%s" % (self.count, name))
        self.made.append(path)
        return path

    def write(self, data, name=".tar"):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def case(self, name, codes, data, **more):
        return Case(name, codes, self.write(data), **more)

    def image(self, name, codes, layer, **more):
        """One layer, in an image: as it is, and compressed."""
        yield self.case(name + ", in an image", codes, docker([layer]), **more)

    # ---- trees ----

    def names(self):
        body = tar(script(b"/abs"), script(b"//two"), script(b"./dot"), script(b"a/./b"),
                   script(b"../up"), script(b"a/../../up2"), script(b"a/.."), script(b".."),
                   script(b"/../../etc/cron.d/x"), script(b"ok"))
        inside = ["/abs", "/two", "/dot", "/a/b", "/ok"]
        yield self.case("names-out", GOOD, body, objects=inside, note="out of", trace=True)
        yield from self.image("names-out", GOOD, body, objects=inside)
        yield self.case("names-empty", GOOD, tar(script(b""), script(b"/"), script(b"."),
                                                 script(b"ok")), objects=["/ok"])
        long = b"/".join([b"d" * 200] * 300)
        yield self.case("names-60000-bytes", GOOD, tar(script(long), script(b"ok")),
                        objects=["/ok"], note="long")
        yield self.case("names-component", GOOD, tar(script(b"x" * 300), script(b"y" * 255)),
                        objects=["/" + "y" * 255])
        odd = b"a\x1b[31m\r\nb\x07\x7f\xff\xc2\x9b"
        yield self.case("names-control", GOOD, tar(script(odd), script(b"../" + odd)))
        yield self.case("names-control-link", GOOD, tar(entry(odd, kind=b"1", link=odd + b"x")))
        lines = [b"opt/a\nRUN evil", b"opt/a\r\nevil", b"$(touch x)`y`", b"b\xe2\x80\xaereversed",
                 b"opt/a\\\nevil", b"opt/*[x]", b"opt/'; evil #"]
        yield self.case("names-dockerfile", GOOD, docker([tar(*[
            entry(x, b"#!/bin/bash\n") for x in lines])]))
        yield self.case("names-nul", GOOD, tar(pax({"path": b"a\0b"}) + header(b"x"),
                                               script(b"ok")))
        yield self.case("names-pax", ANY, tar(
            header(b"p", 30, b"x") + rawtar.padded(b"99999999999 path=x\n" + b"a" * 11),
            script(b"ok")))
        yield self.case("names-gnu-long", ANY, tar(
            header(b"././@LongLink", 1 << 33, b"L") + rawtar.padded(b"x" * 3000), script(b"ok")))
        same = script(b"same") * 100000
        yield self.case("names-same", GOOD, tar(same), objects=["/same"])
        yield self.case("names-file-and-folder", GOOD, tar(
            *[script(b"x") + script(b"x/y") for _ in range(2000)]))

    def links(self):
        def link(name, to):
            return entry(name, kind=b"2", link=to)

        def hard(name, to):
            return entry(name, kind=b"1", link=to)

        yield self.case("links-out", GOOD, tar(
            link(b"out", b"/tmp"), script(b"out/x"), link(b"up", b"../../../.."), script(b"up/y"),
            link(b"passwd", b"/etc/passwd")), objects=["/tmp/x", "/y"], trace=True)
        yield self.case("links-loop", GOOD, tar(
            link(b"a", b"b"), link(b"b", b"a"), script(b"a/x"), link(b"s", b"s/s"),
            script(b"s/y"), script(b"ok")), objects=["/ok"])
        yield self.case("links-hard", GOOD, tar(
            hard(b"h1", b"../../../etc/passwd"), hard(b"h2", b"/etc/passwd"),
            hard(b"h3", b"not-there"), hard(b"h4", b"h4"), entry(b"d/", kind=b"5"),
            hard(b"h5", b"d"), hard(b"h6", b"ok"), script(b"ok"), hard(b"h7", b"ok")),
            objects=["/ok", "/h7"])
        yield self.case("links-hard-chain", GOOD, tar(script(b"h0"), *[
            hard(b"h%d" % (i + 1), b"h%d" % i) for i in range(20000)]))
        yield self.case("links-chain", GOOD, tar(*[
            link(b"l%d" % i, b"l%d/l%d" % (i + 1, i + 1)) for i in range(3000)], script(b"l0/x")))
        yield self.case("links-long", GOOD, tar(link(b"l", b"x/" * 40000), script(b"ok")),
                        objects=["/ok"])
        yield self.case("links-far", GOOD, tar(*[
            link(b"d%d" % i, b"d%d/." % (i + 1)) for i in range(35)], entry(b"d35/", kind=b"5"),
            *[script(b"d0/f%d" % i) for i in range(30000)]))
        body = tar(link(b"blobs", b"/etc"), link(b"manifest.json", b"/etc/passwd"),
                   link(b"index.json", b"/etc/passwd"), link(b"oci-layout", b"/etc/passwd"))
        yield self.case("links-image", ANY, body, trace=True)

    def kinds(self):
        body = b"".join(entry(b"k-%c" % k, kind=bytes([k]), mode=0o777)
                        for k in b"34567ABIMNRTVXZ\x01\xff")
        yield self.case("kinds", GOOD, tar(body, script(b"ok")))
        sparse = header(b"sparse", 1024, b"S", magic=b"ustar  \0",
                        pad=b"\0" * 41 + rawtar.octal(0, 12) + rawtar.octal(1024, 12)
                        + bytes(72) + b"\0" + rawtar.binary(1 << 50)) + bytes(1024)
        yield self.case("kinds-sparse", ANY, tar(sparse, script(b"ok")))
        for version in ("0.0", "0.1", "1.0"):
            pairs = {"GNU.sparse.major": version[:1].encode(), "GNU.sparse.minor":
                     version[-1:].encode(), "GNU.sparse.name": b"sparse",
                     "GNU.sparse.size": b"%d" % (1 << 60), "GNU.sparse.realsize": b"%d" % (1 << 60),
                     "GNU.sparse.numblocks": b"1", "GNU.sparse.map": b"0,%d" % (1 << 60)}
            data = ELF.ljust(512, b"\0")
            yield self.case("kinds-sparse-" + version, ANY, tar(
                entry(b"x", data, pax=pairs), script(b"ok")))
        hole = {"GNU.sparse.major": b"1", "GNU.sparse.minor": b"0", "GNU.sparse.name": b"hole",
                "GNU.sparse.realsize": b"%d" % (400 * MIB)}
        data = rawtar.padded(b"1\n0\n64\n") + ELF.ljust(64, b"\0")
        yield self.case("kinds-sparse-object", ANY, tar(entry(b"x", data, pax=hole)))

    def sizes(self):
        for name, field in (("2-60", rawtar.binary(1 << 60)), ("2-63", rawtar.binary(1 << 63)),
                            ("2-95", rawtar.binary((1 << 95) - 1)), ("minus", rawtar.binary(-512)),
                            ("junk", b"99999999999\0"), ("octal", b"77777777777\0")):
            for what, data in (("object", ELF), ("script", SCRIPT), ("other", b"x")):
                yield self.case("sizes-%s-%s" % (name, what), BAD, tar(
                    header(b"x", field=field) + rawtar.padded(data), script(b"ok")))
        big = header(b"blobs/sha256/x", field=rawtar.binary(1 << 60)) + bytes(512)
        yield self.case("sizes-blob", BAD, big)
        yield self.case("sizes-pax", BAD, tar(pax({"size": b"%d" % (1 << 62)}) + header(b"x"),
                                              script(b"ok")))
        yield self.case("sizes-pax-minus", ANY, tar(pax({"size": b"-1024"}) + header(b"x"),
                                                    script(b"ok")))
        yield self.case("sizes-manifest", BAD, tar(entry(b"manifest.json", b" " * (20 * MIB))))

    # ---- much of it ----

    def listed(self, lines, *options, form="docker"):
        path = self.path(".list")
        with open(path, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        out = self.path(".tar")
        subprocess.run([self.mkimage, "--" + form, out, *options, path], check=True)
        return out

    def many(self):
        yield Case("many-million", GOOD, self.listed(
            ["f many/x repeat=1000000", "f ok mode=755 text=#!/bin/sh\\x0a"], "--compress",
            "gzip", "--level", "1"), objects=["/ok"])
        yield Case("many-two-million", BAD, self.listed(
            ["f many/x repeat=2000000"], "--compress", "gzip", "--level", "1"))
        # each has a report with findings, and they are all there at once: 4 KiB each
        yield Case("many-scripts", ANY, self.listed(
            ["f many/x mode=755 repeat=60000 text=#!/bin/bash\\x0agetent\\x20passwd\\x0a"],
            "--compress", "gzip", "--level", "1"))
        yield Case("many-objects", ANY, self.listed(
            ["f many/x mode=755 repeat=30000 text=" + "".join("\\x%02x" % c for c in ELF)],
            "--compress", "gzip", "--level", "1"))
        yield Case("many-whiteouts", GOOD, self.listed(
            ["f many/.wh.x repeat=200000"], "--compress", "gzip", "--level", "1"))
        yield Case("many-links", GOOD, self.listed(
            ["f target mode=755 text=#!/bin/sh\\x0a", "l many/x repeat=100000 to=../target"],
            "--compress", "gzip", "--level", "1"), objects=["/target"])
        layers = []
        for i in range(120):
            layers.append(tar(*[script(b"f%d" % k) for k in range(100)], entry(
                b".wh.f%d" % i)))
        yield self.case("many-layers", GOOD, docker(layers))
        yield self.case("many-layers-same", ANY, docker([tar(script(b"x"))], manifest=json.dumps([{
            "Config": "config.json", "RepoTags": None, "Layers": ["0/layer.tar"] * 100000}]
            ).encode()))
        yield self.case("many-layers-again", BAD, docker(
            [tar(*[script(b"f%d" % k) for k in range(3000)])], manifest=json.dumps([{
                "Config": "config.json", "RepoTags": None, "Layers": ["0/layer.tar"] * 900}]
                ).encode()), says=b"entries")
        # bills of material are JSON too: none of the image's own is in their way
        sbom = b'{"layers": "' + b"x" * (7 * MIB) + b'"}'
        yield self.case("many-json", GOOD, docker([tar(script(b"ok"))], more=b"".join(
            entry(b"blobs/sha256/%064d" % i, sbom) for i in range(60))), objects=["/ok"])
        yield self.case("many-json-lost", BAD, docker([], manifest=b'[{"Config": "blobs/sha256/'
            + b"%064d" % 59 + b'", "Layers": []}]', more=b"".join(
                entry(b"blobs/sha256/%064d" % i, sbom) for i in range(60))), says=b"64 MiB")
        yield self.case("many-json-small", GOOD, docker([tar(script(b"ok"))], more=b"".join(
            entry(b"blobs/sha256/%064d" % i, b'{"a": 1}') for i in range(19000))),
            objects=["/ok"])
        yield self.case("many-blobs", BAD, tar(*[
            entry(b"blobs/sha256/%064d" % i, b"{}") for i in range(50000)], entry(
                b"index.json", b'{"manifests":[]}'), entry(b"oci-layout", b"{}")), says=b"20000")

    def deep(self):
        path, parts = b"", []
        for _ in range(10000):
            path += b"d/"
            parts.append(entry(path, kind=b"5"))
        yield self.case("deep-tar", GOOD, tar(script(b"ok"), *parts, script(path + b"x")))
        parts = [script(b"d/" * i + b"x") for i in range(1, 2000, 7)]
        yield self.case("deep-2000", GOOD, tar(*parts))
        top = self.path()
        os.mkdir(top)
        here = os.open(".", os.O_RDONLY)
        os.chdir(top)
        for _ in range(10000):
            os.mkdir("d")
            os.chdir("d")
        with open("script", "wb") as f:
            f.write(SCRIPT)
        os.chmod("script", 0o755)
        os.fchdir(here)
        os.close(here)
        yield Case("deep-folder", ANY, top)

    # ---- bombs ----

    def zips(self):
        inner = rawtar.zipped([("x.so", ELF + bytes(8 * MIB))])
        for _ in range(12):
            inner = rawtar.zipped([("in.jar", inner), ("in2.jar", inner)])
        yield self.case("zips-in-zips", GOOD, tar(entry(b"a.jar", inner)))
        yield Case("zips-in-zips-alone", GOOD, self.write(inner, ".jar"))
        level = rawtar.zipped([("x.so", ELF + bytes(16 * MIB))])
        for _ in range(3):
            level = rawtar.zipped([("%d.jar" % i, level) for i in range(16)])
        yield self.case("zips-42", GOOD, tar(entry(b"42.zip", level)))
        bomb = rawtar.overlapping_zip(60000, 16)
        yield Case("zips-overlap", ANY, self.write(bomb, ".zip"))
        yield self.case("zips-overlap-nested", GOOD, tar(entry(b"x.jar", bomb)))
        yield self.case("zips-ratio", GOOD, tar(entry(
            b"x.jar", rawtar.zipped([("x.so", ELF + bytes(400 * MIB))]))))
        level = ELF + bytes(90 * MIB)
        for name in ("x.so", "a.jar", "b.jar"):
            level = rawtar.zipped([(name, level)], zipfile.ZIP_STORED)
        level = rawtar.zipped([("c.jar", level)])
        yield self.case("zips-in-zips-large", GOOD, tar(entry(b"d.jar", level),
                                                        entry(b"e.jar", level)),
                        note="not looked into")
        fits = rawtar.zipped([("x.so", ELF + random.Random(8).randbytes(60 * MIB))])
        yield self.case("zips-not-large", GOOD, tar(entry(b"x.jar", fits)), note="",
                        objects=["/x.jar!/x.so"])
        lone = rawtar.zipped([("x%d.so" % i, ELF + bytes(60 * MIB)) for i in range(30)])
        yield Case("zips-many-objects", ANY, self.write(lone, ".jar"))
        many = rawtar.zipped([("f%d" % i, b"") for i in range(60000)])
        yield self.case("zips-many-names", GOOD, tar(*[
            entry(b"%d.jar" % i, many) for i in range(3)]))
        yield self.case("zips-names-out", GOOD, tar(entry(b"x.jar", rawtar.zipped([
            ("../../etc/x", SCRIPT), ("/abs", SCRIPT), ("a\\..\\..\\b", SCRIPT), ("ok", SCRIPT)]))))
        good = rawtar.zipped([("a.so", ELF * 50), ("b.so", ELF * 50)])
        rng = random.Random(1)
        for i in range(12):
            raw = bytearray(good)
            for _ in range(4):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
            yield self.case("zips-damaged-%d" % i, ANY, tar(entry(b"x.jar", bytes(raw))))

    def bombs(self):
        head = header(b"big", field=rawtar.binary(20 << 30))
        tail = ((20 << 30) + 0) // MIB
        for name, start in (("zeros", b""), ("file", head)):
            path = self.path(".tar.gz")
            with open(path, "wb") as f:
                rawtar.gzip_zeros(f, start, tail)
            with open(path, "rb") as f:
                layer = f.read()
            yield Case("bombs-gzip-20G-" + name, ANY, path)
            # to tar, zeros are its end
            yield self.case("bombs-layer-20G-" + name, ANY if name == "zeros" else BAD,
                            docker([layer]))
        for name, start in (("object", ELF), ("script", SCRIPT)):
            size = 500 * MIB
            layer = rawtar.gzip_zeros_bytes(header(b"x", size) + start, 501)
            yield self.case("bombs-%s-500M" % name, ANY, docker([layer]))
            several = b"".join(rawtar.gzip_zeros_bytes(
                header(b"x%d" % i, 100 * MIB) + start + bytes(512 - len(start)), 100)
                for i in range(8))
            yield self.case("bombs-%s-8-of-100M" % name, ANY, docker([several]))
        # the archive around it is what is compressed
        yield self.case("bombs-object-500M-outer", ANY, rawtar.gzip_zeros_bytes(
            header(b"0/layer.tar", 502 * MIB) + header(b"x", 500 * MIB) + ELF, 503))
        # as large, and really there
        yield self.case("bombs-not-large-object", GOOD, docker([tar(entry(
            b"x", ELF + random.Random(7).randbytes(100 * MIB)))]), objects=["/x"], note="")
        xz = lzma.compress(bytes(64 * MIB), preset=1)
        yield Case("bombs-xz", ANY, self.write(
            lzma.compress(head) + xz * 64, ".tar.xz"))
        bz = bz2.compress(bytes(64 * MIB))
        yield Case("bombs-bzip2", ANY, self.write(bz2.compress(head) + bz * 8, ".tar.bz2"))
        if shutil.which("zstd"):
            path = self.path(".tar.zst")
            subprocess.run("head -c 4G /dev/zero | zstd -q -1 -o " + path, shell=True, check=True)
            yield Case("bombs-zstd", ANY, path)
        else:
            self.skip("bombs-zstd", "no zstd")
        data = tar(script(b"ok"))
        for _ in range(30):
            data = gzip.compress(data)
        yield Case("bombs-gzip-30-times", ANY, self.write(data, ".gz"))
        yield self.case("bombs-deb", ANY, rawtar.deb(gzip.decompress(
            rawtar.gzip_zeros_bytes(header(b"x", 63 * MIB), 63))))

    # ---- what is cut off ----

    def truncated(self):
        layer = tar(script(b"bin/a"), entry(b"lib/x.so", ELF * 300), script(b"bin/b"))
        config = rawtar.CONFIG
        man = rawtar.manifest_of([gzip.compress(layer)], config)
        zipfile = rawtar.zipped([("x.so", ELF * 99), ("y.so", os.urandom(4000))])
        whole = {
            "docker.tar": docker([layer, gzip.compress(layer)]),
            "docker.tar.gz": gzip.compress(docker([layer])),
            "oci.tar": oci([gzip.compress(layer), config, man], rawtar.index(
                rawtar.descriptor(man))),
            "tree.tar": layer, "tree.tar.gz": gzip.compress(layer),
            "tree.tar.xz": lzma.compress(layer), "x.deb": rawtar.deb(layer), "x.jar": zipfile,
        }
        for name, data in whole.items():
            yield Case("truncated-not-" + name, GOOD, self.write(data, "-" + name))
            rng = random.Random(2)
            # without the blocks at the end, which may be missing
            end = len(data) - 1024 if name.endswith(".tar") else len(data) - 20
            for at in sorted(rng.randrange(1, end) for _ in range(10)):
                # a tar that ends behind a file is one without its last blocks
                fits = name.endswith(".tar") and at % 512 == 0
                yield Case("truncated-%s-%d" % (name, at), ANY if fits else BAD,
                           self.write(data[:at], "-" + name))
        data = whole["docker.tar"]
        at = data.rindex(b"manifest.json") // 512 * 512
        # between two files, and the layers tell that there was more
        yield Case("truncated-before-manifest", BAD, self.write(data[:at]), says=b"ends early")
        data = whole["oci.tar"]
        at = data.rindex(b"oci-layout") // 512 * 512
        yield Case("truncated-before-layout", BAD, self.write(data[:at]), says=b"ends early")
        yield Case("truncated-no-layout", BAD, self.write(data[:at] + bytes(1024)),
                   says=b"parts of an image")
        # a tree without an end mark is taken, and it is told
        yield Case("truncated-end-mark", GOOD, self.write(layer[:-1024]), note="no end mark",
                   kind="archive")
        # files that only look like an image's do no harm to a tree
        yield self.case("truncated-not-tree-with-layer", GOOD, tar(
            script(b"bin/ok"), entry(b"x/layer.tar", layer)), objects=["/bin/ok"])
        yield self.case("truncated-not-tar-in-tar", GOOD, tar(entry(b"x.tar", layer)), objects=[])

    # ---- images ----

    def broken_images(self):
        for form in ("docker", "docker-oci", "oci-archive", "oci-layout"):
            for how in ("missing-layer", "wrong-digest", "cut-layer"):
                for compress in ("none", "gzip"):
                    out = self.listed(["f ok mode=755 text=#!/bin/sh\\x0a", "f big size=100000"],
                                      "--break", how, "--compress", compress, form=form)
                    # a layer of an old `docker save` has no sum of its own when compressed
                    blind = form == "docker" and how == "wrong-digest" and compress == "gzip"
                    yield Case("broken_images-%s-%s-%s" % (form, how, compress),
                               ANY if blind else BAD, out, says=rb"(?i)layer|digest|cut|damaged")

    def manifests(self):
        layer = tar(script(b"ok"))
        good = {"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["0/layer.tar"]}
        bad = {
            "text": b"this is no JSON", "half": b'[{"Config": "config.json", "Lay', "empty": b"",
            "deep": b"[" * 1000000, "deep-objects": b'{"a":' * 100000, "number": b"7",
            "nothing": b"[]", "object": b"{}", "list": b"[[]]", "null": b"[null]",
            "no-layers": b'[{"Config": "config.json"}]',
            "layers-null": b'[{"Config": "config.json", "Layers": null}]',
            "layers-numbers": b'[{"Config": "config.json", "Layers": [1, 2]}]',
            "layers-text": b'[{"Config": "config.json", "Layers": "0/layer.tar"}]',
            "config-number": b'[{"Config": 5, "Layers": ["0/layer.tar"]}]',
            "nul": b'[{"Config": "config.json", "Layers": ["0/lay\\u0000er.tar"]}]',
            "utf8": b'[{"Config": "\xff\xfe", "Layers": ["0/layer.tar"]}]',
            "huge-number": b'[{"Config": "config.json", "Layers": [1e99999]}]',
        }
        for name, text in bad.items():
            # JSON of another kind: a tree may have such a file
            other = name in ("nothing", "object", "list", "null", "no-layers", "layers-null",
                             "layers-text")
            yield self.case("manifests-" + name, ANY if other else BAD,
                            docker([layer], manifest=text), objects=[],
                            kind="archive" if other else None)
        for name, where in (("absent", "1/layer.tar"), ("up", "../../../etc/passwd"),
                            ("absolute", "/etc/passwd"), ("empty", ""),
                            ("control", "\x1b[2J\nx/layer.tar"), ("folder", "0"),
                            ("long", "x" * 100000)):
            for key in ("Config", "Layers"):
                named = dict(good, **{key: [where] if key == "Layers" else where})
                yield self.case("manifests-%s-%s" % (key, name), BAD,
                                docker([layer], manifest=json.dumps([named]).encode()),
                                trace=name in ("up", "absolute"))
        yield self.case("manifests-config-text", BAD, docker([layer], config=b"no JSON"))
        yield self.case("manifests-config-strange", ANY, docker([layer], config=json.dumps({
            "architecture": 5, "os": [], "config": {"Env": {"a": 1}, "Entrypoint": "x", "Cmd": [1],
            "User": {}, "Labels": [], "ExposedPorts": 3, "Healthcheck": "x"},
            "rootfs": {"diff_ids": [None]}}).encode()), objects=["/ok"])
        env = {"Env": ["E%d=\x1b]0;x\x07\n" % i for i in range(20000)], "Labels": {
            "l%d\n" % i: "`id`$(id)" for i in range(20000)}}
        yield self.case("manifests-config-large", GOOD, docker([layer], config=json.dumps(
            {"architecture": "amd64", "os": "linux", "config": env}).encode()), objects=["/ok"])
        link = entry(b"0/layer.tar", kind=b"2", link=b"../0/layer.tar")
        yield self.case("manifests-layer-loop", BAD, docker([], manifest=json.dumps(
            [good]).encode(), more=link))
        link = entry(b"0/layer.tar", kind=b"2", link=b"../../../../etc/passwd")
        yield self.case("manifests-layer-out", BAD, docker([], manifest=json.dumps(
            [good]).encode(), more=link), trace=True)
        chain = b"".join(entry(b"%d/layer.tar" % i, kind=b"2", link=b"../%d/layer.tar" % (i + 1))
                         for i in range(10000))
        yield self.case("manifests-layer-chain", ANY, docker([], manifest=json.dumps(
            [good]).encode(), more=chain))
        yield self.case("manifests-twice", ANY, docker([layer], more=entry(
            b"manifest.json", b"[]")))
        yield self.case("manifests-layer-is-json", BAD, docker([b'{"a": 1}']))
        yield self.case("manifests-layer-is-text", BAD, docker([b"no tar at all\n" * 100]))
        yield self.case("manifests-layer-is-image", ANY, docker([docker([layer])]))

    def indices(self):
        layer, config = tar(script(b"ok")), rawtar.CONFIG
        man = rawtar.manifest_of([layer], config)
        whole = [layer, config, man]
        yield self.case("indices-good", GOOD, oci(whole, rawtar.index(rawtar.descriptor(man))),
                        objects=["/ok"])
        yield self.case("indices-empty", BAD, oci(whole, rawtar.index()))
        yield self.case("indices-text", BAD, oci(whole, b"no JSON"))
        for where in ("sha256:../../../../etc/passwd", "sha256:" + "0" * 64, "md5:x", "x", "",
                      "sha512:" + rawtar.digest(man), "sha256:" + rawtar.digest(man)[:10], 7):
            yield self.case("indices-digest-%s" % str(where)[:14].replace("/", "_"), BAD,
                            oci(whole, rawtar.index(dict(rawtar.descriptor(man), digest=where))),
                            trace="/" in str(where))
        # a blob cannot have a name that is its own sum: one that says it has
        me = "0" * 64
        loop = json.dumps({"schemaVersion": 2, "manifests": [
            {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:" + me,
             "size": 1}]}).encode()
        yield self.case("indices-itself", BAD, oci(whole, loop, more=entry(
            b"blobs/sha256/" + me.encode(), loop)))
        chain = rawtar.index(rawtar.descriptor(man))
        blobs = list(whole)
        for _ in range(300):
            blobs.append(chain)
            chain = rawtar.index(rawtar.descriptor(chain, "index"))
        yield self.case("indices-chain", ANY, oci(blobs, chain))
        tree = rawtar.index(rawtar.descriptor(man))
        blobs = list(whole)
        for _ in range(8):
            blobs.append(tree)
            tree = rawtar.index(*[rawtar.descriptor(tree, "index", size=i) for i in range(100)])
        yield self.case("indices-exponential", ANY, oci(blobs, tree))
        tree = rawtar.index(rawtar.descriptor(man))
        blobs = list(whole)
        for _ in range(4):
            blobs.append(tree)
            tree = rawtar.index(*[rawtar.descriptor(tree, "index", size=i) for i in range(100)])
        yield self.case("indices-bushy", BAD, oci(blobs, tree), says=b"500000")
        for name, value in (("objects", b"{},"), ("lists", b"[],"), ("numbers", b"1,")):
            text = b'{"manifests": [' + value * (7 * MIB // len(value)) + b"1]}"
            yield self.case("indices-values-" + name, BAD, oci(whole, text), says=b"500000")
        yield self.case("indices-no-list", BAD, oci(whole, b'{"schemaVersion": 2}'),
                        says=b"index")
        bare = json.dumps({"schemaVersion": 2, "config": rawtar.descriptor(
            config, "config")}).encode()
        yield self.case("indices-no-layers", BAD, oci([config, bare], rawtar.index(
            rawtar.descriptor(bare))), says=b"layers")
        yield self.case("indices-wide", ANY, oci(whole, rawtar.index(
            *[rawtar.descriptor(man, platform={"architecture": "a%d" % i, "os": "linux"})
              for i in range(30000)])))
        strange = rawtar.manifest_of([layer], config).replace(b"image.layer", b"other.thing")
        yield self.case("indices-media-type", ANY, oci([layer, config, strange], rawtar.index(
            rawtar.descriptor(strange))))
        yield from self.layouts(whole, man)

    def layout(self, whole, man):
        top = self.path()
        os.makedirs(os.path.join(top, "blobs/sha256"))
        for data in whole:
            with open(os.path.join(top, "blobs/sha256", rawtar.digest(data)), "wb") as f:
                f.write(data)
        for name, data in (("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
                           ("index.json", rawtar.index(rawtar.descriptor(man)))):
            with open(os.path.join(top, name), "wb") as f:
                f.write(data)
        return top

    def layouts(self, whole, man):
        """OCI layouts whose files are no files, or lie elsewhere."""
        layer = rawtar.digest(whole[0])
        yield Case("indices-layout", GOOD, self.layout(whole, man), objects=["/ok"], trace=True)
        for name, how in (("link", lambda p, out: os.symlink(out, p)),
                          ("fifo", lambda p, out: os.mkfifo(p)),
                          ("folder", lambda p, out: os.mkdir(p)),
                          ("device", lambda p, out: os.symlink("/dev/zero", p))):
            top = self.layout(whole, man)
            out = self.write(whole[0])
            path = os.path.join(top, "blobs/sha256", layer)
            os.unlink(path)
            how(path, out)
            yield Case("indices-layout-" + name, BAD, top, trace=True)
        top = self.layout(whole, man)
        outside = self.path()
        shutil.move(os.path.join(top, "blobs"), outside)
        os.symlink(outside, os.path.join(top, "blobs"))
        yield Case("indices-layout-blobs-outside", BAD, top, trace=True)

    def whiteouts(self):
        low = tar(script(b"a/x"), script(b"b"), script(b"etc/passwd"))
        for name in (b".wh...", b".wh..", b".wh.", b"a/.wh...", b"a/.wh..", b"a/.wh.",
                     b".wh..wh.", b"a/.wh.../etc/passwd", b"../.wh.b", b".wh.a/../b",
                     b".wh." + b"x" * 300, b"none/.wh..wh..opq", b"b/.wh.x", b"b/.wh..wh..opq"):
            yield self.case("whiteouts-%s" % name.decode().replace("/", "_")[:30], GOOD, docker(
                [low, tar(entry(name))]), objects=["/a/x", "/b", "/etc/passwd"])
        yield self.case("whiteouts-all", GOOD, docker([low, tar(entry(b".wh..wh..opq"))]),
                        objects=[])
        link = entry(b"out", kind=b"2", link=b"/etc")
        yield self.case("whiteouts-through-link", GOOD, docker([
            low + b"", tar(link), tar(entry(b"out/.wh.passwd"))]), objects=["/a/x", "/b"])

    # ---- hardly anything ----

    def fed(self, data):
        """A FIFO that somebody writes DATA into."""
        path = self.path()
        os.mkfifo(path)

        def write():
            try:
                with open(path, "wb") as f:
                    f.write(data)
            except BrokenPipeError:
                pass
        threading.Thread(target=write, daemon=True).start()
        return path

    def nothing(self):
        yield Case("nothing-file", BAD, self.write(b""), says=b"empty")
        yield Case("nothing-stdin", BAD, stdin=b"", says=b"empty")
        yield Case("nothing-null", BAD, "/dev/null")
        yield Case("nothing-byte", BAD, self.write(b"x"))
        yield Case("nothing-text", BAD, self.write(b"hello\n" * 1000), says=b"no root tree")
        yield Case("nothing-elf", BAD, self.write(ELF), says=b"muslin check")
        yield Case("nothing-random", BAD, self.write(random.Random(3).randbytes(MIB)))
        yield Case("nothing-zeros", ANY, stdin=100 * MIB)
        yield Case("nothing-two-blocks", ANY, self.write(bytes(1024)))
        yield Case("nothing-absent", BAD, os.path.join(self.top, "absent"), says=b"absent")
        yield Case("nothing-name", (2, 64), "")
        yield Case("nothing-control", BAD, os.path.join(self.top, "a\x1b[31m\nb"))
        yield Case("nothing-under", BAD, self.write(b"x") + "/under")
        yield Case("nothing-fifo", BAD, self.fed(b""), says=b"empty")
        yield Case("nothing-fifo-good", GOOD, self.fed(tar(script(b"ok"))), objects=["/ok"])
        path = self.path()
        sock = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(self.top)
        sock.bind(os.path.basename(path))
        os.chdir(here)
        yield Case("nothing-socket", BAD, path)
        sock.close()
        empty = self.path()
        os.mkdir(empty)
        yield Case("nothing-folder", GOOD, empty, objects=[])
        yield Case("nothing-deb", ANY, self.write(rawtar.ar((b"debian-binary", b"2.0\n"))))
        yield Case("nothing-rpm", BAD, self.write(b"\xed\xab\xee\xdb\3\0" + bytes(200)))
        yield Case("nothing-gzip", ANY, self.write(gzip.compress(b"")))
        yield Case("nothing-gzip-text", BAD, self.write(gzip.compress(b"hello\n" * 100)))

    # ---- folders ----

    def folder(self, *made):
        """MADE: (path, what): bytes, "link:…", "fifo", or a size for a sparse file."""
        top = self.path()
        os.mkdir(top)
        for path, what in made:
            real = os.path.join(os.fsencode(top), os.fsencode(path))
            os.makedirs(os.path.dirname(real), exist_ok=True)
            if isinstance(what, bytes):
                with open(real, "wb") as f:
                    f.write(what)
                os.chmod(real, 0o755)
            elif what == "fifo":
                os.mkfifo(real)
            elif what.startswith("link:"):
                os.symlink(what[5:], real)
            elif what.startswith("zero"):
                os.mknod(real, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        return top

    def sparse(self, top, path, head, size):
        with open(os.path.join(top, path), "wb") as f:
            f.write(head)
            f.truncate(size)
        os.chmod(f.name, 0o755)

    def folders(self):
        secret = self.write(b"#!/bin/bash\nsecret\n", "-secret")
        os.chmod(secret, 0o755)
        top = self.folder(("bin/ok", SCRIPT), ("bin/out", "link:" + secret),
                          ("etc/passwd", "link:" + secret), ("lib", "link:../../../../lib"),
                          ("etc/os-release", "link:" + secret), ("pipe", "fifo"),
                          ("var/lib/dpkg/status", "link:" + secret), ("self", "link:."),
                          ("etc/nsswitch.conf", "fifo"), ("opt/x.jar", "fifo"))
        yield Case("folders-out", GOOD, top, objects=["/bin/ok"], trace=True)
        if os.geteuid() == 0:
            top = self.folder(("ok", SCRIPT), ("etc/passwd", "zero"), ("x.jar", "zero"),
                              ("usr/bin/x", "zero"), ("var/lib/dpkg/status", "zero"))
            yield Case("folders-devices", GOOD, top, objects=["/ok"], trace=True)
        else:
            self.skip("folders-devices", "devices need root's rights")
        top = self.folder(("ok", SCRIPT))
        for name, head in (("big.so", ELF), ("big.sh", SCRIPT), ("big.jar", b"PK\3\4"),
                           ("big.a", b"!<arch>\n")):
            self.sparse(top, name, head, 1 << 42)
        yield Case("folders-sparse", ANY, top)
        top = self.folder((b"a\x1b[31m\nb\xff", SCRIPT), ("y" * 255, SCRIPT),
                          ("z" * 200 + "/" + "z" * 200 + "/x", ELF))
        yield Case("folders-names", ANY, top)
        yield Case("folders-loops", GOOD, self.folder(
            *[("d%d/l%d" % (i, k), "link:../d%d" % k) for i in range(40) for k in range(40)]),
            objects=[])
        top = self.folder(("x", SCRIPT))
        for i in range(2000):
            os.link(os.path.join(top, "x"), os.path.join(top, "h%d" % i))
        yield Case("folders-hard-links", GOOD, top)

    def databases(self):
        def status(text):
            return tar(entry(b"var/lib/dpkg/status", text, mode=0o644), script(b"usr/bin/x"))

        package = b"Package: p%d\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
        yield self.case("databases-many", GOOD, status(b"".join(
            package % i for i in range(100000))))
        chosen = ["bash", "curl", "git", "gzip", "less", "make", "nano", "nginx", "openssl", "patch",
                  "perl", "python3", "redis", "rsync", "ruby", "screen", "socat", "sqlite3", "strace",
                  "sudo", "tar", "tmux", "unzip", "vim", "wget", "xz-utils", "zip", "zsh"]
        yield self.case("databases-again", GOOD, status(b"".join(
            b"Package: %s\nStatus: install ok installed\nVersion: %d\nArchitecture: a%d\n\n" % (
                chosen[i % len(chosen)].encode(), i, i) for i in range(100000))))
        yield self.case("databases-line", ANY, status(b"Package: x\nDescription: " + b"a" * (
            30 * MIB)))
        yield self.case("databases-depends", GOOD, status(
            (package % 1).rstrip() + b"\nDepends: " + b", ".join(
                b"d%d | e" % i for i in range(200000)) + b"\n"))
        yield self.case("databases-control", GOOD, status(
            b"Package: a\x1b[31m\x07\nStatus: install ok installed\nVersion: \xff\n"))
        yield self.case("databases-binary", GOOD, status(random.Random(4).randbytes(2 * MIB)))
        lists = b"/usr/bin/x\n" * 1000000 + b"/../../x\n" + b"y" * 100000 + b"\n"
        yield self.case("databases-list", GOOD, status(package % 7) [:-1024] + tar(entry(
            b"var/lib/dpkg/info/p7.list", lists, mode=0o644)))
        for name in (b"var/lib/rpm/rpmdb.sqlite", b"var/lib/rpm/Packages.db",
                     b"var/lib/rpm/Packages", b"lib/apk/db/installed", b"etc/passwd",
                     b"opt/node_modules/x/package.json", b"etc/os-release",
                     b"opt/x-1.dist-info/RECORD", b"etc/nsswitch.conf"):
            for what, data in (("random", random.Random(5).randbytes(100000)),
                               ("nested", b"[" * 100000), ("lines", b"\n" * MIB),
                               ("sqlite", b"SQLite format 3\0" + bytes(4000))):
                yield self.case("databases-%s-%s" % (name.decode().replace("/", "_"), what), GOOD,
                                tar(entry(name, data, mode=0o644), script(b"ok")))

        for size in (70, 600, 20000):
            yield self.case("databases-os-release-%dK" % size, GOOD, tar(entry(
                b"etc/os-release", b"ID=debian\n" + b"#" * (size << 10), mode=0o644)),
                note="left unread: it has %d KiB" % size)
        yield self.case("databases-os-release-elsewhere", GOOD, tar(
            entry(b"etc/os-release", kind=b"2", link=b"/opt/release"),
            entry(b"opt/release", b"ID=debian\n", mode=0o644)), note="left unread, though")

    def shell(self):
        """Scripts that are hard to read, in a tree of the user's own."""
        head = b"#!/bin/sh\n"
        texts = {
            "dense": b"a;" * 250000, "words": b"a " * 250000, "dollars": b"$a" * 250000,
            "parens": b"(" * 200000, "braces": b"{ " * 200000, "substitutions": b"$(" * 200000,
            "backticks": b"`\\`" * 100000, "quotes": b"\"$(\"" * 100000,
            "ifs": b"if " * 100000, "cases": b"case x in x) " * 50000, "arrays": b"a[$((" * 80000,
            "functions": b"f() { " * 50000, "here": b"cat <<E\n" * 50000,
            "here-many": b"".join(b"<<E%d " % i for i in range(30000)), "pipes": b"a|" * 200000,
            "redirections": b">x " * 150000, "line": b"x" * 500000, "nul": b"a\0b;" * 100000,
            "expansions": b"${a:-" * 80000, "arithmetic": b"$((" + b"1+" * 200000,
            "continued": b"\\\n" * 200000, "comments": b"#\n" * 200000, "ands": b"a&&" * 150000,
            "random": random.Random(6).randbytes(400000),
        }
        for name, text in texts.items():
            yield self.case("shell-" + name, GOOD, tar(entry(b"x", head + text)))
        yield self.case("shell-many-dense", GOOD, tar(*[
            entry(b"x%d" % i, head + b"a;" * 100000) for i in range(60)]))
        env = b"#!/usr/bin/env " + b"-S " * 30 + b"A=b " * 20 + b"sh"
        yield self.case("shell-first-line", GOOD, tar(
            entry(b"a", env + b"\n"), entry(b"b", b"#!/usr/bin/env -S '" + b"x" * 5000),
            entry(b"c", b"#!" + b" " * 100000), entry(b"d", b"#!\x1b[31m\xff\0\n"),
            entry(b"e", b"#!b\n"), entry(b"f", b"#!/f\n"), entry(b"g", b"#!/usr/bin/env\n")))
