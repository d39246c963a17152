# SPDX-License-Identifier: BSD-2-Clause
"""A capture file's bytes without its compression, as far as they can be had, and what was wrong with it."""

import subprocess
import zlib

STEP = 16    # bytes that zlib gets at once: what it made of the last of them before an error is lost
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Member:
    def __init__(self, data, damage=None):
        self.data = data
        self.damage = damage    # None, "torn", "corrupt", "checksum" or "trailing"


def gzip_members(packed):
    """zlib told to leave out header and trailer, which are looked at here: a wrong checksum must not cost the data."""
    while packed:
        if packed[:2] != GZIP:
            yield Member(b"", "trailing")
            return
        flags, at = packed[3], 10
        if flags & 4:
            at += 2 + int.from_bytes(packed[at:at + 2], "little")
        for bit in (8, 16):
            if flags & bit:
                at = packed.index(0, at) + 1
        at += 2 if flags & 2 else 0
        inflater, data = zlib.decompressobj(-15), bytearray()
        try:
            for n in range(at, len(packed), STEP):
                data += inflater.decompress(packed[n:n + STEP])
                if inflater.eof:
                    break
        except zlib.error:
            yield Member(bytes(data), "corrupt")
            return
        rest = inflater.unused_data + packed[n + STEP:]
        if not inflater.eof or len(rest) < 8:
            yield Member(bytes(data), "torn")
            return
        trailer, packed = rest[:8], rest[8:]
        good = trailer == zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
        yield Member(bytes(data), None if good else "checksum")


def members(path):
    with open(path, "rb") as file:
        packed = file.read()
    if packed[:2] == GZIP:
        yield from gzip_members(packed)
    elif packed[:4] == ZSTD:
        yield Member(subprocess.run(["zstd", "-dcq"], input=packed, stdout=subprocess.PIPE, check=True).stdout)
    else:
        yield Member(packed)


def unpack(path):
    return b"".join(member.data for member in members(path))
