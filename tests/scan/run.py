#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small root trees, each in every form, and what `muslin scan` must say of them.

    run.py --muslin MUSLIN --mkimage MKIMAGE [--verbose] [CASE…]

Each tests/scan/NN-name/case.toml is a tree:

    purpose = "one line"
    findings = ["rule-name /path:line", "rule-name"]   must be there
    no_findings = ["rule-name", "rule-name /path:line"] must not
    install = ["bash"]                                  packages of the plan
    [[files]]
    path = "/etc/x"       mode = 0o644   uid = 0   gid = 0
    text = "…"  |  link = "target"  |  base64 = "…"; none of them: a folder
    [image]               of images only: what stands under "config"
    env = ["A=b"]

It is built as a folder, and in three layers with whiteouts as a `docker save` archive, an
OCI archive over a pipe and an OCI layout. The findings, objects, packages and accounts
must be the same in all (with [image], in all images).
"""

import argparse
import base64
import glob
import json
import os
import subprocess
import sys
import tempfile
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import image


# short names of what stands under "config"
CONFIG = {"env": "Env", "user": "User", "entrypoint": "Entrypoint", "cmd": "Cmd",
          "workdir": "WorkingDir", "healthcheck": "Healthcheck", "shell": "Shell"}


def tree_of(case):
    tree = {}
    for f in case["files"]:
        path = os.fsencode(f["path"]).strip(b"/")
        common = {"mode": f.get("mode", 0o644), "uid": f.get("uid", 0), "gid": f.get("gid", 0),
                  "caps": f.get("caps")}
        for up in image.parents(path):
            tree.setdefault(up, image.Entry("d", mode=0o755, uid=0, gid=0))
        if "link" in f:
            tree[path] = image.Entry("l", to=os.fsencode(f["link"]))
        elif not {"text", "base64"} & set(f):
            tree[path] = image.Entry("d", mode=f.get("mode", 0o755), uid=common["uid"],
                                     gid=common["gid"])
        else:
            data = base64.b64decode(f["base64"]) if "base64" in f else f["text"].encode()
            tree[path] = image.Entry("f", data=data, **common)
    return tree


class Runner:
    def __init__(self, options):
        self.o = options
        self.passed = self.failed = 0

    def expect(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED " + text)

    def scan(self, source, stdin=None):
        p = subprocess.run([self.o.muslin, "scan", "-f", "json", "--fail-on", "never",
                            "-t", "alpine:3.22", source], stdin=stdin or subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode:
            raise SystemExit("muslin scan %s: exit code %d: %s" % (
                source, p.returncode, os.fsdecode(p.stderr)))
        return json.loads(p.stdout)

    def forms(self, case, scratch):
        tree = tree_of(case)
        if "image" not in case:
            folder = os.path.join(scratch, "folder")
            image.write_folder(tree, folder, True)
            yield "folder", self.scan(folder)
        lists = []
        for i, layer in enumerate(image.split(tree)):
            lists.append(os.path.join(scratch, "layer%d" % i))
            image.write_list(layer, lists[-1])
        options = ["--tag", "case:1"]
        if "image" in case:
            config = os.path.join(scratch, "config.json")
            with open(config, "w", encoding="utf-8") as f:
                json.dump({CONFIG.get(k, k): v for k, v in case["image"].items()}, f)
            options += ["--config", config]
        for form in ("docker", "docker-oci", "oci-layout"):
            out = os.path.join(scratch, form)
            image.pack(self.o.mkimage, form, out, lists, *options, "--compress",
                       "none" if form == "docker" else "gzip")
            yield form, self.scan(out)
        p = image.pack(self.o.mkimage, "oci-archive", "-", lists, *options, "--compress", "zstd")
        yield "oci-archive, piped", self.scan("-", p.stdout)
        p.wait()

    def judge(self, name, case, got):
        told = set()
        for f in got["findings"]:
            told.add(f["name"])
            told.add("%s %s" % (f["name"], f["path"]))
            told.add("%s %s:%s" % (f["name"], f["path"], f["line"]))
        for want in case.get("findings", []):
            self.expect(want in told, "%s: not told: %s" % (name, want))
        for unwanted in case.get("no_findings", []):
            self.expect(unwanted not in told, "%s: told: %s" % (name, unwanted))
        have = {p["name"] for p in got["plan"]["install"]}
        for package in case.get("install", []):
            self.expect(package in have, "%s: the plan does not install %s, but %s" % (
                name, package, sorted(have)))

    def run(self, path):
        name = os.path.basename(os.path.dirname(path))
        with open(path, "rb") as f:
            case = tomllib.load(f)
        with tempfile.TemporaryDirectory(prefix="scan-") as scratch:
            first = None
            for form, got in self.forms(case, scratch):
                if first is None:
                    first = got
                    self.judge(name, case, got)
                    if self.o.verbose:
                        for f in got["findings"]:
                            print("%s %s:%s: %s" % (f["name"], f["path"], f["line"], f["message"]))
                    continue
                for key in ("objects", "packages", "findings", "accounts", "plan"):
                    self.expect(got[key] == first[key], "%s: %s: other %s" % (name, form, key))


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--mkimage", required=True)
    ap.add_argument("--verbose", action="store_true", help="print what was found")
    ap.add_argument("cases", nargs="*")
    o = ap.parse_args()
    if os.geteuid() != 0:
        print("skipped: owners of files cannot be set, not root")
        return 77
    r = Runner(o)
    for path in sorted(glob.glob(os.path.join(HERE, "*", "case.toml"))):
        if not o.cases or any(c in path for c in o.cases):
            r.run(path)
    print("tally: %d passed, %d failed, 0 skipped" % (r.passed, r.failed))
    return 1 if r.failed or not r.passed else 0


if __name__ == "__main__":
    sys.exit(main())
