# SPDX-License-Identifier: MIT
"""Root trees as lists of entries, and how they become folders and image layers.

A tree is {path: Entry}, paths as bytes without a leading '/'. split() distributes a tree
over three layers the way that real builds do, only worse: files are replaced and deleted
above, folders become files and files folders, some folders are opaque; the layers merged
are the tree again, exactly. merge() is that merging, written after the OCI image
specification and what Docker does, and independent of muslin: it proves split().
"""

import json
import os
import stat
import subprocess
import tarfile
import zlib

CAPS = "security.capability"
KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c",
         stat.S_IFBLK: "b", stat.S_IFIFO: "p", stat.S_IFSOCK: "s"}
DECOY = b"#!/bin/bash\n# must not be seen: LD_PRELOAD=/decoy.so ldd --decoy\ngetent passwd\n"
SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@,:~%-")
FEW = 200  # a tree with fewer entries than that is damaged more densely


class Entry:
    """One path: kind is f d l h c b p s, as mkimage has them, or w and o."""

    def __init__(self, kind, mode=None, uid=None, gid=None, data=None, source=None, to=None,
                 caps=None, disk=False):
        self.kind, self.mode, self.uid, self.gid = kind, mode, uid, gid
        self.data, self.source, self.to, self.caps = data, source, to, caps
        self.disk = disk  # all of it is as on disk at source

    def line(self, path):
        """The entry in a list of mkimage."""
        words = ["=" if self.disk and self.kind != "h" else self.kind, escape(path) or "."]
        for key, value in (("uid", self.uid), ("gid", self.gid), ("caps", self.caps)):
            if value is not None:
                words.append("%s=%s" % (key, value))
        if self.mode is not None:
            words.append("mode=%o" % self.mode)
        if self.to is not None:
            words.append("to=" + escape(self.to))
        if self.source is not None and (self.disk or self.kind == "f") and self.kind != "h":
            words.append("from=" + escape(os.fsencode(self.source)))
        elif self.data is not None:
            words.append("text=" + escape(self.data))
        return " ".join(words)


def escape(raw):
    return "".join(chr(c) if c in SAFE else "\\x%02x" % c for c in raw)


def parents(path):
    """The folders that a path is in, the highest first."""
    parts = path.split(b"/")[:-1]
    return [b"/".join(parts[:i + 1]) for i in range(len(parts))]


def read_tree(folder):
    """The entries of a folder on disk; a second name of a file is a hard link."""
    top = os.fsencode(folder)
    tree, inodes = {}, {}
    for at, subdirs, names in os.walk(top):
        subdirs.sort()
        for name in sorted(names) + subdirs:
            real = os.path.join(at, name)
            path = real[len(top) + 1:]
            st = os.lstat(real)
            kind = KINDS[stat.S_IFMT(st.st_mode)]
            first = inodes.setdefault((st.st_dev, st.st_ino), path)
            if kind == "f" and st.st_nlink > 1 and first != path:
                tree[path] = Entry("h", to=first, disk=True, source=real)
            else:
                tree[path] = Entry(kind, disk=True, source=real)
    return tree


def write_folder(tree, folder, owners):
    """Make a folder of a tree; OWNERS: set uid, gid and capabilities too (as root)."""
    top = os.fsencode(folder)
    os.makedirs(top, exist_ok=True)
    for path in sorted(tree, key=lambda p: (tree[p].kind == "h", p)):
        entry, real = tree[path], os.path.join(top, path)
        os.makedirs(os.path.dirname(real), exist_ok=True)
        if entry.kind == "d":
            os.makedirs(real, exist_ok=True)
        elif entry.kind == "l":
            os.symlink(entry.to, real)
        elif entry.kind == "h":
            os.link(os.path.join(top, entry.to), real)
        elif entry.kind == "p":
            os.mkfifo(real)
        elif entry.kind == "f":
            with open(real, "wb") as f:
                f.write(contents(entry))
        else:
            raise ValueError("cannot make a %r" % entry.kind)
    for path in sorted(tree, reverse=True):  # folders after what is in them
        entry, real = tree[path], os.path.join(top, path)
        if entry.kind in "hl":
            continue
        if owners:
            os.chown(real, entry.uid or 0, entry.gid or 0)
        if entry.mode is not None:
            os.chmod(real, entry.mode)
        if owners and entry.caps:
            os.setxattr(real, CAPS, bytes.fromhex(entry.caps))


def contents(entry):
    if entry.data is not None:
        return entry.data
    if entry.source is None:
        return b""
    with open(entry.source, "rb") as f:
        return f.read()


# ---- layers -------------------------------------------------------------------

def dice(path, salt):
    """A number that depends on the path alone: the same split in every run."""
    return zlib.crc32(path + salt)


def floors(tree, dense):
    """{folder: what lies below it}: folders whose entries must not be in layer 0."""
    some = [p for p, e in tree.items()
            if e.kind == "d" and p.count(b"/") >= 1 and dice(p, b"floor") % dense == 0]
    kept = {}
    for path in sorted(some):
        if not any(p in kept for p in parents(path)):
            kept[path] = ("opaque", "was-file", "was-link")[dice(path, b"how") % 3]
    return kept


def assign(tree, floor):
    """{path: layer}: hard links beside their files, nothing in a floor in layer 0."""
    layer = {}
    for path in tree:
        low = any(p in floor for p in parents(path) + [path])
        layer[path] = max(dice(path, b"layer") % 3, 1 if low else 0)
    for path, entry in tree.items():
        if entry.kind == "h":  # as high as the highest of them
            layer[entry.to] = max(layer[entry.to], layer[path])
    for path, entry in tree.items():
        if entry.kind == "h":
            layer[path] = layer[entry.to]
    return layer


