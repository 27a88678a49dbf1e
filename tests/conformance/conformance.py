#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove that the simulation says what the real musl loader says, file by file.

Every ELF file of this machine's own type below the given folders is judged
twice: by muslin, all of them in one run, and by `ld-musl-ARCH.so.1 --list`,
once per file. Compared are the libraries loaded (name and path, in order), the
missing libraries and who needs them, the symbols not found and in which object,
and the unsupported relocations. All of it must agree, in order.

Without --library-path, --preload or --root it does so in three set-ups:
plain        the loader's own search path
arch-path    --library-path on the folder where this distribution keeps its libraries
no-glibc     --library-path on a folder of links to all libraries but glibc's own

A loader that crashes or hangs is listed and counted apart; what it said before
must still be how muslin's answer begins.

Exit status: 0 all agree, 1 something differs, 2 muslin broke its contract,
77 there is no musl loader here.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import elfid
import ldso

# Of libc6, where dpkg cannot be asked which files those are.
GLIBC_SONAMES = re.compile(
    r"^(ld-linux.*|ld64|ld|libc|libm|libdl|librt|libpthread|libutil|libresolv|libcrypt|libnsl"
    r"|libanl|libmvec|libBrokenLocale|libthread_db|libnss_.*|libmemusage|libpcprofile"
    r"|libc_malloc_debug|libSegFault|libcidn)\.so(\.[0-9]+)*$")


class Contract(Exception):
    """muslin did not answer as documented."""


def own_files(folders, root=None):
    """Paths of the regular ELF files of this machine's type, links resolved, each inode once."""
    own = elfid.read(root + "/bin/sh" if root else sys.executable)
    if own is None:
        own = elfid.read(sys.executable)
    seen, out, skipped = set(), [], 0
    for folder in folders:
        top = (root or "") + folder
        for at, subdirs, names in os.walk(os.fsencode(top)):
            subdirs.sort()
            for name in sorted(names):
                path = os.path.join(at, name)
                if root is None:
                    path = os.path.realpath(path)
                elif os.path.islink(path):
                    continue
                try:
                    st = os.stat(path)
                except OSError:
                    continue
                if not os.path.isfile(path) or (st.st_dev, st.st_ino) in seen:
                    continue
                seen.add((st.st_dev, st.st_ino))
                elf = elfid.read(path)
                if elf is None or elf.identity != own.identity:
                    continue
                if b"\n" in path:
                    skipped += 1
                    continue
                out.append((path[len(os.fsencode(root)):] if root else path, elf))
    if skipped:
        print("%d files left out: a newline in the name" % skipped)
    return out


def run_muslin(muslin, target, files, setup, timeout, source=None):
    """One run over all files; {path: Answer}. SOURCE: what `muslin scan` says of it."""
    argv = [muslin, "check", "--format", "ndjson", "--target", target, "--layer", "none",
            "--files-from", "-"]
    if source is not None:
        argv = [muslin, "scan", "--format", "ndjson", "--target", target, "--layer", "none",
                "--fail-on", "never", source]
        setup = {}
    for option in ("library_path", "preload", "root"):
        if setup.get(option) is not None:
            argv += ["--" + option.replace("_", "-"), setup[option]]
    env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    env["LC_ALL"] = "C"
    p = subprocess.run(argv, input=b"".join(path + b"\n" for path, _ in files),
                       stdout=subprocess.PIPE, timeout=timeout, env=env)
    if p.returncode not in (0, 1):
        raise Contract("%s\nexited with %d" % (" ".join(argv), p.returncode))
    answers, summary = {}, False
    wanted = {path for path, _ in files}
    for line in p.stdout.split(b"\n"):
        if not line:
            continue
        if summary:
            raise Contract("a line after the summary: %r" % line[:200])
        obj = json.loads(line)
        if "summary" in obj and "path" not in obj:
            summary = True
            continue
        if "path" not in obj:
            continue  # what a scan tells beside objects
        path = ldso.object_path(obj)
        if source is not None and (path not in wanted or obj["kind"] == "script"):
            continue
        if path in answers:
            raise Contract("two objects for %r" % path)
        results = [r for r in obj["results"] if r["target"] == target]
        if len(results) != 1 or results[0]["layer"] != "none" or results[0]["mode"] != "start":
            raise Contract("%r: wanted one result of %s, layer none, mode start; got %s" % (
                path, target, [(r["target"], r["layer"], r["mode"]) for r in obj["results"]]))
        answers[path] = ldso.from_result(results[0])
    if not summary:
        raise Contract("no summary line at the end")
    return answers


