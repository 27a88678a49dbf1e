#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the fixtures: every folder NN-name/case.toml becomes a small root tree of binaries.

    build.py --out DIR [--arch A]... [--case NAME]...

The result is DIR/ARCH/NN-name/…, and DIR/manifest.json says what was built and
what was not, and why. A machine whose cross compiler is absent is left out and
said so. The sources are in the case files; no binary is kept in the repository.

How a case is written (TOML):

    purpose   what the case shows; required
    arches    machines it is for; default: all
    tools     commands that must exist, else the case is skipped
    [stub]    "libc.so.6" = ["puts@GLIBC_2.34", "stdout:8@GLIBC_2.34"]
              libraries that are only there to link with, in stub/, where no loader
              looks: functions, or objects of so many bytes, at a symbol version
    [[file]]  one file of the tree:
      path    where, relative to the root
      kind    lib, prog (PIE), exec (non-PIE), static, static-pie, object, archive,
              text, symlink, hardlink, folder, patch, cc (see below)
      source  C; `_start` is added to a program that has none
      link    files of the tree to link with, in order
      flags   further options of the compiler
      soname  default: the file's name; "" for none
      versions  a linker version script
      interp  default: glibc's; "" for none
      hash    gnu (default) or sysv
      mode    permission bits, octal
      to      text or link target, or the file that a patch starts from
      needed_empty, needed_same, retag, e_type, e_machine   what a patch changes
      command kind cc: a whole command with {src} and {out}
    [[expect]], [[expect.on]], targets: see tests/cli/fixtures.py

In strings, {glibc} and {musl} are the machine's interpreters, {musl_arch} is the
name in ld-musl-ARCH.so.1, {arch} muslin's name of the machine, {other_arch} that of
another one, {ptr} the size of a pointer, {irelative} a relocation type.
"""

import argparse
import concurrent.futures
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))

# name: (compilers to try, glibc's interpreter, ARCH of ld-musl-ARCH.so.1, IRELATIVE)
MACHINES = {
    "x86_64": ("x86_64-linux-gnu-gcc", "/lib64/ld-linux-x86-64.so.2", "x86_64", 37),
    "x86": ("i686-linux-gnu-gcc", "/lib/ld-linux.so.2", "i386", 42),
    "aarch64": ("aarch64-linux-gnu-gcc", "/lib/ld-linux-aarch64.so.1", "aarch64", 1032),
    "armhf": ("arm-linux-gnueabihf-gcc", "/lib/ld-linux-armhf.so.3", "armhf", 160),
    "ppc64le": ("powerpc64le-linux-gnu-gcc", "/lib64/ld64.so.2", "powerpc64le", 248),
    "s390x": ("s390x-linux-gnu-gcc", "/lib/ld64.so.1", "s390x", 61),
    "riscv64": ("riscv64-linux-gnu-gcc", "/lib/ld-linux-riscv64-lp64d.so.1", "riscv64", 58),
}
NATIVE = {"i686": "x86", "armv7l": "armhf"}.get(platform.machine(), platform.machine())

COMPILE = ["-O1", "-g0", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fplt",
           "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fcf-protection=none", "-w"]
LINK = ["-Wl,--build-id=none", "-Wl,--no-as-needed", "-Wl,-z,noexecstack", "-Wl,-z,lazy",
        "-Wl,--allow-shlib-undefined", "-Wl,--enable-new-dtags"]
KINDS = {
    "lib": ["-shared", "-fPIC"],
    "prog": ["-pie", "-fPIE"],
    "exec": ["-no-pie", "-fno-pie"],
    "static": ["-static", "-no-pie", "-fno-pie"],
    "static-pie": ["-static-pie", "-fPIE", "-Wl,--no-dynamic-linker"],
    "object": ["-c", "-fPIC"],
    "archive": ["-c", "-fPIC"],
}


class Skip(Exception):
    """The case cannot be built here; why is the text."""


class Broken(Exception):
    """The case should have been built and was not."""


def compiler(arch):
    """The compiler for a machine, None when it is not installed."""
    cross = shutil.which(MACHINES[arch][0])
    if cross:
        return cross
    return shutil.which("gcc") or shutil.which("cc") if arch == NATIVE else None


def variables(arch):
    _, glibc, musl_arch, irelative = MACHINES[arch]
    return {"{glibc}": glibc, "{musl}": "/lib/ld-musl-%s.so.1" % musl_arch,
            "{musl_arch}": musl_arch, "{irelative}": irelative, "{arch}": arch,
            "{other_arch}": "x86_64" if arch == "aarch64" else "aarch64",
            "{ptr}": 4 if arch in ("x86", "armhf") else 8}


def fill(value, names):
    """Put the machine's names into every string of a case."""
    if isinstance(value, dict):
        return {fill(k, names): fill(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, names) for v in value]
    if isinstance(value, str):
        if value == "{irelative}":  # a number, the only place where it is used
            return names[value]
        for k, v in names.items():
            value = value.replace(k, str(v))
    return value


