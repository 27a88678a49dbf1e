#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that what `muslin check` says remains after a fix is what the real loader says.

Every fix that was simulated is made: patchelf runs on a copy of the file with the options
of the fix's own command line, the path file is written by the command that the fix names,
gcompat and companions are libraries with the names and the symbols of the database's
tables (see layers.py: how they answer is what counts, not what they do). The copy is put
in the place of the file by an overlay file system of its own, which only the loader run
in it sees, so that $ORIGIN, a library's need of itself and everything else that goes by
a path are what they would be. Then the loader lists, and that is compared with `remains`:
the libraries and who needs them, the symbols and where, the relocation types, in order.

Where gcompat is in a fix, its loader starts programs: it calls musl's by glibc's name and
has its library preloaded (gcompat's loader/loader.c). So this does, where nothing in the
file was changed to get round that loader. Nothing of glibc's own loader takes part.

Debian's path file does not name the folders that Alpine's packages put their files in.
Where no path file is part of the fix, a folder with those files alone is added to it.

Two sets: the programs of /usr/bin and /usr/sbin, and 200 of the libraries and python
modules, those whose paths have the lowest checksums.

Exit status: 0 all agree, 1 something differs, 2 muslin broke its contract, 77 it cannot
be tried here.
"""

import argparse
import collections
import concurrent.futures
import ctypes
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import conformance
import elfid
import layers
import ldso

DATA = os.path.join(HERE, "..", "..", "src", "db", "data")
MUSL_INTERP = "/lib/ld-musl-x86_64.so.1"
PATH_FILE = "etc/ld-musl-x86_64.path"
LAYER_ALONE = "muslin-layer"
CLONE_NEWNS, MS_RDONLY, MS_REC, MS_PRIVATE = 0x20000, 1, 0x4000, 0x40000
FIELDS = {"missing_libraries": ("missing", "name", "needed_by"),
          "missing_symbols": ("symbols", "object", "symbol"),
          "unsupported_relocations": ("unsupported", "object", "type")}
libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """A fix that cannot be made here."""


# ---- mounts: seen by this process and its children alone

def call(name, *args):
    if getattr(libc, name)(*args):
        raise OSError(ctypes.get_errno(), name)


def mount(kind, at, flags, options):
    call("mount", b"none", os.fsencode(at), kind, ctypes.c_ulong(flags), options)


def leave_namespace():
    call("unshare", CLONE_NEWNS)
    mount(None, "/", MS_REC | MS_PRIVATE, None)


# ---- what a fix puts beside the file

def rows(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]


def newest_layer(layer):
    """(path, target) of the newest package's files."""
    for kind, path, target, _since, until in rows("layers.tsv"):
        if kind == layer and until == "-":
            yield path.replace("{interp}", layers.INTERP, 1) if path != "{interp}" \
                else "/lib64/" + layers.INTERP, target


def make_layer(folder):
    """gcompat's files, each library one file however many names it has."""
    built = os.path.join(folder, "built")
    os.mkdir(built)
    layers.build(built)
    root = os.path.join(folder, "gcompat")
    alone = os.path.join(root, LAYER_ALONE)
    os.makedirs(alone)
    first = {}
    for path, target in newest_layer("gcompat"):
        # one of the three is a link on a merged-/usr system: files go where it leads
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        name = root + real
        os.makedirs(os.path.dirname(name), exist_ok=True)
        if os.path.exists(name):
            continue
        if target in first:
            os.link(first[target], name)
        else:
            shutil.copy(os.path.join(built, layers.INTERP if target == "loader" else target), name)
            first[target] = name
        link = os.path.join(alone, os.path.basename(path))
        if not os.path.lexists(link):
            os.symlink(path, link)
    return root


def make_companions(folder):
    """{soname: root}: a root with one library each, by the database's tables."""
    roots = {}
    symbols = collections.defaultdict(list)
    for library, symbol, *_ in rows("companion-symbols.tsv"):
        symbols[library].append(symbol)
    for library, soname, *_ in rows("companions.tsv"):
        if soname in ("", "-") or soname in roots:
            continue
        root = roots[soname] = os.path.join(folder, "companion-" + soname)
        alone = os.path.join(root, LAYER_ALONE)
        lib = root + os.path.realpath("/usr/lib")
        os.makedirs(lib)
        os.makedirs(alone)
        os.symlink("/usr/lib/" + soname, os.path.join(alone, soname))
        source = "".join(f'void f{i}(void) __asm__("{s}"); void f{i}(void) {{}}\n'
                         for i, s in enumerate(symbols[library]))
        subprocess.run(["cc", "-w", "-nostdlib", "-shared", "-fPIC", "-x", "c", "-", "-o",
                        os.path.join(lib, soname), "-Wl,-soname," + soname],
                       input=source.encode(), check=True)
    return roots


def companions_of(fix):
    """The sonames that its patchelf command adds, but gcompat's."""
    for line in fix["commands"]:
        words = shlex.split(line)
        yield from (b for a, b in zip(words, words[1:])
                    if words[0] == "patchelf" and a == "--add-needed" and "gcompat" not in b)


# ---- making a fix

def write_path_file(fix, top):
    """By the fix's own command, with the path replaced."""
    os.makedirs(os.path.join(top, "etc"))
    target = os.path.join(top, PATH_FILE)
    lines = [c for c in fix["commands"] if c.startswith("printf ")]
    if "loader-path" in fix["steps"]:
        assert len(lines) == 1 and lines[0].endswith(" > /" + PATH_FILE), lines
        text = lines[0][:-len("/" + PATH_FILE)] + shlex.quote(target)
        subprocess.run(["sh", "-c", text], check=True)
        return
    assert not lines, lines
    folders = []
    if os.path.exists("/" + PATH_FILE):
        with open("/" + PATH_FILE, encoding="utf-8") as f:
            folders = re.split("[:\n]+", f.read().strip())
    else:
        folders = ["/lib", "/usr/local/lib", "/usr/lib"]
    if {"gcompat", "add-companion"} & set(fix["steps"]):
        folders.append("/" + LAYER_ALONE)
    with open(target, "w", encoding="utf-8") as f:
        f.write("\n".join(folders) + "\n")


def copy_of(path, top):
    copy = os.fsencode(top) + path
    if not os.path.exists(copy):
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(path, copy)
    return copy


def name_started_by(path, top):
    """Under --list the loader calls itself what PT_INTERP says, not what it was called by.

    gcompat's loader calls it by glibc's file name: so that it answers to that name, it is
    written into PT_INTERP, which has the room.
    """
    copy = copy_of(path, top)
    for kind, offset, _addr, size, _mem in elfid.read(copy).segments:
        if kind == elfid.PT_INTERP and size > len(layers.INTERP):
            with open(copy, "r+b") as f:
                f.seek(offset)
                f.write(layers.INTERP.encode().ljust(size, b"\0"))


def run_patchelf(fix, path, top):
    """By the fix's own command, on a copy that takes the file's place."""
    wanted = {"set-interpreter", "remove-needed", "add-companion", "add-needed", "set-rpath"}
    lines = [shlex.split(c) for c in fix["commands"] if c.startswith("patchelf ")]
    if not wanted & set(fix["steps"]):
        assert not lines, lines
        return
    assert lines, fix["commands"]
    copy = copy_of(path, top)
    for argv in lines:
        assert os.fsencode(argv[-1]) == path, argv
        p = subprocess.run(argv[:-1] + [copy], capture_output=True, text=True,
                           errors="replace", check=False, timeout=60)
        if p.returncode:
            said = p.stderr.strip().replace(os.fsdecode(copy), "FILE")
            raise Skip("patchelf refuses: " + said[:80])


def started_by_gcompat(fix):
    return "gcompat" in fix["steps"] and not {"set-interpreter", "add-needed"} & set(fix["steps"])


class Bench:
    """The roots that all fixes share, and the loader."""

    def __init__(self, folder, loader, timeout):
        self.folder, self.loader, self.timeout = folder, loader, timeout
        self.gcompat = make_layer(folder)
        self.companions = make_companions(folder)

    def ask(self, path, fix, top):
        """--list in a root where the fix was made."""
        lower = [top]
        if "gcompat" in fix["steps"]:
            lower.append(self.gcompat)
        if "add-companion" in fix["steps"]:
            lower += [self.companions[name] for name in companions_of(fix)]
        argv = [self.loader]
        if started_by_gcompat(fix):
            argv = [layers.INTERP, "--preload", "/lib/libgcompat.so.0"]
        argv += ["--list", "--", path]
        at = top + ".root"
        os.mkdir(at)
        options = ("lowerdir=" + ":".join(lower + ["/"])).encode()

        def inside():
            call("unshare", CLONE_NEWNS)
            mount(b"overlay", at, MS_RDONLY, options)
            os.chroot(at)
            os.chdir("/")
        try:
            p = subprocess.run(argv, executable=self.loader, stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=self.timeout, preexec_fn=inside,
                               env={"LC_ALL": "C"}, check=False)
        except subprocess.TimeoutExpired:
            raise Skip("the loader does not end") from None
        finally:
            os.rmdir(at)
        return ldso.parse_loader(p.stdout, p.stderr, p.returncode)

    def judge(self, job):
        """Lines that tell what differs, or a Skip."""
        number, obj, fix = job
        path = ldso.object_path(obj)
        top = os.path.join(self.folder, str(number))
        os.mkdir(top)
        try:
            if "packages" in fix["steps"]:
                raise Skip("packages are not here")
            if "libc6-compat" in fix["steps"]:
                raise Skip("libc6-compat's files are musl itself")
            write_path_file(fix, top)
            run_patchelf(fix, path, top)
            if started_by_gcompat(fix):
                name_started_by(path, top)
            real = self.ask(path, fix, top)
            if real.status == "crash":
                raise Skip("the loader crashes: " + real.detail)
            return compare(fix, real)
        except Skip as e:
            return e
        finally:
            shutil.rmtree(top, ignore_errors=True)


def compare(fix, real):
    out = []
    remains = fix["remains"]
    for key, (field, a, b) in FIELDS.items():
        ours = [(x[a], x[b]) for x in remains[key]]
        theirs = getattr(real, field)
        out += ["only muslin says: %s %s %s" % (field, *x) for x in ours if x not in theirs]
        out += ["only the loader says: %s %s %s" % (field, *x) for x in theirs if x not in ours]
        if ours != theirs and not out:
            out.append("%s: the same in another order" % field)
    host = {(x["object"], x["symbol"]) for x in remains["missing_symbols"]
            if x["origin"] == "host"}
    nothing = not (real.missing or real.unsupported or set(real.symbols) - host)
    if fix["complete"] and not nothing:
        out.append("called complete, but something remains")
    # what --list does not show is why else: an interpreter, relocations passed over, TLS
    if not fix["complete"] and nothing and not ("what remains: " in fix["summary"] and any(
            s in fix["summary"] for s in ("initial-exec TLS", "DT_RELR", "the interpreter"))):
        out.append("called incomplete, but nothing remains")
    return out + ["unexpected line: " + s for s in real.strange]


# ---- which files

def programs():
    return [p for p, elf in conformance.own_files(["/usr/bin", "/usr/sbin"])
            if elf.dynamic is not None]


def libraries(count):
    folders = sorted(glob.glob("/usr/lib/python3*")) + conformance.arch_folders()
    found = [p for p, elf in conformance.own_files(folders) if elf.dynamic is not None]
    return sorted(sorted(found, key=lambda p: hashlib.sha256(p).digest())[:count])


def check(muslin, target, paths):
    """Objects of one run, or None where muslin breaks its contract."""
    run = subprocess.run([muslin, "check", "-f", "ndjson", "-t", target, "--files-from", "-"],
                         input=b"".join(p + b"\n" for p in paths), capture_output=True,
                         check=False)
    if run.returncode not in (0, 1):
        print(run.stderr.decode(errors="replace"))
        return None
    objects = [o for o in map(json.loads, run.stdout.splitlines()) if "path" in o]
    return objects if len(objects) == len(paths) else None


def run_set(name, bench, objects, workers, verbose):
    began = time.monotonic()
    jobs = [(i, o, f) for i, (o, f) in enumerate(
        (o, f) for o in objects for f in o["fixes"] if f["proof"] != "advice" and f["steps"])]
    counts = collections.defaultdict(lambda: [0, 0, 0])
    why = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for (_, obj, fix), got in zip(jobs, pool.map(bench.judge, jobs)):
            which = 2 if isinstance(got, Skip) else 1 if got else 0
            counts["+".join(fix["steps"])][which] += 1
            if which == 2:
                why[str(got)] += 1
                if verbose:
                    print("SKIPPED", name, obj["path"], "+".join(fix["steps"]), got)
            for line in got[:5] if which == 1 else []:
                print("DIFFERS", name, obj["path"], "+".join(fix["steps"]), line)
    for steps, c in sorted(counts.items()):
        print("%s: %s: %d agree, %d differ, %d skipped" % (name, steps, *c))
    for reason, n in sorted(why.items()):
        print("%s: %d skipped: %s" % (name, n, reason))
    print("%s: %d files, %d fixes, %.0f s" % (name, len(objects), len(jobs),
                                              time.monotonic() - began))
    sys.stdout.flush()
    return [sum(c[i] for c in counts.values()) for i in range(3)]


def possible(loader):
    if not os.path.exists(loader) or not shutil.which("cc") or not shutil.which("patchelf"):
        return "no musl loader, no compiler or no patchelf here"
    if os.geteuid() != 0:
        return "an overlay file system needs root's rights"
    try:
        leave_namespace()
    except OSError as e:
        return "no mounts can be made here: %s" % e
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("muslin")
    parser.add_argument("--loader", default=MUSL_INTERP)
    parser.add_argument("--jobs", type=int, default=2, help="real loaders at a time (default 2)")
    parser.add_argument("--timeout", type=float, default=20, help="seconds per real loader")
    parser.add_argument("--sample", type=int, metavar="N", help="only N programs, by checksum")
    parser.add_argument("--libraries", type=int, default=200, metavar="N",
                        help="how many libraries (default 200)")
    parser.add_argument("--verbose", action="store_true", help="each fix that is skipped, too")
    parser.add_argument("files", nargs="*", help="only these; as one set")
    args = parser.parse_args()
    trouble = possible(args.loader)
    if trouble:
        print(trouble)
        return 77
    target = "musl-debian:" + ldso.loader_version(args.loader)[1]
    started = programs() if not args.files else []
    if args.sample:
        started = sorted(sorted(started, key=lambda p: hashlib.sha256(p).digest())[:args.sample])
    sets = {"programs": started, "libraries": libraries(args.libraries)}
    if args.files:
        own = elfid.read(sys.executable)
        given = [(os.path.realpath(f), elfid.read(f)) for f in args.files]
        sets = {"given": [os.fsencode(f) for f, elf in given
                          if elf and elf.dynamic is not None and elf.identity == own.identity]}
    total = [0, 0, 0]
    with tempfile.TemporaryDirectory(prefix="fixes-") as folder:
        mount(b"tmpfs", folder, 0, None)
        try:
            bench = Bench(folder, args.loader, args.timeout)
            for name, paths in sets.items():
                objects = check(os.path.abspath(args.muslin), target, paths)
                if objects is None:
                    print("FAILED: muslin did not answer as documented")
                    return 2
                counts = run_set(name, bench, objects, args.jobs, args.verbose)
                total = [a + b for a, b in zip(total, counts)]
        finally:
            libc.umount2(os.fsencode(folder), 2)
    print("tally: %d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
