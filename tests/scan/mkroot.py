#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make a real Debian 12 root tree with an application in it, once, and keep it.

    mkroot.py FOLDER

The tree is FOLDER/deb12, made by debootstrap from the mirror that this machine's own
package manager uses. The application: a program with a library of its own and a run path,
a wheel and an installed copy of it, a jar with native code (and one inside another),
node_modules with a prebuilt module, shell scripts, a systemd unit, a crontab, a user.
Whoever comes while the tree is being made waits for it.

Exit status: 0 it is there, 77 it could not be made (no debootstrap, no mirror, not root).
"""

import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

PACKAGES = "python3,nodejs,nginx,postgresql-client,git,ca-certificates,musl"
PROGRAM = r"""
#define _GNU_SOURCE
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
UNIT = "[Unit]\nDescription=app\n[Service]\nUser=app\nExecStart=/opt/app/bin/server\n" \
       "[Install]\nWantedBy=multi-user.target\n"
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
    put(root, "etc/systemd/system/app.service", UNIT)
    put(root, "etc/cron.d/app", "*/5 * * * * app /opt/app/report.sh\n")
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


def mirror():
    """The one that apt uses for Debian 12, else the first that it uses for any Debian."""
    p = subprocess.run(["apt-get", "indextargets", "--format",
                        "$(CODENAME) $(COMPONENT) $(LABEL) $(REPO_URI)", "Created-By: Packages"],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    rows = [line.split(" ", 3) for line in p.stdout.splitlines() if line.count(" ") == 3]
    for codename in ("bookworm", None):
        for row in rows:
            if row[1] == "main" and row[2] == "Debian" and codename in (row[0], None):
                return row[3]
    return None


def proxy():
    p = subprocess.run(["apt-config", "dump", "Acquire::http::Proxy"], stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, text=True, check=False)
    m = re.search(r'^Acquire::http::Proxy "([^"]+)"', p.stdout, re.M)
    return {"http_proxy": m[1]} if m and m[1] != "DIRECT" else {}


def debootstrap(root):
    """Why it did not work, or None."""
    source = mirror()
    if not source:
        return "apt knows no mirror of Debian here"
    p = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + PACKAGES, "bookworm",
                        root, source], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       env={**os.environ, **proxy(), "LC_ALL": "C"}, check=False)
    if p.returncode:
        return "debootstrap: " + " | ".join(os.fsdecode(p.stdout).strip().splitlines()[-3:])
    shutil.rmtree(root + "/var/cache/apt/archives", ignore_errors=True)
    return None


def make_root(work):
    """(the tree, None), or (None, why there is none)."""
    root, stamp = os.path.join(work, "deb12"), os.path.join(work, "deb12.done")
    if os.geteuid() != 0:
        return None, "debootstrap needs root's rights"
    for tool in ("debootstrap", "apt-get", "gcc"):
        if not shutil.which(tool):
            return None, "no " + tool
    os.makedirs(work, exist_ok=True)
    with open(__file__, "rb") as f:
        recipe = hashlib.sha256(f.read()).hexdigest()
    with open(os.path.join(work, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(stamp):
            with open(stamp, encoding="ascii") as f:
                if f.read() == recipe:
                    return root, None
            os.unlink(stamp)
        shutil.rmtree(root, ignore_errors=True)
        why = debootstrap(root)
        if why:
            return None, why
        add_application(root, work)
        with open(stamp, "w", encoding="ascii") as f:
            f.write(recipe)
    return root, None


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 64
    root, why = make_root(os.path.abspath(sys.argv[1]))
    print(root or "skipped: " + why)
    return 0 if root else 77


if __name__ == "__main__":
    sys.exit(main())