def load(name, arch):
    """One case as a dict, with the machine's names filled in."""
    with open(os.path.join(HERE, name, "case.toml"), "rb") as f:
        return fill(tomllib.load(f), variables(arch))


def cases():
    """Names of all cases, in order."""
    return sorted(n for n in os.listdir(HERE) if os.path.exists(os.path.join(HERE, n, "case.toml")))


def run(argv, cwd):
    p = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       env={**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"})
    if p.returncode:
        raise Broken("%s\n%s" % (" ".join(argv), p.stdout))


def stub_source(symbols):
    """C and version script of a library that only has the given symbols."""
    code, versions = [], {}
    for row in symbols:
        name, _, version = row.partition("@")
        name, _, size = name.partition(":")
        code.append("char %s[%s];" % (name, size) if size else "void %s(void) {}" % name)
        versions.setdefault(version, []).append(name)
    script = "".join("%s { global: %s; };\n" % (v, "; ".join(n))
                     for v, n in sorted(versions.items()) if v)
    return "\n".join(code) + "\n", script


class Builder:
    """Builds one case for one machine into one folder."""

    def __init__(self, cc, root):
        self.cc, self.root, self.n = cc, root, 0

    def scratch(self, suffix, content):
        self.n += 1
        path = os.path.join(self.root, ".build", "%d%s" % (self.n, suffix))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)
        return os.path.relpath(path, self.root)

    def compile(self, f):
        kind = f["kind"]
        source = f.get("source", "")
        if kind not in ("lib", "object", "archive") and "_start" not in source:
            source += "\nvoid _start(void) {}\n"
        argv = [self.cc] + COMPILE + KINDS[kind]
        out = f["path"]
        if kind in ("object", "archive"):
            out = out if kind == "object" else self.scratch(".o", "")
            argv += f.get("flags", []) + ["-o", out, self.scratch(".c", source)]
            run(argv, self.root)
            if kind == "archive":
                run([self.cc.replace("gcc", "gcc-ar"), "rcsD", f["path"], out], self.root)
            return
        argv += LINK + ["-Wl,--hash-style=" + f.get("hash", "gnu")]
        if kind == "lib" and f.get("soname") != "":
            argv.append("-Wl,-soname," + f.get("soname", os.path.basename(out)))
        if kind in ("prog", "exec"):
            interp = f.get("interp")
            argv.append("-Wl,--no-dynamic-linker" if interp == "" else
                        "-Wl,--dynamic-linker=" + (interp or self.glibc))
        if "versions" in f:
            argv.append("-Wl,--version-script=" + self.scratch(".map", f["versions"]))
        argv += f.get("flags", []) + ["-o", out, self.scratch(".c", source)] + f.get("link", [])
        run(argv, self.root)

    def stub(self, name, symbols):
        source, script = stub_source(symbols)
        f = {"kind": "lib", "path": "stub/" + name, "source": source}
        if script:
            f["versions"] = script
        self.compile(f)

    def patch(self, f):
        """A copy of another file with a few header or dynamic fields changed."""
        with open(os.path.join(self.root, f["to"]), "rb") as src:
            d = bytearray(src.read())
        wide, e = d[4] == 2, "<" if d[5] == 1 else ">"
        for key, at in (("e_type", 16), ("e_machine", 18)):
            if key in f:
                struct.pack_into(e + "H", d, at, f[key])
        rows = list(dynamic_rows(d, wide, e))
        word = e + ("Q" if wide else "I")
        size = 8 if wide else 4
        needed = [(at, value) for at, tag, value in rows if tag == 1]
        if "needed_empty" in f:
            struct.pack_into(word, d, needed[f["needed_empty"]][0] + size, 0)
        if "needed_same" in f:  # [which, as which]
            struct.pack_into(word, d, needed[f["needed_same"][0]][0] + size,
                             needed[f["needed_same"][1]][1])
        for old, new in f.get("retag", []):
            at = [at for at, tag, _ in rows if tag == old]
            if not at:
                raise Broken("%s: no dynamic tag %#x" % (f["to"], old))
            struct.pack_into(word, d, at[0], new)
        self.write(f["path"], bytes(d))
        shutil.copymode(os.path.join(self.root, f["to"]), os.path.join(self.root, f["path"]))

    def write(self, path, data):
        with open(os.path.join(self.root, path), "wb") as out:
            out.write(data)

    def make(self, f):
        path = os.path.join(self.root, f["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        kind = f["kind"]
        if kind == "text":
            self.write(f["path"], f["to"].encode())
        elif kind == "symlink":
            os.symlink(f["to"], path)
        elif kind == "hardlink":
            os.link(os.path.join(self.root, f["to"]), path)
        elif kind == "folder":
            os.makedirs(path)
        elif kind == "patch":
            self.patch(f)
        elif kind == "cc":
            src = self.scratch(f.get("suffix", ".c"), f.get("source", ""))
            run([w.replace("{src}", src).replace("{out}", f["path"]).replace("{cc}", self.cc)
                 for w in f["command"]], self.root)
        else:
            self.compile(f)
        if "mode" in f:
            os.chmod(path, int(f["mode"], 8))


def dynamic_rows(d, wide, e):
    """(file offset, tag, value) of the dynamic section, by the program headers."""
    if wide:
        phoff, = struct.unpack_from(e + "Q", d, 32)
        size, count = struct.unpack_from(e + "HH", d, 54)
    else:
        phoff, = struct.unpack_from(e + "I", d, 28)
        size, count = struct.unpack_from(e + "HH", d, 42)
    for i in range(count):
        at = phoff + i * size
        kind, = struct.unpack_from(e + "I", d, at)
        if kind != 2:
            continue
        off, = struct.unpack_from(e + ("Q" if wide else "I"), d, at + (8 if wide else 4))
        form = e + ("QQ" if wide else "II")
        while True:
            tag, value = struct.unpack_from(form, d, off)
            if tag == 0:
                return
            yield off, tag, value
            off += struct.calcsize(form)


def build(name, arch, cc, out):
    """Build one case; a row for the manifest."""
    row = {"case": name, "arch": arch, "dir": "%s/%s" % (arch, name)}
    case = load(name, arch)
    if arch not in case.get("arches", [arch]):
        return None
    root = os.path.join(out, row["dir"])
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    try:
        missing = [t for t in case.get("tools", []) if not shutil.which(t)]
        if missing:
            raise Skip("needs %s" % ", ".join(missing))
        b = Builder(cc, root)
        b.glibc = variables(arch)["{glibc}"]
        if case.get("stub"):
            os.makedirs(os.path.join(root, "stub"))
        for library, symbols in case.get("stub", {}).items():
            b.stub(library, symbols)
        for f in case["file"]:
            b.make(f)
        row["built"] = True
    except Skip as e:
        row.update(built=False, skipped=str(e))
    except Broken as e:
        if case.get("may_fail"):
            row.update(built=False, skipped="%s: %s" % (case["may_fail"], str(e).split("\n")[-2]))
        else:
            row.update(built=False, error=str(e))
    finally:
        shutil.rmtree(os.path.join(root, ".build"), ignore_errors=True)
    return row


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", help="folder to build into")
    ap.add_argument("--arch", action="append", choices=sorted(MACHINES))
    ap.add_argument("--case", action="append", help="only this folder; can be repeated")
    ap.add_argument("--list", action="store_true", help="print the case files and exit")
    ap.add_argument("--record", action="store_true",
                    help="exit 0 also when a case fails to build: the manifest says so")
    ap.add_argument("--jobs", type=int, default=2)
    o = ap.parse_args()
    if o.list:
        print("\n".join("%s/case.toml" % n for n in cases()))
        return 0
    if not o.out:
        ap.error("--out is needed")
    out = os.path.abspath(o.out)
    rows, work = [], []
    for arch in o.arch or list(MACHINES):
        cc = compiler(arch)
        if cc is None:
            rows.append({"arch": arch, "case": None, "built": False,
                         "skipped": "no %s" % MACHINES[arch][0]})
            print("skipped %s: no %s" % (arch, MACHINES[arch][0]))
            continue
        work += [(name, arch, cc) for name in o.case or cases()]
    with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
        rows += [r for r in pool.map(lambda w: build(*w, out), work) if r]
    broken = 0
    for r in rows:
        if r.get("error"):
            broken += 1
            print("FAILED %s %s:\n%s" % (r["arch"], r["case"], r["error"]))
        elif r.get("skipped") and r["case"]:
            print("skipped %s %s: %s" % (r["arch"], r["case"], r["skipped"]))
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "manifest.json"), "w", encoding="utf-8") as f:
        json.dump({"native": NATIVE, "cases": rows}, f, indent=1)
        f.write("\n")
    print("%d built, %d failed, %d skipped" % (
        sum(bool(r["built"]) for r in rows), broken,
        sum("skipped" in r for r in rows)))
    return 1 if broken and not o.record else 0


if __name__ == "__main__":
    sys.exit(main())
