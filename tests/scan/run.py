#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove what `muslin scan` says of small trees, in every form that a tree can come in.

    run.py --muslin MUSLIN --mkimage MKIMAGE [CASE…]

Each folder NN-name with a case.toml is one tree. It is made as a folder, as `docker save`
archives of three layers (compressed or not, old form and new), as an OCI layout, an OCI
archive over a pipe, and a plain tar; what a scan says of each must be as the case
expects, and the same in all of them. Whiteouts, files that are replaced and folders that
become files are put into the layers by image.py, whose own work is proved first.

How a case is written (TOML):

    purpose      what the case shows; required
    [[files]]    path, and one of: text, base64, link (symlink), hard (hard link), elf (a
                 name below), zip (a list of files, as these), lines (text with CRLF);
                 none of them, or folder = true: a folder. prefix (text on top of a zip). mode (octal number or string), uid, gid, caps
                 (hexadecimal, security.capability)
    [image]      configuration of an image: env, user, entrypoint, cmd, … as Docker has it;
                 the forms that have none are then judged without findings and plan
    [[layers]]   instead of files: entries of each layer in order, as mkimage has them:
                 lines = ["f bin/x mode=755 text=…", …]; then only images are made
    findings     "rule-name", "rule-name path" or "rule-name path:line" (":None" for
                 a file as a whole): must be there
    no_findings  "rule-name" or "rule-name path": must not
    install      names of packages that the plan installs
    objects      "path", or "path: OWNER", OWNER = app, MANAGER or MANAGER/PACKAGE
    no_objects   paths
    only_objects true: there are no others
    packages     "MANAGER NAME VERSION": must be there
    exit         exit code with the default threshold (not checked without it)

ELF files: "prog" and "lib" (x86_64, glibc), "musl", "static", "arm" (a bare header of
another machine).
"""

import argparse
import base64
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import image

CODE = {
    "prog": ("int puts(const char *); int main(void) { return puts(\"x\"); }", []),
    "lib": ("int puts(const char *); int hello(void) { return puts(\"x\"); }",
            ["-shared", "-fPIC"]),
    "musl": ("void _start(void) {}", ["-nostdlib", "-pie", "-fPIE",
                                      "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"]),
    "static": ("void _start(void) {}", ["-nostdlib", "-static", "-no-pie", "-fno-pie"]),
}
KEYS = ("objects", "packages", "findings", "accounts")
PLAN = ("install", "copies", "app", "language", "distro", "outcome", "size_now", "size_then",
        "steps", "base", "layer")
# what an image says beside its files: (name in the case, name in the configuration)
CONFIG = {"env": "Env", "user": "User", "entrypoint": "Entrypoint", "cmd": "Cmd",
          "workdir": "WorkingDir", "labels": "Labels", "ports": "ExposedPorts",
          "volumes": "Volumes", "healthcheck": "Healthcheck", "shell": "Shell",
          "stop_signal": "StopSignal", "onbuild": "OnBuild"}


class Elves:
    """ELF files by name, each built once."""

    def __init__(self, folder):
        self.folder, self.made = folder, {}

    def get(self, name):
        if name == "arm":
            return b"\x7fELF\1\1\1" + bytes(9) + struct.pack(
                "<HHIIIIIHHHHHH", 2, 40, 1, 0, 52, 0, 0x5000400, 52, 32, 0, 40, 0, 0)
        if name not in self.made:
            source, flags = CODE[name]
            out = os.path.join(self.folder, name)
            subprocess.run(["gcc", "-xc", "-", "-xnone", "-O1", "-o", out] + flags,
                           input=source.encode(), check=True)
            with open(out, "rb") as f:
                self.made[name] = f.read()
        return self.made[name]


def number(value):
    return int(value, 8) if isinstance(value, str) else value


def data_of(spec, elves):
    if "elf" in spec:
        return elves.get(spec["elf"])
    if "base64" in spec:
        return base64.b64decode(spec["base64"])
    if "zip" in spec:
        return spec.get("prefix", "").encode() + zipped(spec["zip"], elves)
    if "crlf" in spec:
        return spec["crlf"].replace("\n", "\r\n").encode()
    return spec["text"].encode() if "text" in spec else None


def zipped(specs, elves):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for spec in specs:
            info = zipfile.ZipInfo(spec["path"], (2024, 1, 1, 0, 0, 0))
            info.external_attr = (0o100000 | number(spec.get("mode", 0o644))) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, data_of(spec, elves))
    return out.getvalue()


def tree_of(case, elves):
    """The case's files as a tree, folders above them included."""
    tree = {}
    for spec in case.get("files", []):
        path = spec["path"].strip("/").encode()
        mode = number(spec["mode"]) if "mode" in spec else None
        common = {"uid": spec.get("uid", 0), "gid": spec.get("gid", 0), "caps": spec.get("caps")}
        data = data_of(spec, elves)
        if "link" in spec:
            entry = image.Entry("l", to=spec["link"].encode(), uid=0, gid=0)
        elif "hard" in spec:
            entry = image.Entry("h", to=spec["hard"].strip("/").encode())
        elif data is None:
            entry = image.Entry("d", 0o755 if mode is None else mode, **common)
        else:
            entry = image.Entry("f", 0o644 if mode is None else mode, data=data, **common)
        tree[path] = entry
        for up in image.parents(path):
            tree.setdefault(up, image.Entry("d", 0o755, 0, 0))
    return tree


