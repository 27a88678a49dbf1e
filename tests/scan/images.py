#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Images of several platforms, in every order and with every defect.

    images.py --muslin MUSLIN --mkimage MKIMAGE

The platform that is asked for is the one that is read, whatever stands beside it; what is
missing, altered or cut off is told, with exit code 2.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

FORMS = ("docker", "docker-oci", "oci-archive", "oci-layout")


class Suite:
    def __init__(self, options, scratch):
        self.o, self.scratch = options, scratch
        self.passed = self.failed = 0

    def expect(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED " + text)

    def pack(self, form, *words):
        out = os.path.join(self.scratch, "image")
        if os.path.isdir(out):
            shutil.rmtree(out)
        elif os.path.exists(out):
            os.unlink(out)
        subprocess.run([self.o.mkimage, "--" + form, out, "--tag", "app:1"] + list(words),
                       check=True)
        return out

    def scan(self, path, *options):
        p = subprocess.run([self.o.muslin, "scan", "-f", "json", path] + list(options),
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        return p.returncode, p.stdout and json.loads(p.stdout), os.fsdecode(p.stderr)

    def platform(self, what, image, arch, path):
        code, got, said = self.scan(image, "--arch", arch)
        self.expect(code == 0 and [o["path"] for o in got["objects"]] == [path] and
                    got["source"]["image"]["name"] == "app:1" and
                    got["source"]["image"]["arch"] == arch, "%s, %s: %d %s" % (
                        what, arch, code, said))

    def both(self, what, form, *words):
        image = self.pack(form, *words)
        self.platform(what, image, "x86_64", "/opt/amd64")
        self.platform(what, image, "aarch64", "/opt/arm64")
        code, _, said = self.scan(image, "--arch", "s390x")
        self.expect(code == 2 and "s390x" in said and "aarch64" in said,
                    "%s, a platform that is not there: %d %s" % (what, code, said))
        code, got, said = self.scan(image)
        self.expect(code == 0 and len(got["objects"]) == 1 and "--arch" in said,
                    "%s, none asked for: %d %s" % (what, code, said))


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--muslin", required=True)
    ap.add_argument("--mkimage", required=True)
    o = ap.parse_args()
    with tempfile.TemporaryDirectory(prefix="images-") as scratch:
        s = Suite(o, scratch)
        lists = []
        for arch in ("amd64", "arm64"):
            lists.append(os.path.join(scratch, arch))
            with open(lists[-1], "w", encoding="ascii") as f:
                f.write("f opt/%s mode=755 text=\\x23\\x21/bin/sh\\x0a\n" % arch)
        images = ["--arch", "amd64", lists[0], "--arch", "arm64", lists[1]]
        for form in FORMS:
            s.both(form, form, *images)
            for order in ("layers-first", "manifest-first", "reversed"):
                s.both("%s, %s" % (form, order), form, "--order", order, *images)
        for option in ("--nested-index", "--attestation"):
            s.both(option, "oci-archive", option, *images)
            s.both(option, "oci-layout", option, *images)
        for form in FORMS:
            for how, word in (("missing-layer", "not in the image"), ("wrong-digest", "digest"),
                              ("cut-layer", "cut off")):
                image = s.pack(form, "--break", how, "--compress", "gzip", *lists)
                code, _, said = s.scan(image)
                # a docker archive of old names its layers by numbers that are no digests
                words = (word, "damaged") if form == "docker" else (word,)
                s.expect(code == 2 and any(w in said for w in words) and said.count("\n") == 1,
                         "%s, %s: %d %s" % (form, how, code, said))
        print("tally: %d passed, %d failed, 0 skipped" % (s.passed, s.failed))
        return 1 if s.failed else 0


if __name__ == "__main__":
    sys.exit(main())
