#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove `muslin scan` on a real Debian 12 root tree, in every form that it can come in.

    debian.py --muslin MUSLIN --mkimage MKIMAGE --work FOLDER [--root TREE]

The tree is made by debootstrap and kept in FOLDER; an application is put into it: a
program with a library of its own, a wheel, a jar with native code (and one inside
another), node_modules with a prebuilt module, scripts, users. Then:

forms       the same results from the folder, a `docker save` archive, one over a pipe and
            compressed, an OCI archive and an OCI layout, in three layers with whiteouts
owners      of every file that dpkg knows, the package is the one that `dpkg-query -S` says
loader      what the loader says of every ELF file is what the real one says, by chroot

Exit status: 0 all as promised, 1 not, 77 the tree could not be made (no debootstrap, no
mirror, not root).
"""

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import image

PACKAGES = "python3,nodejs,nginx,postgresql-client,git,ca-certificates,musl"
PROGRAM = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
int helper(int);
static int down(const void *a, const void *b, void *c) { (void)c; return *(int *)b - *(int *)a; }
static void *run(void *x) { return x; }
int main(void)
{
	int v[] = {1, 3, 2};
	pthread_t t;
	pthread_create(&t, 0, run, 0);
	qsort_r(v, 3, sizeof *v, down, 0);
	return printf("%d\n", helper(v[0])) < 0;
}
"""
LIBRARY = "#include <stdlib.h>\nint helper(int x) { return x + (getenv(\"X\") != 0); }\n"
MODULE = "void *PyModule_Create2(void *, int); void *PyInit_fast(void) " \
         "{ return PyModule_Create2(0, 0); }\n"
NATIVE = "#include <string.h>\nint Java_app_Native_length(char *s) { return (int)strlen(s); }\n"
ENTRY = "#!/bin/sh\nset -e\nif [ \"$1\" = server ]; then\n  exec /opt/app/bin/server\nfi\nexec \"$@\"\n"
BASH = "#!/bin/bash\ndeclare -A seen\nseen[a]=1\necho ${seen[a]}\n"
MINE = "opt/app"


def build(source, out, *flags):
    os.makedirs(os.path.dirname(out), exist_ok=True)
    subprocess.run(["gcc", "-xc", "-", "-xnone", "-O1", "-o", out] + list(flags), input=source.encode(),
                   check=True)


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.external_attr = 0o100755 << 16
            z.writestr(info, data)
    return out.getvalue()