def link_folder(libraries, folder):
    """Fill FOLDER with links to all libraries but glibc's own; how many."""
    own = set()
    try:
        listing = subprocess.run(["dpkg", "-L", "libc6"], capture_output=True, check=True,
                                 env={**os.environ, "LC_ALL": "C"}).stdout
        own = {os.path.realpath(line) for line in os.fsdecode(listing).splitlines()
               if ".so" in line}
    except (OSError, subprocess.CalledProcessError):
        pass
    count = 0
    for library in libraries:
        name = os.path.basename(library)
        real = os.path.realpath(library)
        if real in own if own else GLIBC_SONAMES.match(name):
            continue
        if not os.path.isfile(real) or os.path.lexists(os.path.join(folder, name)):
            continue
        os.symlink(real, os.path.join(folder, name))
        count += 1
    return count


def arch_folders():
    """The folders where this machine's glibc keeps libraries: multiarch, or plain."""
    machine = {"armv7l": "arm", "i686": "i386", "ppc64le": "powerpc64le"}.get(
        platform.machine(), platform.machine())
    found = sorted(glob.glob("/usr/lib/%s-linux-gnu*" % machine))
    return found or [d for d in ("/usr/lib64", "/usr/lib") if os.path.isdir(d)][:1]


def compare(name, files, ours, real, verbose):
    """Print what differs; (agreed, differed, crashed, timed out)."""
    agree = differ = crashes = timeouts = 0
    for path, elf in files:
        r = real[path]
        shown = ldso.text(path)
        mine = ours.get(path)
        if r.status in ("crash", "timeout"):
            kind = "%s (%s)" % (r.status, r.detail)
            crashes += r.status == "crash"
            timeouts += r.status == "timeout"
            if mine is None or not ldso.is_prefix(r, mine):
                differ += 1
                print("DIFFERS %s %s: the loader: %s, and what it said before is not how "
                      "muslin's answer begins" % (name, shown, kind))
                print("  loader: " + "\n  loader: ".join(r.lines()))
                if mine:
                    print("  muslin: " + "\n  muslin: ".join(mine.lines()))
            else:
                print("LOADER %s %s: %s" % (name, shown, kind))
            continue
        if mine is None:
            what = ["muslin has no answer for it"]
        elif elf.static_pie:
            # the loader would relocate it; started as a program it never sees a loader
            what = [] if mine.status == "not-applicable" else [
                "static-pie must be not-applicable, muslin says %s" % mine.status]
        else:
            what = ldso.differences(mine, r)
        if not what:
            agree += 1
            continue
        differ += 1
        print("DIFFERS %s %s" % (name, shown))
        print("  " + "\n  ".join(what))
        if verbose:
            print("  loader: " + "\n  loader: ".join(r.lines()))
            if mine:
                print("  muslin: " + "\n  muslin: ".join(mine.lines()))
    for path in sorted(set(ours) - {p for p, _ in files}):
        differ += 1
        print("DIFFERS %s %s: muslin answers for a file that it was not given" % (
            name, ldso.text(path)))
    return agree, differ, crashes, timeouts


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("muslin")
    ap.add_argument("--loader", help="default: /lib/ld-musl-ARCH.so.1")
    ap.add_argument("--argv0", help="what the loader is told that its own path is "
                    "(default: the path where the target has it)")
    ap.add_argument("--target", help="default: musl-debian:VERSION on Debian, else musl:VERSION")
    ap.add_argument("--library-path")
    ap.add_argument("--preload")
    ap.add_argument("--root", help="compare inside this root, by chroot (needs root's rights)")
    ap.add_argument("--scan", metavar="SOURCE", help="judge by `muslin scan SOURCE`: the root "
                    "itself, or an image of it")
    ap.add_argument("--set", action="append", choices=["plain", "arch-path", "no-glibc"],
                    help="only this set-up; can be repeated")
    ap.add_argument("--jobs", type=int, default=2, help="real loaders at a time (default 2)")
    ap.add_argument("--timeout", type=int, default=20, help="seconds per real loader")
    ap.add_argument("--verbose", action="store_true", help="both answers of what differs, whole")
    ap.add_argument("folders", nargs="*", metavar="FOLDER",
                    help="default: /usr/bin /usr/sbin /usr/lib")
    o = ap.parse_intermixed_args()

    default = sorted(glob.glob("/lib/ld-musl-*.so.1"))
    loader = o.loader or (default[0] if default else None)
    version = ldso.loader_version((o.root or "") + loader) if loader else None
    if version is None:
        print("skipped: no musl loader that runs here (%s)" % (loader or "/lib/ld-musl-*.so.1"))
        return 77
    argv0 = o.argv0 or "/lib/ld-musl-%s.so.1" % version[0]
    debian = os.path.exists("/var/lib/dpkg/info/musl:%s.list" % {
        "x86_64": "amd64", "aarch64": "arm64"}.get(version[0], version[0]))
    target = o.target or ("musl-debian:" if debian else "musl:") + version[1]
    if o.root and os.geteuid() != 0:
        print("skipped: --root needs chroot, which needs root's rights")
        return 77

    files = own_files(o.folders or ["/usr/bin", "/usr/sbin", "/usr/lib"], o.root)
    print("%d ELF files; %s, version %s, as target %s" % (len(files), loader, version[1], target))
    if not files:
        print("nothing to compare")
        return 1

    with tempfile.TemporaryDirectory(prefix="conformance-") as scratch:
        if o.library_path or o.preload or o.root:
            setups = [("given", {"library_path": o.library_path, "preload": o.preload,
                                 "root": o.root})]
        else:
            folders = arch_folders()
            libraries = sorted(p for d in folders for p in glob.glob(d + "/*.so*"))
            setups = [("plain", {}), ("arch-path", {"library_path": ":".join(folders)}),
                      ("no-glibc", {"library_path": scratch})]
            setups = [s for s in setups if not o.set or s[0] in o.set]
            if any(s[0] == "no-glibc" for s in setups):
                print("no-glibc: %d libraries linked" % link_folder(libraries, scratch))
        totals = [0, 0, 0, 0]
        for name, setup in setups:
            began = time.monotonic()
            try:
                ours = run_muslin(o.muslin, target, files, setup, 600, o.scan)
            except (Contract, subprocess.TimeoutExpired, json.JSONDecodeError, KeyError) as e:
                print("FAILED %s: %s: %s" % (name, type(e).__name__, e))
                return 2
            middle = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
                real = dict(zip((p for p, _ in files), pool.map(
                    lambda f: ldso.ask(loader, f[0], argv0=argv0, timeout=o.timeout, **setup),
                    files)))
            counts = compare(name, files, ours, real, o.verbose)
            failing = sum(r.status == "fails" for r in real.values())
            print("%s: %d agree, %d differ, %d loader crashes, %d loader timeouts; "
                  "%d of the files fail to load (muslin %.1f s, loader %.1f s)" % (
                      (name,) + counts + (failing, middle - began, time.monotonic() - middle)))
            sys.stdout.flush()
            totals = [a + b for a, b in zip(totals, counts)]
    agree, differ, crashes, timeouts = totals
    print("%d loader crashes, %d loader timeouts" % (crashes, timeouts))
    print("tally: %d passed, %d failed, %d skipped" % (agree, differ, crashes + timeouts))
    print("%d files, %d agree, %d differ" % (len(files) * len(setups), agree, differ))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
