#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove what muslin does with names that are no readable files, and with roots.

A FIFO, a socket, a device, a folder, a file without permission, a name that is
not there, a dangling link and a link to itself: each has exactly one line on
stderr that names it, the exit code is 2, the run does not hang, and the good
files around it are judged as if it were not there.

With --root, links lead to places inside the root, absolute ones and those with
too many "..": what they would reach outside is neither read nor found. Where
strace works it proves that no file outside the root is opened.

    badinput.py --muslin MUSLIN --built DIR
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

passed = failed = skipped = 0


def check(what, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED %s%s" % (what, "\n  " + detail.replace("\n", "\n  ") if detail else ""))


def skip(what, why):
    global skipped
    skipped += 1
    print("skipped %s: %s" % (what, why))


def run(muslin, argv, cwd, stdin=None, prefix=(), env=None):
    """(exit code, {path: object}, lines of stderr); code is "timeout" when it hangs."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    try:
        p = subprocess.run(list(prefix) + [muslin, "check", "--format", "ndjson", "--target",
                                           "musl:1.2.5", "--layer", "none"] + argv,
                           input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                           capture_output=True, cwd=cwd, timeout=30,
                           env={**base, "LC_ALL": "C", "MUSLIN_DB_DIR": "", **(env or {})})
    except subprocess.TimeoutExpired:
        return "timeout", {}, []
    objects = {}
    for line in p.stdout.decode(errors="backslashreplace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            row = {"path": "no JSON: " + line}
        if "path" in row:
            objects[row["path"]] = row
    return p.returncode, objects, [x for x in p.stderr.decode(errors="replace").split("\n") if x]


def loader(obj):
    return obj["results"][0]["loader"] if obj and obj.get("results") else {}


def not_files(muslin, good, top):
    """One bad name at a time between two good files, then all of them together."""
    folder = os.path.join(top, "names")
    os.mkdir(folder)
    shutil.copy(good, os.path.join(folder, "good-1"))
    shutil.copy(good, os.path.join(folder, "good-2"))
    os.mkfifo(os.path.join(folder, "fifo"))
    os.mkdir(os.path.join(folder, "folder"))
    os.symlink("not-there", os.path.join(folder, "dangling"))
    os.symlink("loop-b", os.path.join(folder, "loop-a"))
    os.symlink("loop-a", os.path.join(folder, "loop-b"))
    with open(os.path.join(folder, "under"), "w", encoding="ascii") as f:
        f.write("a file where a folder should be\n")
    sock = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(folder)  # a socket's path must be short
    sock.bind("socket")
    os.chdir(here)
    bad = ["fifo", "socket", "folder", "dangling", "loop-a", "absent", "under/neath",
           "x" * 300, "/dev/null", "/dev/zero"]
    if os.geteuid() == 0:
        skip("a file without permission", "root may read everything")
    else:
        shutil.copy(good, os.path.join(folder, "secret"))
        os.chmod(os.path.join(folder, "secret"), 0)
        bad.append("secret")
    for name in bad:
        code, objects, err = run(muslin, ["good-1", name, "good-2"], folder)
        judge(name, [name], code, objects, err)
        # the same through a list, where names are not seen by getopt
        code, objects, err = run(muslin, ["--files-from", "-"], folder,
                                 "good-1\n{}\ngood-2\n".format(name).encode())
        judge(name + " from a list", [name], code, objects, err)
    code, objects, err = run(muslin, ["good-1"] + bad + ["good-2"], folder)
    judge("all together", bad, code, objects, err)
    code, objects, err = run(muslin, ["good-1", "good-2"], folder)
    check("good files alone: exit code 0 or 1, nothing on stderr",
          code in (0, 1) and not err, "exit %s, stderr %s" % (code, err))
    code, _, err = run(muslin, ["--files-from", "absent"], folder)
    check("--files-from a file that is not there", code == 2 and len(err) == 1,
          "exit %s, stderr %s" % (code, err))
    code, _, err = run(muslin, ["--root", "absent", "/x"], folder)
    check("--root that is not there", code == 2 and len(err) >= 1,
          "exit %s, stderr %s" % (code, err))
    code, _, err = run(muslin, ["--root", "good-1", "/x"], folder)
    check("--root that is a file", code == 2 and len(err) >= 1, "exit %s, stderr %s" % (code, err))
    sock.close()


def judge(what, bad, code, objects, err):
    check("%s: exit code 2" % what, code == 2, "it is %s; stderr: %s" % (code, err))
    told = all(sum(name in line for line in err) >= 1 for name in
               (n if len(n) < 100 else n[:40] for n in bad))
    check("%s: one line on stderr for each" % what, told and len(err) == len(bad),
          "\n".join(err) or "(nothing)")
    wrong = [n for n in bad if n in objects and objects[n]["kind"] != "unreadable"]
    check("%s: no object, or unreadable" % what, not wrong,
          str([(n, objects[n]["kind"]) for n in wrong]))
    for name in ("good-1", "good-2"):
        check("%s: %s is judged" % (what, name),
              loader(objects.get(name)).get("status") in ("loads", "fails"),
              "objects: %s" % sorted(objects))


def roots(muslin, case, top):
    """--root: what links reach, and what they must not reach."""
    outside = os.path.join(top, "outside")
    root = os.path.join(top, "root")
    shutil.copytree(os.path.join(case, "opt", "r"), outside)
    shutil.copy(os.path.join(case, "bin", "runpath"), os.path.join(outside, "app"))
    for sub in ("bin", "opt", "real/lib", "usr/lib"):
        os.makedirs(os.path.join(root, sub))
    shutil.copy(os.path.join(case, "bin", "runpath"), os.path.join(root, "bin", "app"))
    shutil.copy(os.path.join(outside, "libonly.so.1"), os.path.join(root, "real", "lib"))
    up = "../" * 30
    link = os.path.join(root, "opt", "r")

    def trial(what, target, found):
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(target, link)
        opened, (code, objects, err) = traced(muslin, ["--root", root, "/bin/app"], top)
        result = loader(objects.get("/bin/app"))
        want = [{"name": "libonly.so.1", "path": "/opt/r/libonly.so.1"}] if found else []
        check("%s: the library is %s" % (what, "found" if found else "not found"),
              result.get("loaded") == want and code in (0, 1),
              "exit %s, loaded %s, stderr %s" % (code, result.get("loaded"), err))
        if opened is not None:
            check("%s: nothing outside the root is opened" % what,
                  not [p for p in opened if p.startswith(outside + "/") or p == outside],
                  "\n".join(p for p in opened if p.startswith(outside)))
            check("%s: the trace shows the program" % what,
                  os.path.join(root, "bin", "app") in opened, "\n".join(opened))

    trial("a link inside", "../real/lib", True)
    trial("an absolute link, inside the root", "/real/lib", True)
    trial("a link with too many .., inside the root", up + "real/lib", True)
    trial("an absolute link to the outside", outside, False)
    trial("a link with .. to the outside", up + outside[1:], False)
    trial("a relative link to the outside", "../../outside", False)
    os.unlink(link)
    # the library itself as a link
    os.mkdir(link)
    os.symlink(os.path.join(outside, "libonly.so.1"), os.path.join(link, "libonly.so.1"))
    _, objects, _ = run(muslin, ["--root", root, "/bin/app"], top)
    check("a library that links to the outside is not found",
          loader(objects.get("/bin/app")).get("missing_libraries") ==
          [{"name": "libonly.so.1", "needed_by": "/bin/app"}],
          str(loader(objects.get("/bin/app"))))
    # the file asked about
    for name, target, found in (("abs", "/bin/app", True), ("out", outside + "/app", False),
                                ("up", up + outside[1:] + "/app", False)):
        os.symlink(target, os.path.join(root, "bin", name))
        opened, (code, objects, err) = traced(muslin, ["--root", root, "/bin/" + name], top)
        kind = objects.get("/bin/" + name, {}).get("kind")
        check("FILE that links %s" % ("inside" if found else "to the outside"),
              (kind == "executable" and code in (0, 1)) if found else
              (kind in (None, "unreadable") and code == 2 and len(err) == 1),
              "exit %s, kind %s, stderr %s" % (code, kind, err))
        if opened is not None and not found:
            check("FILE that links to the outside is not opened",
                  not [p for p in opened if p.startswith(outside)])
    code, objects, err = run(muslin, ["--root", root, up + outside[1:] + "/app"], top)
    check("FILE with .. stays inside the root", code == 2 and len(err) == 1,
          "exit %s, %s" % (code, sorted(objects)))


def traced(muslin, argv, cwd):
    """The run under strace: real paths of all that was opened (None without strace)."""
    global no_strace
    if no_strace:
        return None, run(muslin, argv, cwd)
    log = os.path.join(cwd, "strace.log")
    # a leak check cannot work under strace
    result = run(muslin, argv, cwd, prefix=["strace", "-f", "-y", "-qq", "-e",
                                           "trace=open,openat,openat2", "-o", log],
                 env={"ASAN_OPTIONS": "detect_leaks=0"})
    with open(log, encoding="utf-8", errors="replace") as f:
        text = f.read()
    # what the kernel says the new descriptor is, whatever name was asked for
    return re.findall(r"\) += \d+<([^>]*)>", text), result


def main():
    global no_strace
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--built", required=True)
    o = ap.parse_args()
    with open(os.path.join(o.built, "manifest.json"), encoding="utf-8") as f:
        manifest = json.load(f)
    dirs = [r["dir"] for r in manifest["cases"] if r["case"] == "06-runpath" and r["built"]]
    if not dirs:
        print("skipped: no fixture was built")
        return 77
    case = os.path.join(os.path.abspath(o.built), dirs[0])
    muslin = os.path.abspath(o.muslin)
    with tempfile.TemporaryDirectory(prefix="badinput-") as top:
        top = os.path.realpath(top)
        works = shutil.which("strace") and subprocess.run(
            ["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0
        no_strace = not works
        if no_strace:
            skip("nothing outside the root is opened", "strace is not here, or may not trace")
        not_files(muslin, os.path.join(case, "bin", "runpath"), top)
        roots(muslin, case, top)
    print("tally: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


no_strace = False
if __name__ == "__main__":
    sys.exit(main())