def config_of(case):
    out = {}
    for key, value in case.get("image", {}).items():
        if key in ("ports", "volumes") and isinstance(value, list):
            value = {v: {} for v in value}
        if key == "env" and isinstance(value, dict):
            value = ["%s=%s" % pair for pair in value.items()]
        if key == "healthcheck" and isinstance(value, list):
            value = {"Test": value}
        out[CONFIG.get(key.lower(), key)] = value
    return out


class Run:
    def __init__(self, options, scratch):
        self.o, self.scratch = options, scratch
        self.passed = self.failed = self.skipped = 0
        self.elves = Elves(scratch)
        self.name = ""

    def expect(self, good, text, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED %s: %s" % (self.name, text))
            for line in detail.splitlines()[:12]:
                print("  " + line[:400])
        return good

    def skip(self, text):
        self.skipped += 1
        print("skipped %s: %s" % (self.name, text))

    # ---- one scan ----

    def scan(self, form, source, stdin=None, more=()):
        p = subprocess.run([self.o.muslin, "scan", "-f", "json", "-t", "alpine:3.22", *more, "--",
                            source],
                           stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=120, check=False,
                           env={**os.environ, "LC_ALL": "C"})
        if not self.expect(p.returncode in (0, 1), "%s: exit code %d" % (form, p.returncode),
                           p.stderr.decode(errors="replace")):
            return None, p.returncode
        try:
            return json.loads(p.stdout), p.returncode
        except ValueError as e:
            self.expect(False, "%s: no JSON: %s" % (form, e))
            return None, p.returncode

    # ---- the forms ----

    def forms(self, tree, layers, config):
        """(name, source, stdin) one after another; what they need is in the scratch folder."""
        top = os.path.join(self.scratch, self.name)
        os.makedirs(top)
        lists = [os.path.join(top, "layer%d.list" % i) for i in range(len(layers))]
        for layer, name in zip(layers, lists):
            image.write_list(layer, name)
        with open(os.path.join(top, "config.json"), "w", encoding="utf-8") as f:
            json.dump(config, f)
        common = ["--config", f.name, "--tag", "case:1"]
        if tree is not None:
            folder = os.path.join(top, "folder")
            image.write_folder(tree, folder, os.geteuid() == 0)
            yield "folder", folder, None
            whole = os.path.join(top, "whole.list")
            image.write_list(image.order(tree, tree, ()), whole)
            layout = os.path.join(top, "one")
            image.pack(self.o.mkimage, "oci-layout", layout, [whole])
            blobs = os.path.join(layout, "blobs/sha256")
            yield "tar", max((os.path.join(blobs, n) for n in os.listdir(blobs)), key=is_tar), None
        for form, out, options in (
                ("docker", "docker.tar", []),
                ("docker", "docker-gzip.tar", ["--compress", "gzip", "--order", "reversed"]),
                ("docker-oci", "docker-oci.tar", ["--compress", "gzip", "--attestation",
                                                  "--nested-index"]),
                ("oci-archive", "oci.tar", ["--compress", "zstd", "--order", "manifest-first"]),
                ("oci-layout", "layout", ["--compress", "gzip", "--attestation"])):
            path = os.path.join(top, out)
            image.pack(self.o.mkimage, form, path, lists, *common, *options)
            yield "%s (%s)" % (form, out), path, None
        with image.pack(self.o.mkimage, "oci-archive", "-", lists, *common, "--compress",
                        "gzip") as p:
            yield "oci-archive over a pipe", "-", p.stdout
        with image.pack(self.o.mkimage, "docker", "-", lists, *common) as p, \
                subprocess.Popen(["gzip", "-1c"], stdin=p.stdout, stdout=subprocess.PIPE) as z:
            yield "docker | gzip", "-", z.stdout

    def layers_of(self, case):
        """The layers of a case that writes them out, as image.py has them."""
        return [[(line, Line(line)) for line in layer["lines"]] for layer in case["layers"]]

    # ---- one case ----

    def case(self, name):
        self.name = name
        with open(os.path.join(HERE, name, "case.toml"), "rb") as f:
            case = tomllib.load(f)
        tree, config = None, config_of(case)
        if "layers" in case:
            layers = self.layers_of(case)
        else:
            tree = tree_of(case, self.elves)
            layers = image.split(tree)
            if os.geteuid() and any(e.uid or e.gid or e.caps for e in tree.values()):
                self.skip("owners and capabilities in a folder need root's rights")
        want = None
        for form, source, stdin in self.forms(tree, layers, config):
            got, code = self.scan(form, source, stdin)
            if got is None:
                continue
            bare = form in ("folder", "tar")
            self.configuration(form, {k.lower(): v for k, v in case.get("image", {}).items()},
                               got["source"]["image"], bare)
            if not (bare and config):
                self.judge(form, case, got)
                if "exit" in case:
                    self.expect(code == case["exit"], "%s: exit code %d" % (form, code))
            if bare and config:
                continue
            if want is None:
                want = (form, got)
                for f in got["findings"] if self.o.verbose else ():
                    print("%s %s:%s: %s" % (f["name"], f["path"], f["line"], f["message"]))
            else:
                self.same(form, want[0], want[1], got)

    def configuration(self, form, said, got, bare):
        """What the image says of itself stands in "source"."""
        self.expect((got is None) == bare, "%s: source.image is %s" % (form, got))
        for key in ("user", "workdir", "entrypoint", "cmd", "labels", "stop_signal"):
            if got and key in said:
                self.expect(got[key] == said[key], "%s: %s is %r, not %r" % (
                    form, key, got[key], said[key]))
        if got and isinstance(said.get("env"), list):
            want = dict(pair.split("=", 1) for pair in said["env"])
            self.expect(got["env"] == want, "%s: env is %s" % (form, got["env"]))
        if got:
            self.expect(got["name"] == "case:1", "%s: the name is %r" % (form, got["name"]))

    def judge(self, form, case, got):
        found = []
        for f in got["findings"] + [f for o in got["objects"] for f in o.get("findings", [])]:
            path = f.get("path") or f.get("object") or ""
            found.append((f["name"], path, f.get("line")))
        shown = "\n".join("%s %s:%s" % f for f in found) or "(no findings)"
        for text in case.get("findings", []):
            self.expect(any(fits(f, parse(text)) for f in found),
                        "%s: no finding %s" % (form, text), shown)
        for text in case.get("no_findings", []):
            self.expect(not any(fits(f, parse(text)) for f in found),
                        "%s: a finding %s" % (form, text), shown)
        names = [p["name"] for p in got["plan"]["install"]]
        for package in case.get("install", []):
            self.expect(package in names, "%s: the plan does not install %s, but %s" % (
                form, package, names))
        objects = {o["path"]: o for o in got["objects"]}
        shown = "\n".join("%s %s" % (p, o["owner"]) for p, o in objects.items())
        listed = set()
        for text in case.get("objects", []):
            path, _, owner = text.partition(": ")
            listed.add(path)
            if self.expect(path in objects, "%s: no object %s" % (form, path), shown) and owner:
                have = objects[path]["owner"]
                names = (have["kind"], have["manager"], "%s/%s" % (have["manager"],
                                                                   have["package"]))
                self.expect(owner in names, "%s: %s is of %s, not %s" % (
                    form, path, have, owner))
        for path in case.get("no_objects", []):
            self.expect(path not in objects, "%s: an object %s" % (form, path), shown)
        if case.get("only_objects"):
            self.expect(not set(objects) - listed, "%s: further objects: %s" % (
                form, sorted(set(objects) - listed)))
        packages = {"%s %s %s" % (p["manager"], p["name"], p["version"]) for p in got["packages"]}
        for text in case.get("packages", []):
            self.expect(text in packages, "%s: no package %s" % (form, text),
                        "\n".join(sorted(packages)))

    def same(self, form, first, want, got):
        for key in KEYS:
            a = [json.dumps(x, sort_keys=True) for x in want[key]]
            b = [json.dumps(x, sort_keys=True) for x in got[key]]
            diff = ["%s %s" % ("-" if x in a else "+", x) for x in sorted(set(a) ^ set(b))]
            self.expect(a == b, "%s: %s are others than of %s" % (form, key, first),
                        "\n".join(diff) or "(the order)")
        for key in PLAN:
            a, b = want["plan"][key], got["plan"][key]
            self.expect(a == b, "%s: plan.%s is another than of %s" % (form, key, first),
                        "- %s\n+ %s" % (a, b))

    # ---- that the makers make what they say ----

    def makers(self, name):
        self.name = name + " (makers)"
        with open(os.path.join(HERE, name, "case.toml"), "rb") as f:
            case = tomllib.load(f)
        if "layers" in case:
            return
        tree = tree_of(case, self.elves)
        top = os.path.join(self.scratch, "makers-" + name)
        os.makedirs(top)
        lists = []
        for i, layer in enumerate(image.split(tree)):
            lists.append(os.path.join(top, "%d.list" % i))
            image.write_list(layer, lists[-1])
        out = os.path.join(top, "layout")
        image.pack(self.o.mkimage, "oci-layout", out, lists, "--compress", "gzip")
        image.write_folder(tree, os.path.join(top, "folder"), os.geteuid() == 0)
        merged = image.merge(tarfile.open(p) for p in image.layout_layers(out))
        truth = image.truth(os.path.join(top, "folder"))
        if os.geteuid():
            merged = {p: e[:2] + e[4:] for p, e in merged.items()}
            truth = {p: e[:2] + e[4:] for p, e in truth.items()}
        diff = ["%r: %s, not %s" % (p, merged.get(p), truth.get(p))
                for p in sorted(set(merged) | set(truth)) if merged.get(p) != truth.get(p)]
        self.expect(merged == truth, "the layers are another tree", "\n".join(diff))


class Line:
    """An entry that a case writes out."""

    kind = "?"

    def __init__(self, text):
        self.text = text

    def line(self, _path):
        return self.text


def is_tar(path):
    return tarfile.is_tarfile(path) if os.path.getsize(path) else False


def parse(text):
    """(rule, path or "", line); 0 for any line."""
    rule, _, place = text.partition(" ")
    path, _, line = place.rpartition(":")
    if path and line.isdigit():
        return rule, path, int(line)
    return (rule, path, None) if line == "None" else (rule, place, 0)


def fits(found, want):
    rule, path, line = want
    return found[0] == rule and (not path or found[1] == path) and line in (0, found[2])


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--mkimage", required=True)
    ap.add_argument("--verbose", action="store_true", help="print what was found")
    ap.add_argument("cases", nargs="*", metavar="CASE")
    o = ap.parse_args()
    o.muslin, o.mkimage = os.path.abspath(o.muslin), os.path.abspath(o.mkimage)
    names = sorted(n for n in os.listdir(HERE) if os.path.exists(os.path.join(HERE, n, "case.toml"))
                   and (not o.cases or any(c in n for c in o.cases)))
    if not shutil.which("gcc"):
        print("skipped: no gcc")
        return 77
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="scan-") as scratch:
        run = Run(o, os.path.realpath(scratch))
        for name in names:
            run.makers(name)
            run.case(name)
    print("tally: %d passed, %d failed, %d skipped" % (run.passed, run.failed, run.skipped))
    return 1 if run.failed or not run.passed else 0


if __name__ == "__main__":
    sys.exit(main())
