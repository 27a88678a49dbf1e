#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that no malformed ELF file makes muslin crash, hang or lose a file.

From built fixtures it derives malformed ones, the same ones every time: header
fields out of range, tables outside the file, chains that loop, missing
terminators, overlapping and huge segments, wrong class and byte order, and
bytes changed at random from a fixed seed. Each is judged alone and as a library
of a good program; see feed.py for what must hold. A file that cannot be read as
a loader would must come out as such, and the good file it was made from as before.

    malform.py --muslin MUSLIN --built DIR          check
    malform.py --built DIR --keep FOLDER            only write the files (a fuzz corpus)
"""

import argparse
import os
import random
import struct
import sys
import tempfile

import feed

# What to start from, one of each kind of table; for each machine that was built.
SEEDS = ["32-version-not-compared/bin/app", "31-hidden-version-sysv/usr/lib/libf.so.1",
         "40-relr/usr/lib/libr.so.1", "36-copy/bin/there", "41-tls/bin/tls",
         "50-kinds/bin/static", "50-kinds/obj/object.o", "10-origin/opt/app/bin/braces"]
FEWER = SEEDS[:3]
# 64 and 32 bit, both byte orders
ARCHES = {"x86_64": SEEDS, "x86": FEWER, "s390x": FEWER}

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_TLS, PT_GNU_STACK = 1, 2, 3, 7, 0x6474E551
DT = {"NEEDED": 1, "PLTRELSZ": 2, "HASH": 4, "STRTAB": 5, "SYMTAB": 6, "RELA": 7, "RELASZ": 8,
      "RELAENT": 9, "STRSZ": 10, "SYMENT": 11, "SONAME": 14, "RPATH": 15, "REL": 17, "RELSZ": 18,
      "PLTREL": 20, "JMPREL": 23, "RUNPATH": 29, "RELRSZ": 35, "RELR": 36,
      "GNU_HASH": 0x6FFFFEF5, "VERSYM": 0x6FFFFFF0, "VERDEF": 0x6FFFFFFC, "VERDEFNUM": 0x6FFFFFFD,
      "VERNEED": 0x6FFFFFFE, "VERNEEDNUM": 0x6FFFFFFF}


class Image:
    """A well-formed ELF file in memory, with places that can be overwritten."""

    def __init__(self, data):
        self.d = bytes(data)
        self.wide, self.e = data[4] == 2, "<" if data[5] == 1 else ">"
        self.word = "Q" if self.wide else "I"
        self.size = 8 if self.wide else 4
        at = {True: (32, 40, 54, 56, 58, 60, 62), False: (28, 32, 42, 44, 46, 48, 50)}[self.wide]
        (self.at_phoff, self.at_shoff, self.at_phentsize, self.at_phnum, self.at_shentsize,
         self.at_shnum, self.at_shstrndx) = at
        self.phoff = self.get(self.word, self.at_phoff)
        self.phnum = self.get("H", self.at_phnum)
        self.phsize = 56 if self.wide else 32
        # offsets inside a program header: type offset vaddr filesz memsz align flags
        self.ph_at = dict(zip(("type", "offset", "vaddr", "filesz", "memsz", "align", "flags"),
                              (0, 8, 16, 32, 40, 48, 4) if self.wide else (0, 4, 8, 16, 20, 28, 24)))
        self.segments = [self.phoff + i * self.phsize for i in range(self.phnum)]
        self.dyn = []
        for s in self.segments:
            if self.get("I", s) == PT_DYNAMIC:
                at = self.field(s, "offset")
                end = at + self.field(s, "filesz")
                while at < end:
                    tag = self.get(self.word, at)
                    self.dyn.append((at, tag, self.get(self.word, at + self.size)))
                    if tag == 0:
                        break
                    at += 2 * self.size

    def get(self, form, at):
        return struct.unpack_from(self.e + form, self.d, at)[0]

    def field(self, segment, name):
        return self.get("I" if name in ("type", "flags") else self.word,
                        segment + self.ph_at[name])

    def put(self, *changes):
        """A copy with (format, offset, value) changes; values are cut to the field."""
        d = bytearray(self.d)
        for form, at, value in changes:
            bits = 8 * struct.calcsize(form)
            struct.pack_into(self.e + form, d, at, value & ((1 << bits) - 1))
        return bytes(d)

    def offset(self, vaddr):
        """File offset of an address, None when no segment has it."""
        for s in self.segments:
            if self.get("I", s) == PT_LOAD:
                at = vaddr - self.field(s, "vaddr")
                if 0 <= at < self.field(s, "filesz"):
                    return at + self.field(s, "offset")
        return None

    def rows(self, tag):
        return [(at, value) for at, t, value in self.dyn if t == tag]


def headers(im):
    for value in (0, 1, 65534, 65535):
        yield "phnum-%d" % value, im.put(("H", im.at_phnum, value))
    for value in (0, 1, im.phsize - 1, im.phsize + 1, 65535):
        yield "phentsize-%d" % value, im.put(("H", im.at_phentsize, value))
    for value in (0, 1, len(im.d) - 8, len(im.d), 1 << 31, (1 << 63) - 1, (1 << 64) - 1, -8):
        yield "phoff-%x" % (value & 2 ** 64 - 1), im.put((im.word, im.at_phoff, value))
        yield "shoff-%x" % (value & 2 ** 64 - 1), im.put((im.word, im.at_shoff, value))
    for at, name in ((im.at_shnum, "shnum"), (im.at_shstrndx, "shstrndx"),
                     (im.at_shentsize, "shentsize")):
        for value in (0, 1, 65280, 65535):
            yield "%s-%d" % (name, value), im.put(("H", at, value))
    for value in (0, 1, 2, 3, 4, 5, 0xFE00, 0xFFFF):
        yield "type-%d" % value, im.put(("H", 16, value))
    for value in (0, 3, 62, 183, 0xFFFF):
        yield "machine-%d" % value, im.put(("H", 18, value))
    for value in (0, 1, 2, 3, 255):
        yield "class-%d" % value, im.put(("B", 4, value))
        yield "data-%d" % value, im.put(("B", 5, value))
        yield "version-%d" % value, im.put(("B", 6, value))
    # a header of the other class, well-formed in itself, on this class's data
    other = bytearray(im.d)
    other[4] = 1 if im.wide else 2
    struct.pack_into(im.e + ("I" if im.wide else "Q"), other, 28 if im.wide else 32, im.phoff)
    struct.pack_into(im.e + "HH", other, 42 if im.wide else 54, 32 if im.wide else 56, im.phnum)
    yield "other-class-header", bytes(other)
    yield "empty", b""
    yield "magic-only", im.d[:4]
    yield "ident-only", im.d[:16]
    yield "header-only", im.d[:64 if im.wide else 52]
    yield "header-and-segments", im.d[:im.phoff + im.phnum * im.phsize]
    yield "zeros-behind-header", im.d[:64] + bytes(len(im.d) - 64)
    yield "ones-behind-header", im.d[:64] + b"\xff" * (len(im.d) - 64)


def segments(im):
    huge = (1 << 8 * im.size) - 1
    names = {PT_LOAD: "load", PT_DYNAMIC: "dynamic", PT_INTERP: "interp", PT_TLS: "tls",
             PT_GNU_STACK: "stack"}
    for i, s in enumerate(im.segments):
        name = "%d-%s" % (i, names.get(im.get("I", s), "other"))
        for field in ("offset", "vaddr", "filesz", "memsz", "align"):
            for value in (0, 1, len(im.d), len(im.d) - 1, huge, huge >> 1, huge & ~0xFFF):
                yield "ph-%s-%s-%x" % (name, field, value), im.put(
                    (im.word, s + im.ph_at[field], value))
        yield "ph-%s-none" % name, im.put(("I", s, 0))
        yield "ph-%s-all-huge" % name, im.put(*[(im.word, s + im.ph_at[f], huge) for f in
                                                ("offset", "vaddr", "filesz", "memsz")])
    loads = [s for s in im.segments if im.get("I", s) == PT_LOAD]
    if loads:
        # all segments at one address; in reverse order; one over all
        yield "loads-overlap", im.put(*[(im.word, s + im.ph_at["vaddr"], 0) for s in loads])
        yield "loads-same-bytes", im.put(*[(im.word, s + im.ph_at["offset"], 0) for s in loads])
        yield "loads-everything", im.put(*[
            (im.word, s + im.ph_at[f], huge) for s in loads for f in ("filesz", "memsz")])
        yield "no-loads", im.put(*[("I", s, 0) for s in loads])
        yield "twice-dynamic", im.put(("I", loads[-1], PT_DYNAMIC))
        yield "twice-interp", im.put(("I", loads[-1], PT_INTERP))
    for s in im.segments:
        if im.get("I", s) == PT_INTERP:
            at, size = im.field(s, "offset"), im.field(s, "filesz")
            yield "interp-no-nul", im.put(*[("B", at + i, 0x41) for i in range(size)])
            yield "interp-empty", im.put(("B", at, 0))
            yield "interp-controls", im.put(*[("B", at + i, 0x1B + i % 3) for i in range(size - 1)])
            yield "interp-bytes", im.put(*[("B", at + i, 0x80 + i) for i in range(size - 1)])
            yield "interp-whole-file", im.put((im.word, s + im.ph_at["offset"], 0),
                                              (im.word, s + im.ph_at["filesz"], len(im.d)))


def dynamic(im):
    huge = (1 << 8 * im.size) - 1
    for name, tag in DT.items():
        for at, value in im.rows(tag)[:2]:
            for new in (0, 1, value + 1, value - 1, len(im.d), huge, huge >> 1, huge - 7, 1 << 30):
                yield "dt-%s-%x" % (name, new & huge), im.put((im.word, at + im.size, new))
            yield "dt-%s-gone" % name, im.put((im.word, at, 0x6000DEAD))
            yield "dt-%s-ends" % name, im.put((im.word, at, 0))
    if im.dyn:
        null = im.dyn[-1][0]
        # DT_NULL overwritten, and all behind it up to the end of the file
        d = bytearray(im.d)
        for at in range(null, len(d) - 2 * im.size, 2 * im.size):
            struct.pack_into(im.e + 2 * im.word, d, at, DT["NEEDED"], 1)
        yield "dt-no-null", bytes(d)
        for name in ("NEEDED", "RPATH", "RUNPATH", "SONAME", "RELA", "SYMTAB", "GNU_HASH"):
            yield "dt-all-%s" % name, im.put(*[
                (im.word, at, DT[name]) for at, _, _ in im.dyn[:-1]])


def tables(im):
    """Hash tables, versions, relocations and strings, in place."""
    one = {name: im.offset(im.rows(tag)[0][1]) for name, tag in DT.items()
           if im.rows(tag) and name in ("HASH", "GNU_HASH", "VERSYM", "VERDEF", "VERNEED", "RELA",
                                        "REL", "JMPREL", "RELR", "SYMTAB", "STRTAB")}
    one = {k: v for k, v in one.items() if v is not None}
    if "GNU_HASH" in one:
        at = one["GNU_HASH"]
        nb, off, bloom, shift = struct.unpack_from(im.e + "IIII", im.d, at)
        for i, name in enumerate(("nbuckets", "symoffset", "bloom", "shift")):
            for value in (0, 1, 3, 31, 64, 0x7FFFFFFF, 0xFFFFFFFF):
                yield "gnu-%s-%x" % (name, value), im.put(("I", at + 4 * i, value))
        buckets = at + 16 + bloom * im.size
        for value in (1, off + 1, 0x7FFFFFFF, 0xFFFFFFFF):
            yield "gnu-buckets-%x" % value, im.put(*[("I", buckets + 4 * i, value)
                                                     for i in range(min(nb, 64))])
        chains = buckets + 4 * nb
        yield "gnu-chains-endless", im.put(*[("I", i, im.get("I", i) & ~1) for i in
                                             range(chains, min(chains + 400, len(im.d) - 3), 4)])
    if "HASH" in one:
        # s390x has 64-bit words here
        form = "Q" if im.wide and im.get("H", 18) == 22 else "I"
        size = struct.calcsize(form)
        at = one["HASH"]
        nb, nc = im.get(form, at), im.get(form, at + size)
        for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            yield "sysv-nbucket-%x" % value, im.put((form, at, value))
            yield "sysv-nchain-%x" % value, im.put((form, at + size, value))
        chain = at + size * (2 + nb)
        yield "sysv-chain-self", im.put(*[(form, chain + size * i, i) for i in range(nc)])
        yield "sysv-chain-loop", im.put(*[(form, chain + size * i, i % max(nc - 1, 1) + 1)
                                          for i in range(nc)])
        yield "sysv-bucket-far", im.put(*[(form, at + size * (2 + i), 0x7FFFFFFF)
                                          for i in range(nb)])
    for name, next_at, aux_at in (("VERNEED", 12, 8), ("VERDEF", 16, 12)):
        if name in one:
            at = one[name]
            for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000):
                yield "%s-next-%x" % (name, value), im.put(("I", at + next_at, value))
                yield "%s-aux-%x" % (name, value), im.put(("I", at + aux_at, value))
            yield "%s-count" % name, im.put(("H", at + (2 if name == "VERNEED" else 6), 0xFFFF))
            aux = at + im.get("I", at + aux_at)
            if aux + 16 <= len(im.d):
                for value in (0, 1, 0xFFFFFFF0):
                    yield "%s-aux-next-%x" % (name, value), im.put(
                        ("I", aux + (12 if name == "VERNEED" else 4), value))
                yield "%s-name" % name, im.put(
                    ("I", aux + (8 if name == "VERNEED" else 0), 0xFFFFFFF0))
            # an entry that is its own successor, and a count that never ends
            count = im.rows(DT[name + "NUM"])
            if count:
                yield "%s-endless" % name, im.put(
                    ("I", at + next_at, 0), (im.word, count[0][0] + im.size, -1))
    if "VERSYM" in one:
        for value in (0, 1, 0x7FFF, 0x8000, 0xFFFF):
            yield "versym-%x" % value, im.put(*[("H", one["VERSYM"] + 2 * i, value)
                                                for i in range(8)])
    step = 3 * im.size
    for name in ("RELA", "REL", "JMPREL"):
        if name in one:
            at = one[name]
            for value in ((1 << 8 * im.size) - 1, 1 << (8 * im.size - 1), 0, 0x25, 0x7FFFFFFF00):
                yield "%s-info-%x" % (name, value), im.put((im.word, at + im.size, value))
            yield "%s-offset" % name, im.put((im.word, at, -1))
            yield "%s-noise" % name, im.put(*[("B", at + i, 37 * i) for i in
                                              range(min(step * 4, len(im.d) - at))])
    if "RELR" in one:
        for value in (1, 2, 3, (1 << 8 * im.size) - 1, (1 << 8 * im.size) - 2):
            yield "relr-%x" % value, im.put((im.word, one["RELR"], value))
    if "SYMTAB" in one:
        size, name_at = (24, 0) if im.wide else (16, 0)
        for i in range(1, 6):
            at = one["SYMTAB"] + size * i
            if at + size > len(im.d):
                break
            yield "sym-%d-name" % i, im.put(("I", at + name_at, 0xFFFFFFF0))
            yield "sym-%d-noise" % i, im.put(*[("B", at + 4 + k, 255 - k)
                                               for k in range(size - 4)])
    if "STRTAB" in one:
        at = one["STRTAB"]
        size = im.rows(DT["STRSZ"])[0][1] if im.rows(DT["STRSZ"]) else 16
        size = min(size, len(im.d) - at)
        yield "str-no-nul", im.put(*[("B", at + i, 0x61) for i in range(size)])
        yield "str-controls", im.put(*[("B", at + i, im.d[at + i] and 1 + i % 31)
                                       for i in range(size)])
        yield "str-not-utf8", im.put(*[("B", at + i, im.d[at + i] | 0x80 if im.d[at + i] else 0)
                                       for i in range(size)])
        yield "str-slashes", im.put(*[("B", at + i, im.d[at + i] and 0x2F) for i in range(size)])
        yield "str-dollars", im.put(*[("B", at + i, im.d[at + i] and 0x24) for i in range(size)])


def flips(im, seed, count):
    rng = random.Random(seed)
    # most of what matters is in the first pages and in the dynamic section
    spots = list(range(min(len(im.d), 4096)))
    for at, _, _ in im.dyn:
        spots += [at + i for i in range(2 * im.size)] * 8
    for n in range(count):
        d = bytearray(im.d)
        for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
            d[rng.choice(spots)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        yield "flip-%d" % n, bytes(d)


def variants(data, seed, count):
    im = Image(data)
    seen = set()
    for make in (headers, segments, dynamic, tables, lambda i: flips(i, seed, count)):
        for name, out in make(im):
            if out != im.d and out not in seen:
                seen.add(out)
                yield name, out


def write(built, folder, flip_count):
    """Write all variants; their paths, relative to FOLDER, and the good ones."""
    out, good = [], []
    for arch, seeds in ARCHES.items():
        for seed in seeds:
            source = os.path.join(built, arch, seed)
            if not os.path.exists(source):
                continue
            with open(source, "rb") as f:
                data = f.read()
            stem = "%s-%s" % (arch, seed.replace("/", "-"))
            good.append("good-" + stem)
            with open(os.path.join(folder, good[-1]), "wb") as f:
                f.write(data)
            os.makedirs(os.path.join(folder, stem))
            taken = set()
            for name, variant in variants(data, stem, flip_count):
                while name in taken:  # the second DT_NEEDED, say
                    name += "+"
                taken.add(name)
                path = os.path.join(stem, name)
                with open(os.path.join(folder, path), "wb") as f:
                    f.write(variant)
                out.append(path)
    return out, good


def as_libraries(muslin, folder, names, built):
    """A good program that finds one malformed library after the other by its name."""
    program = os.path.join(built, "x86_64", "57-name-asked-for", "bin", "suffix")
    if not os.path.exists(program):
        return 0, [], True
    fine, bad = 0, []
    link = os.path.join(folder, "libf.so.1")
    for name in names:
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.join(folder, name), link)
        wrong, _ = feed.run(muslin, [program], ["--target", "musl:1.2.5", "--layer", "none",
                                                "--library-path", folder], 20)
        if wrong:
            bad.append((name + " as a library", wrong))
        else:
            fine += 1
    return fine, bad, False


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin")
    ap.add_argument("--built", required=True, help="folder that testbins/build.py filled")
    ap.add_argument("--keep", metavar="FOLDER", help="write the files there and keep them")
    ap.add_argument("--flips", type=int, default=150, help="random variants of each file")
    ap.add_argument("--libraries", type=int, default=400,
                    help="how many are also tried as a library (every so-manieth; default 400)")
    o = ap.parse_args()
    if not o.muslin and not o.keep:
        ap.error("--muslin or --keep is needed")
    with tempfile.TemporaryDirectory(prefix="malform-") as scratch:
        folder = o.keep or scratch
        os.makedirs(folder, exist_ok=True)
        names, good = write(os.path.abspath(o.built), folder, o.flips)
        if not names:
            print("skipped: no fixture was built")
            return 77
        print("%d malformed files from %d good ones" % (len(names), len(good)))
        if not o.muslin:
            return 0
        muslin = os.path.abspath(o.muslin)
        fine, bad, _ = feed.check(muslin, names, ["--target", "musl:1.2.5", "--layer", "none"],
                                  cwd=folder)
        # all that the default does with a file: layers, fixes, an Alpine target
        n, b, _ = feed.check(muslin, names[::3], [], cwd=folder)
        fine, bad = fine + n, bad + [(p + " (default options)", w) for p, w in b]
        n, b, objects = feed.check(muslin, good, ["--target", "musl:1.2.5", "--layer", "none"],
                                   cwd=folder)
        fine, bad = fine + n, bad + b
        bad += [(x["path"], ["the good file is unreadable"]) for x in objects
                if x["kind"] == "unreadable"]
        wanted = [p for p in names if p.startswith("x86_64-3") or p.startswith("x86_64-4")]
        step = max(1, len(wanted) // o.libraries) if o.libraries else 1
        n, b, skipped = as_libraries(muslin, folder, wanted[::step] if o.libraries else [],
                                     os.path.abspath(o.built))
        fine, bad = fine + n, bad + b
        if skipped:
            print("skipped: as a library (the program for it was not built)")
        # what cannot be an ELF file must not be taken for one
        sure = [p for p in names if os.path.basename(p) in ("empty", "magic-only", "ident-only")]
        _, _, objects = feed.check(muslin, sure, [], cwd=folder)
        for x in objects:
            if x["kind"] in ("unreadable", "not-elf"):
                fine += 1
            else:
                bad.append((x["path"], ["taken for: %s" % x["kind"]]))
    for path, wrong in bad[:60]:
        print("FAILED %s: %s" % (path, "; ".join(wrong)))
    print("tally: %d passed, %d failed, %d skipped" % (fine, len(bad), int(skipped)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
