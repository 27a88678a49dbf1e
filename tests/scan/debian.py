#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove `muslin scan` on a real Debian 12 root tree, in every form that it can come in.

    debian.py --muslin MUSLIN --mkimage MKIMAGE --work FOLDER [--root TREE]

The tree is made by mkroot.py and kept in FOLDER. Then:

objects     every ELF file and every executable script is there, and nothing else
forms       the same results from the folder, a `docker save` archive, one over a pipe and
            compressed, an OCI archive and an OCI layout, in three layers with whiteouts
owners      of every file that dpkg knows, the package is the one that `dpkg-query -S` says
loader      what the loader says of every ELF file is what the real one says, by chroot

Exit status: 0 all as promised, 1 not, 77 the tree could not be made (no debootstrap, no
mirror, not root).
"""

import argparse
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import image
from mkroot import make_root


class Suite:
    def __init__(self, options, root):
        self.o, self.root = options, root
        self.passed = self.failed = 0
        self.made = []

    def expect(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED " + text)

    def scan(self, source, stdin=None, *options):
        p = subprocess.run([self.o.muslin, "scan", "--format", "json", "--fail-on", "never",
                            source] + list(options), stdin=stdin or subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode:
            raise SystemExit("muslin scan %s: exit code %d: %s" % (
                source, p.returncode, os.fsdecode(p.stderr)))
        return json.loads(p.stdout)

    def same(self, form, want, got):
        for key in ("objects", "packages", "findings", "accounts"):
            self.expect(want[key] == got[key], "%s: other %s than the folder's" % (form, key))
            if want[key] != got[key]:
                a = {json.dumps(x, sort_keys=True) for x in want[key]}
                b = {json.dumps(x, sort_keys=True) for x in got[key]}
                for line in sorted(a ^ b)[:4]:
                    print("   %s %s" % ("-" if line in a else "+", line[:300]))
        for key in ("install", "copies", "app", "language", "distro", "outcome", "size_now",
                    "size_then", "steps"):
            self.expect(want["plan"][key] == got["plan"][key], "%s: another plan: %s" % (form, key))

    def makers(self):
        """The layers, merged by other code than muslin's, are the tree again."""
        out = os.path.join(self.o.work, "makers")
        shutil.rmtree(out, ignore_errors=True)
        image.pack(self.o.mkimage, "oci-layout", out, self.lists())
        merged = image.merge(tarfile.open(p) for p in image.layout_layers(out))
        shutil.rmtree(out)
        truth = image.truth(self.root)
        diff = [p for p in sorted(set(merged) | set(truth)) if merged.get(p) != truth.get(p)]
        self.expect(not diff, "the layers are another tree: %s" % diff[:5])

    def lists(self):
        lists = []
        for i, layer in enumerate(image.split(image.read_tree(self.root))):
            lists.append(os.path.join(self.o.work, "layer%d.list" % i))
            image.write_list(layer, lists[-1])
        return lists

    def forms(self, want):
        lists = self.lists()
        out = os.path.join(self.o.work, "image")
        for form, options in (("docker", ()), ("docker-oci", ("--compress", "gzip", "--level", "1")),
                              ("oci-archive", ("--compress", "zstd", "--level", "1")),
                              ("oci-layout", ("--compress", "gzip", "--level", "1"))):
            shutil.rmtree(out, ignore_errors=True)
            if os.path.exists(out):
                os.unlink(out)
            image.pack(self.o.mkimage, form, out, lists, "--tag", "app:1", *options)
            got = self.scan(out)
            self.expect(got["source"]["kind"] == ("docker-archive" if form.startswith("docker")
                                                  else "oci"), form + ": taken for "
                        + got["source"]["kind"])
            self.same(form, want, got)
            if form == "docker":
                gzip = subprocess.Popen(["gzip", "-1c", out], stdout=subprocess.PIPE)
                self.same("docker | gzip", want, self.scan("-", gzip.stdout))
                gzip.wait()
        shutil.rmtree(out, ignore_errors=True)

    def objects(self, got):
        """Against an own walk over the folder: magic numbers and permission bits."""
        want = set()
        for at, _, names in os.walk(os.fsencode(self.root)):
            for name in names:
                path = os.path.join(at, name)
                st = os.lstat(path)
                if not stat.S_ISREG(st.st_mode):
                    continue
                with open(path, "rb") as f:
                    head = f.read(4)
                if head == b"\x7fELF" or (head[:2] == b"#!" and st.st_mode & 0o111):
                    want.add(os.fsdecode(path[len(self.root):]))
        have = {o["path"] for o in got["objects"] if "!/" not in o["path"]}
        self.expect(len(want) > 700, "only %d ELF files and scripts" % len(want))
        for path in sorted(want | have):
            self.expect(path in want and path in have, "%s: %s" % (
                path, "no object" if path in want else "an object, and no such file"))

    def known(self, paths):
        """{path: packages} by dpkg-query -S, asked with and without the merged /usr."""
        asked = {}
        for path in paths:
            asked[path] = path
            if path.startswith("/usr/"):
                asked[path[4:]] = path
        p = subprocess.run(["xargs", "-d", "\\n", "chroot", self.root, "dpkg-query", "-S", "--"],
                           input="\n".join(asked).encode(), stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, check=False)
        known = {}
        for line in os.fsdecode(p.stdout).splitlines():
            names, _, path = line.partition(": ")
            if not line.startswith(("diversion by", "local diversion")) and path in asked:
                known.setdefault(asked[path], set()).update(
                    n.split(":")[0] for n in names.split(", "))
        return known

    def owners(self, got):
        known = self.known([o["path"] for o in got["objects"] if "!/" not in o["path"]])
        self.expect(len(known) > 700, "dpkg-query knew only %d files" % len(known))
        for o in got["objects"]:
            owner = o["owner"]
            if o["path"] in known:
                self.expect(owner["package"] in known[o["path"]] and owner["manager"] == "dpkg"
                            and owner["kind"] == "distro", "%s: %s, dpkg says %s" % (
                                o["path"], owner, known[o["path"]]))
            elif owner["kind"] == "distro" and not o["path"].startswith("/var/lib/dpkg/info/"):
                # what a package's scripts made; hardly anything
                self.made.append(o["path"])
            elif owner["kind"] != "distro":
                self.expect(owner["manager"] != "dpkg", "%s: %s, dpkg does not know it" % (
                    o["path"], owner))
        self.expect(len(self.made) < 5, "of the distribution, and not by dpkg: %s" % self.made[:9])
        p = subprocess.run(["chroot", self.root, "dpkg-query", "-W", "-f",
                            "${db:Status-Abbrev}\\t${Package}\\t${Version}\\n"],
                           stdout=subprocess.PIPE, check=True)
        want = {tuple(line.split("\t")[1:]) for line in os.fsdecode(p.stdout).splitlines()
                if line[1] == "i"}
        have = {(x["name"], x["version"]) for x in got["packages"] if x["manager"] == "dpkg"}
        self.expect(want == have, "other packages: %s" % sorted(want ^ have)[:5])

    def application(self, got):
        kinds = {o["path"]: (o["owner"]["kind"], o["owner"]["package"]) for o in got["objects"]}
        for path, want in (
                ("/opt/app/bin/server", ("app", None)),
                ("/opt/app/lib/libhelper.so.1", ("app", None)),
                ("/opt/app/entrypoint.sh", ("app", None)),
                ("/opt/app/app.jar!/lib/native.jar!/linux-x86_64/libnative.so", ("app", None)),
                ("/opt/app/wheels/fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl!/fast/"
                 "_fast.cpython-311-x86_64-linux-gnu.so", ("language", "fast")),
                ("/opt/app/node_modules/addon/prebuilds/linux-x64/node.napi.node",
                 ("language", "addon")),
                ("/usr/local/lib/python3.11/dist-packages/fast/"
                 "_fast.cpython-311-x86_64-linux-gnu.so", ("language", "fast"))):
            self.expect(kinds.get(path) == want, "%s: %s" % (path, kinds.get(path)))
        # nothing else is the user's own
        rest = [p for p, k in kinds.items() if k[0] == "app" and not p.startswith("/opt/app/")]
        self.expect(not rest, "the user's own? %s" % rest[:5])

    def loader(self):
        p = subprocess.run([sys.executable, os.path.join(HERE, "..", "conformance",
                                                         "conformance.py"), self.o.muslin,
                            "--root", self.root, "--scan", self.root, "/usr", "/opt"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out = os.fsdecode(p.stdout)
        m = re.search(r"^tally: (\d+) passed, (\d+) failed", out, re.M)
        if p.returncode == 77 or not m:
            self.expect(False, "conformance did not run: " + out[-500:])
            return
        self.passed += int(m[1])
        self.failed += int(m[2])
        if int(m[2]):
            print(out[-2000:])


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--mkimage", required=True)
    ap.add_argument("--work", required=True)
    ap.add_argument("--root", help="one that mkroot.py made elsewhere")
    o = ap.parse_args()
    o.muslin, o.mkimage = os.path.abspath(o.muslin), os.path.abspath(o.mkimage)
    root, why = (o.root, None) if o.root else make_root(os.path.abspath(o.work))
    if not root:
        print("skipped: " + why)
        return 77
    s = Suite(o, root)
    got = s.scan(root)
    s.objects(got)
    s.makers()
    s.forms(got)
    s.owners(got)
    s.application(got)
    s.loader()
    print("tally: %d passed, %d failed, 0 skipped" % (s.passed, s.failed))
    return 1 if s.failed else 0


if __name__ == "__main__":
    sys.exit(main())