def split(tree):
    """Three layers, lowest first, each a list of (path, Entry) in the order of a tar."""
    dense = 2 if len(tree) < FEW else 23
    floor = floors(tree, dense)
    where = assign(tree, floor)
    linked = {e.to for e in tree.values() if e.kind == "h"}
    layers = [{}, {}, {}]
    for path, entry in tree.items():
        layers[where[path]][path] = entry
    for path, entry in sorted(tree.items()):
        if entry.kind == "f" and where[path] and path not in linked and \
                dice(path, b"decoy") % dense == 0 and not any(p in floor for p in parents(path)):
            layers[0][path] = Entry("f", 0o4755, data=DECOY)  # replaced above
        if entry.kind == "d" and path not in floor and dice(path, b"gone") % dense == 0 and \
                not any(p in floor for p in parents(path)):
            gone = path + b"/decoy-gone"
            layers[0][gone] = Entry("f", 0o755, data=DECOY)
            layers[1 + dice(path, b"when") % 2][gone] = Entry("w")
        if entry.kind == "l" and where[path] and dice(path, b"folder") % dense == 0 and \
                not any(p in floor for p in parents(path)):
            layers[0][path] = Entry("d", 0o755)  # a folder becomes a link
            layers[0][path + b"/decoy-below"] = Entry("f", 0o755, data=DECOY)
    for path, how in floor.items():
        layers[1][path] = tree[path]
        if how == "opaque":
            layers[0][path] = Entry("d", 0o700, 1, 1)
            layers[0][path + b"/decoy-hidden"] = Entry("f", 0o755, data=DECOY)
            layers[1][path + b"\0"] = Entry("o")  # behind what it spares, or before it
        elif how == "was-file":
            layers[0][path] = Entry("f", 0o755, data=DECOY)
        else:
            layers[0][path] = Entry("l", to=b"/tmp")
    layers[0][b"decoy-tree"] = Entry("d", 0o755)
    layers[0][b"decoy-tree/bin/decoy"] = Entry("f", 0o755, data=DECOY)
    layers[1][b"decoy-tree"] = Entry("w")
    return [order(layer, tree, floor if i == 0 else ()) for i, layer in enumerate(layers)]


def order(layer, tree, changed):
    """The folders above each entry first, as tar programs write them."""
    out, done = [], set()
    for path in sorted(layer, key=lambda p: (layer[p].kind == "h", p)):
        for up in parents(path):
            if up in tree and up not in layer and up not in done and tree[up].kind == "d" and \
                    up not in changed:
                out.append((up, tree[up]))
                done.add(up)
        out.append((path.rstrip(b"\0"), layer[path]))
    return out


def write_list(layer, name):
    with open(name, "w", encoding="ascii") as f:
        f.write("".join(entry.line(path) + "\n" for path, entry in layer))


def pack(mkimage, form, out, lists, *options):
    """Run mkimage; OUT "-" gives the running process, its output to be read."""
    argv = [mkimage, "--" + form, out] + list(options) + list(lists)
    if out == "-":
        return subprocess.Popen(argv, stdout=subprocess.PIPE)
    subprocess.run(argv, check=True)
    return None


# ---- the reference ------------------------------------------------------------

def merge(tars):
    """{path: (kind, mode, uid, gid, contents or target)} of opened tar files, lowest first."""
    merged = {}
    for tar in tars:
        apply(merged, tar)
    return merged


def remove(merged, path, own=()):
    for name in [n for n in merged if n == path or n.startswith(path + b"/")]:
        if name not in own:
            del merged[name]


def apply(merged, tar):
    own = set()  # what this very layer has: whiteouts do not reach it
    for member in tar:
        path = os.fsencode(member.name).strip(b"/")
        folder, _, name = path.rpartition(b"/")
        if name == b".wh..wh..opq":
            for inside in [n for n in merged if n.startswith(folder + b"/")]:
                if inside not in own:
                    del merged[inside]
            continue
        if name.startswith(b".wh."):
            remove(merged, (folder + b"/" if folder else b"") + name[4:], own)
            continue
        kind = "h" if member.islnk() else KINDS[{
            tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR,
            tarfile.SYMTYPE: stat.S_IFLNK, tarfile.CHRTYPE: stat.S_IFCHR,
            tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO}[member.type]]
        if path in merged and not (kind == "d" and merged[path][0] == "d"):
            remove(merged, path)
        what = os.fsencode(member.linkname) if kind == "l" else None
        if kind == "f":
            what = zlib.crc32(tar.extractfile(member).read())
        own.update(parents(path) + [path])
        merged[path] = merged[os.fsencode(member.linkname)] if kind == "h" else (
            kind, member.mode & 0o7777, member.uid, member.gid, what)


def truth(folder):
    """The same of a folder on disk."""
    out = {}
    top = os.fsencode(folder)
    for path in read_tree(folder):
        real = os.path.join(top, path)
        st = os.lstat(real)
        kind = KINDS[stat.S_IFMT(st.st_mode)]
        what = os.readlink(real) if kind == "l" else None
        if kind == "f":
            with open(real, "rb") as f:
                what = zlib.crc32(f.read())
        out[path] = (kind, stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid, what)
    return out


def layout_layers(folder):
    """The layers of an OCI layout with one plain manifest, lowest first, as paths."""
    def blob(digest):
        return os.path.join(folder, "blobs", *digest.split(":"))
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as f:
        manifest = json.load(f)["manifests"][0]["digest"]
    with open(blob(manifest), encoding="utf-8") as f:
        return [blob(layer["digest"]) for layer in json.load(f)["layers"]]