def put(root, path, data, mode=0o644, owner=0):
    real = os.path.join(root, path)
    os.makedirs(os.path.dirname(real), exist_ok=True)
    with open(real, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    os.chmod(real, mode)
    os.chown(real, owner, owner)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def add_application(root, scratch):
    top = os.path.join(root, MINE)
    build(LIBRARY, top + "/lib/libhelper.so.1", "-shared", "-fPIC", "-Wl,-soname,libhelper.so.1")
    build(PROGRAM, top + "/bin/server", top + "/lib/libhelper.so.1", "-pthread",
          "-Wl,-rpath,$ORIGIN/../lib", "-Wl,--enable-new-dtags")
    build(MODULE, scratch + "/fast.so", "-shared", "-fPIC")
    build(NATIVE, scratch + "/native.so", "-shared", "-fPIC")
    fast, native = read(scratch + "/fast.so"), read(scratch + "/native.so")
    record = "fast/__init__.py,,\nfast/_fast.cpython-311-x86_64-linux-gnu.so,,\n" \
             "fast-1.0.dist-info/METADATA,,\nfast-1.0.dist-info/WHEEL,,\n" \
             "fast-1.0.dist-info/RECORD,,\n"
    wheel = [("fast/__init__.py", b""), ("fast/_fast.cpython-311-x86_64-linux-gnu.so", fast),
             ("fast-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: fast\nVersion: 1.0\n"),
             ("fast-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"
                                          "Tag: cp311-cp311-manylinux_2_17_x86_64\n"),
             ("fast-1.0.dist-info/RECORD", record)]
    put(root, MINE + "/wheels/fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", zipped(wheel))
    for name, data in wheel:
        put(root, "usr/local/lib/python3.11/dist-packages/" + name, data)
    jar = zipped([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
                  ("linux-x86_64/libnative.so", native)])
    put(root, MINE + "/app.jar", zipped([("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
                                         ("lib/native.jar", jar)]))
    put(root, MINE + "/node_modules/addon/package.json",
        json.dumps({"name": "addon", "version": "2.1.0", "libc": ["glibc"]}))
    put(root, MINE + "/node_modules/addon/prebuilds/linux-x64/node.napi.node", native, 0o755)
    put(root, MINE + "/entrypoint.sh", ENTRY, 0o755)
    put(root, MINE + "/report.sh", BASH, 0o755)
    put(root, MINE + "/data/state.json", "{}\n", owner=1500)
    for name, line in (("passwd", "app:x:1500:1500::/opt/app:/bin/sh\n"),
                       ("group", "app:x:1500:\n"), ("shadow", "app:!:19000::::::\n")):
        path = os.path.join(root, "etc", name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if "\napp:" not in text:
            with open(path, "a", encoding="utf-8") as f:
                f.write(line)


def make_root(work, given):
    """The tree, or why there is none."""
    root = given or os.path.join(work, "deb12")
    stamp = os.path.join(work, "deb12.done")
    os.makedirs(work, exist_ok=True)
    if os.geteuid() != 0:
        return None, "not root"
    if not given and not os.path.exists(stamp):
        if not shutil.which("debootstrap"):
            return None, "no debootstrap"
        shutil.rmtree(root, ignore_errors=True)
        p = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + PACKAGES,
                            "bookworm", root] + mirror(),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if p.returncode:
            return None, "debootstrap: " + os.fsdecode(p.stdout[-300:])
        shutil.rmtree(root + "/var/cache/apt/archives", ignore_errors=True)
        with open(stamp, "w", encoding="ascii"):
            pass
    if not os.path.exists(os.path.join(root, MINE, "bin/server")):
        add_application(root, work)
    return root, None


def mirror():
    """This machine's own, where its sources name one."""
    for name in ("sources.list", "sources.list.d/debian.sources"):
        try:
            with open("/etc/apt/" + name, encoding="utf-8") as f:
                m = re.search(r"^(?:deb|URIs:)\s+(?:\[[^]]*\]\s+)?(https?://\S+)", f.read(), re.M)
        except OSError:
            continue
        if m:
            return [m[1]]
    return []


class Suite:
    def __init__(self, options, root):
        self.o, self.root = options, root
        self.passed = self.failed = 0

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

    def forms(self, want):
        tree = {p: e for p, e in image.read_tree(self.root).items()
                if p.split(b"/")[0] not in (b"proc", b"sys", b"dev")}
        lists = []
        for i, layer in enumerate(image.split(tree)):
            lists.append(os.path.join(self.o.work, "layer%d.list" % i))
            image.write_list(layer, lists[-1])
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

    def owners(self, got):
        known = {}
        paths = [o["path"] for o in got["objects"] if "!" not in o["path"]]
        p = subprocess.run(["xargs", "-d", "\\n", "chroot", self.root, "dpkg-query", "-S"],
                           input="\n".join(paths).encode(), stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL)
        for line in os.fsdecode(p.stdout).splitlines():
            if not line.startswith("diversion by"):
                names, _, path = line.partition(": ")
                known[path] = {n.split(":")[0] for n in names.split(", ")}
        self.expect(len(known) > 500, "dpkg-query knew only %d files" % len(known))
        for o in got["objects"]:
            if o["path"] in known:
                self.expect(o["owner"]["package"] in known[o["path"]] and
                            o["owner"]["manager"] == "dpkg",
                            "%s: %s, dpkg says %s" % (o["path"], o["owner"], known[o["path"]]))
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
    ap.add_argument("--root", help="a tree that is there; the application is added to it")
    o = ap.parse_args()
    root, why = make_root(o.work, o.root)
    if not root:
        print("skipped: " + why)
        return 77
    s = Suite(o, root)
    got = s.scan(root)
    s.forms(got)
    s.owners(got)
    s.application(got)
    s.loader()
    print("tally: %d passed, %d failed, 0 skipped" % (s.passed, s.failed))
    return 1 if s.failed else 0


if __name__ == "__main__":
    sys.exit(main())
