#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure, on demand: muslin beside the tools that read the same files.

    bench.py MUSLIN [--folder /usr] [--rounds 3] [--tree ROOT] [--image FILE.tar.gz]
    bench.py MUSLIN --mkimage MKIMAGE --work FOLDER

many   all ELF files below the folder in one `muslin check`, symbols and all, beside
       `scanelf -qyRn FOLDER`, which only prints their NEEDED entries; each is run
       once to warm the cache and then three times: medians, ratio, peak memory
one    one small program, mean of 50 starts, beside `true` and `readelf -d`

tree   `muslin scan` of a root tree, text and JSON, beside `scanelf -qyRn` and `find -type f`
image  `muslin scan` of a compressed image archive, beside `gzip -dc FILE | tar t`

With --work, the tree is the Debian 12 of tests/scan/mkroot.py, made and kept there, and the
image its `docker save` archive in three layers. Ratios are to the first row of each table.

Nothing here passes or fails: it is not one of the tests.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import elfid
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scan"))
import image
import mkroot


def once(argv, stdin=None):
    """(seconds, peak RSS in KiB, exit code); the peak is of this child alone."""
    source = open(stdin, "rb") if stdin else subprocess.DEVNULL
    began = time.perf_counter()
    p = subprocess.Popen(argv, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    seconds = time.perf_counter() - began
    p.returncode = os.waitstatus_to_exitcode(status)
    if stdin:
        source.close()
    return seconds, usage.ru_maxrss, p.returncode


def median(argv, rounds, stdin=None):
    once(argv, stdin)
    runs = [once(argv, stdin) for _ in range(rounds)]
    return (statistics.median(r[0] for r in runs), max(r[1] for r in runs),
            sorted({r[2] for r in runs}))


def elf_files(folder):
    out = []
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if os.path.isfile(path) and not os.path.islink(path) and "\n" not in path:
                with open(path, "rb") as f:
                    if f.read(4) == b"\x7fELF":
                        out.append(path)
    return sorted(out)


def many(muslin, folder, rounds):
    files = elf_files(folder)
    size = sum(os.path.getsize(p) for p in files)
    print("%d ELF files below %s, %.0f MiB" % (len(files), folder, size / 1048576))
    with tempfile.NamedTemporaryFile("w", suffix=".list") as f:
        f.write("".join(p + "\n" for p in files))
        f.flush()
        base = [muslin, "check", "--format", "ndjson", "--files-from", f.name]
        rows = [("muslin check, musl:1.2.5, no layer",
                 base + ["--target", "musl:1.2.5", "--layer", "none"]),
                ("muslin check, defaults", base)]
        reference = None
        if shutil.which("scanelf"):
            reference = median(["scanelf", "-qyRn", folder], rounds)
            print("%-38s %7.3f s  %7.1f MiB" % (
                "scanelf -qyRn", reference[0], reference[1] / 1024))
        else:
            print("scanelf is not installed: no ratio")
        for name, argv in rows:
            seconds, peak, codes = median(argv, rounds)
            print("%-38s %7.3f s  %7.1f MiB%s  (exit %s)" % (
                name, seconds, peak / 1024,
                "  %.2f times scanelf" % (seconds / reference[0]) if reference else "",
                ", ".join(map(str, codes))))


def memory(peak):
    """A child's peak counts what its parent had when it was started: no less can be told."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return "%s%7.1f MiB" % (" " if peak > own else "<", max(peak, own) / 1024)


def interleaved(rows, rounds):
    """Each command once to warm up, then in turns: the machine's moods hit all alike."""
    for _, argv in rows:
        once(argv)
    runs = {name: [] for name, _ in rows}
    for _ in range(rounds):
        for name, argv in rows:
            runs[name].append(once(argv))
    reference = None
    for name, _ in rows:
        seconds = statistics.median(r[0] for r in runs[name])
        reference = reference or seconds
        print("%-38s %7.3f s %s  %5.2f times the first" % (
            name, seconds, memory(max(r[1] for r in runs[name])), seconds / reference))


def tree(muslin, root, rounds):
    rows = [("scanelf -qyRn", ["scanelf", "-qyRn", root])] if shutil.which("scanelf") else []
    interleaved(rows + [
        ("find -type f", ["find", root, "-type", "f"]),
        ("muslin scan", [muslin, "scan", "--fail-on", "never", root]),
        ("muslin scan -f json", [muslin, "scan", "--fail-on", "never", "-f", "json", root]),
        ("muslin scan -t musl:1.2.5 -f json", [muslin, "scan", "--fail-on", "never", "-f", "json",
                                               "-t", "musl:1.2.5", root])], rounds)


def packed(muslin, path, rounds):
    interleaved([
        ("gzip -dc | tar t", ["sh", "-c", "gzip -dc \"$0\" | tar t", path]),
        ("muslin scan", [muslin, "scan", "--fail-on", "never", path]),
        ("muslin scan -f json", [muslin, "scan", "--fail-on", "never", "-f", "json", path])],
        rounds)


def made(mkimage, work):
    """The tree and its archive; made where they are not there yet. None: cannot be made."""
    root, why = mkroot.make_root(work)
    if not root:
        print("no tree to scan: " + why)
        return None, None
    out = os.path.join(work, "bench.tar.gz")
    if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(
            os.path.join(work, "deb12.done")):
        lists = []
        for i, layer in enumerate(image.split(image.read_tree(root))):
            lists.append(os.path.join(work, "bench%d.list" % i))
            image.write_list(layer, lists[-1])
        with open(out + ".new", "wb") as f, image.pack(mkimage, "docker", "-", lists) as tar:
            subprocess.run(["gzip", "-c"], stdin=tar.stdout, stdout=f, check=True)
        os.rename(out + ".new", out)
    return root, out


def starts(argv, count):
    once(argv)
    return statistics.mean(once(argv)[0] for _ in range(count)) * 1000


def one(muslin, count):
    small = next(p for p in ("/usr/bin/true", "/bin/true") if elfid.read(p))
    rows = [("true", [small]), ("readelf -d %s" % small, ["readelf", "-d", small]),
            ("muslin --version", [muslin, "--version"]),
            ("muslin check %s" % small, [muslin, "check", small]),
            ("muslin check -t musl:1.2.5 -l none", [muslin, "check", "-t", "musl:1.2.5", "-l",
                                                    "none", small])]
    for name, argv in rows:
        if shutil.which(argv[0]):
            print("%-38s %7.2f ms" % (name, starts(argv, count)))
        else:
            print("%-38s not installed" % name)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("muslin")
    ap.add_argument("--folder", default="/usr")
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--starts", type=int, default=50)
    ap.add_argument("--tree", help="a root tree to scan, instead of the rest")
    ap.add_argument("--image", help="a compressed image archive to scan")
    ap.add_argument("--mkimage", help="the tests' own; with --work")
    ap.add_argument("--work", help="where the tree is kept")
    o = ap.parse_args()
    muslin = os.path.abspath(o.muslin)
    if o.mkimage and o.work:
        o.tree, o.image = made(os.path.abspath(o.mkimage), os.path.abspath(o.work))
    if o.tree:
        print("%s: %d files, %d of them ELF" % (o.tree, sum(
            len(n) for _, _, n in os.walk(o.tree)), len(elf_files(o.tree))))
        tree(muslin, o.tree, o.rounds)
    if o.image:
        print("%s: %.0f MiB" % (o.image, os.path.getsize(o.image) / 1048576))
        packed(muslin, o.image, o.rounds)
    if o.tree or o.image:
        return 0
    many(muslin, o.folder, o.rounds)
    one(muslin, o.starts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
