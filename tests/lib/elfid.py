# SPDX-License-Identifier: MIT
"""The few facts about an ELF file that the test runners need to know by themselves.

Deliberately not the program under test: an own, minimal reader, so that what
counts as "static-pie" or "of this machine" is not decided by muslin.
"""

import struct

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_FLAGS_1, DF_1_PIE = 0x6FFFFFFB, 0x08000000


class Elf:
    """Identity and segments of one file; `Elf.read` returns None for anything else."""

    def __init__(self, path):
        with open(path, "rb") as f:
            head = f.read(64)
            if len(head) < 52 or head[:4] != b"\x7fELF":
                raise ValueError("not ELF")
            self.bits = {1: 32, 2: 64}[head[4]]
            self.little = {1: True, 2: False}[head[5]]
            e = "<" if self.little else ">"
            self.type, self.machine = struct.unpack_from(e + "HH", head, 16)
            if self.bits == 64:
                phoff, = struct.unpack_from(e + "Q", head, 32)
                entsize, count = struct.unpack_from(e + "HH", head, 54)
            else:
                phoff, = struct.unpack_from(e + "I", head, 28)
                entsize, count = struct.unpack_from(e + "HH", head, 42)
            f.seek(phoff)
            table = f.read(entsize * count) if count else b""
            self.segments = []
            for i in range(count):
                at = i * entsize
                if self.bits == 64:
                    kind, _fl, off, vaddr, _pa, filesz, memsz, _al = struct.unpack_from(
                        e + "IIQQQQQQ", table, at)
                else:
                    kind, off, vaddr, _pa, filesz, memsz, _fl, _al = struct.unpack_from(
                        e + "IIIIIIII", table, at)
                self.segments.append((kind, off, vaddr, filesz, memsz))
            self.dynamic = None
            for kind, off, _v, filesz, _m in self.segments:
                if kind == PT_DYNAMIC:
                    f.seek(off)
                    self.dynamic = self._rows(f.read(min(filesz, 1 << 20)), e)

    def _rows(self, raw, e):
        form = e + ("QQ" if self.bits == 64 else "II")
        size = struct.calcsize(form)
        rows = []
        for at in range(0, len(raw) - size + 1, size):
            tag, value = struct.unpack_from(form, raw, at)
            if tag == 0:
                break
            rows.append((tag, value))
        return rows

    @property
    def identity(self):
        """(class, byte order, e_machine): equal for files of one machine."""
        return (self.bits, self.little, self.machine)

    def has(self, segment):
        return any(s[0] == segment for s in self.segments)

    @property
    def static_pie(self):
        """Relocates itself: a dynamic section, no interpreter, and marked as a program."""
        return (self.dynamic is not None and not self.has(PT_INTERP)
                and any(t == DT_FLAGS_1 and v & DF_1_PIE for t, v in self.dynamic))


def read(path):
    """The Elf of a path, None when it is none or cannot be read."""
    try:
        return Elf(path)
    except (OSError, ValueError, KeyError, OverflowError, struct.error):
        return None
