#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_corpus.py DIR: what the fuzzers start from, DIR/NAME/... for fuzz_NAME.c. The same bytes every time.

What a fuzzer found, and seeds that are easier kept than made, lie in corpus/NAME beside this script."""
import bz2
import gzip
import lzma
import os
import re
import struct
import sys

T = 1227286800
DAMAGE_LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'src', 'capture', 'damage_log.h')
with open(DAMAGE_LOG) as header:
    DAMAGES = len(re.findall(r'^    _\(', header.read(), re.M))


def syn(n, flags=2):
    ip = struct.pack('>BBHHHBBHII', 0x45, 0, 48, n, 0x4000, 103, 6, 0, 0x0a000000 + n, 0x2c000009)
    return ip + struct.pack('>HHIIBBHHH', 1024 + n, 445, n, 0, 0x70, flags, 65535, 0, 0) + b'\2\4\5\xb4\1\1\4\2'


def pcap(order='<', magic=0xa1b2c3d4, link=101, head=b'', times=(T, T + 1, T + 2), version=(2, 4), extra=b''):
    out = struct.pack(order + 'IHHiIII', magic, *version, 0, 0, 65535, link)
    for i, t in enumerate(times):
        frame = head + syn(i)
        out += struct.pack(order + 'IIII', t, i, len(frame), len(frame)) + extra + frame
    return out


def block(kind, body, order='<'):
    body += b'\0' * (-len(body) % 4)
    return struct.pack(order + 'II', kind, len(body) + 12) + body + struct.pack(order + 'I', len(body) + 12)


def interface(link=101, snaplen=65535, options=b'', order='<'):
    return block(1, struct.pack(order + 'HHI', link, 0, snaplen) + options, order)


def packet(n, kind=6, number=0, order='<', frame=b''):
    t, frame = (T + n) * 1000000, frame + syn(n)
    number = struct.pack(order + ('I' if kind == 6 else 'HH'), *((number,) if kind == 6 else (number, 0)))
    return block(kind, number + struct.pack(order + 'IIII', t >> 32, t & 0xffffffff, len(frame), len(frame)) + frame, order)


def section(order='<'):
    return block(0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1), order)


def pcapng():
    return section() + interface() + packet(0) + packet(1) + block(3, struct.pack('<I', 48) + syn(9))


def options(order, resolution, offset):
    return struct.pack(order + 'HHB3xHHqHH', 9, 1, resolution, 14, 8, offset, 0, 0)


def pcapngs():
    big = section('>') + interface(1, 96, options('>', 9, -5), '>') + interface(147, order='>') + \
        packet(3, 2, 0, '>', b'\0' * 12 + b'\x08\0') + packet(4, 6, 1, '>') + block(5, b'\0' * 12, '>')
    whole = pcapng()
    yield 'plain', whole
    yield 'big', big
    yield 'sections', whole + big + whole
    yield 'binary', section() + interface(options=options('<', 0x80 | 20, T)) + packet(1) + packet(2, 2)
    yield 'unknown_interface', section() + packet(1) + interface() + packet(1, number=7)
    yield 'long', section() + interface() + block(10, b'x' * 3000) + packet(1)
    yield 'torn', whole[:-7]
    yield 'broken', whole.replace(struct.pack('<I', 80), struct.pack('<I', 84), 1) + whole
    yield 'garbage', whole + b'garbage' * 5 + packet(5) + big
    yield 'pcap', whole + pcap()


def readers():
    plain = {
        'le_us': pcap(), 'be_us': pcap('>'), 'le_ns': pcap(magic=0xa1b23c4d), 'be_ns': pcap('>', 0xa1b23c4d),
        'ethernet': pcap(link=1, head=b'\0' * 12 + b'\x08\0'), 'modified': pcap(magic=0xa1b2cd34, extra=b'\0' * 8),
        'version': pcap(version=(2, 3)), 'times': pcap(times=(T, 5, T, T - 100, T + 9000, 0xffffffff)),
        'unknown': pcap(link=147), 'joined': pcap() + pcap('>', 0xa1b23c4d), 'pcapng': pcapng(),
        'behind': pcap() + pcapng(), 'absurd': pcap() + b'\xff' * 20 + pcap(), 'empty': b'', 'text': b'no capture\n' * 3,
        'short': pcap()[:30], 'long': pcap(times=range(T, T + 600)),
    }
    plain.update(('pcapng_' + name, data) for name, data in pcapngs())
    for name, data in plain.items():
        yield name, b'\0' + data
        yield name + '_gz', b'\1' + data
        yield name + '_members', b'\7' + data
        yield name + '_bad', b'\x85' + data
    whole = gzip.compress(pcap(), mtime=0)
    yield 'raw_gz', b'\0' + whole
    yield 'raw_two', b'\0' + whole + whole
    yield 'raw_torn', b'\0' + whole[:60]
    yield 'raw_trailing', b'\0' + whole + b'garbage' + whole
    yield 'raw_flip', b'\0' + whole[:40] + b'\xff' + whole[41:] + whole
    yield 'raw_fields', b'\0' + b'\x1f\x8b\x08\x1e' + b'\0' * 6 + b'\2\0xyname\0comment\0??' + whole[10:]
    yield 'raw_zstd', b'\0\x28\xb5\x2f\xfd\x20\x18' + struct.pack('<I', 24 << 3 | 1)[:3] + pcap()[:24]


def frames():
    ethernet = b'\0' * 12
    heads = {
        1: [b'\x08\0', b'\x81\0\0\1\x08\0', b'\x88\xa8\0\1\x81\0\0\1\x08\0', b'\x86\xdd', b'\x08\x06'],
        0: [b'\2\0\0\0', b'\0\0\0\2'], 9: [b'\xff\3\0\x21', b'\0\x21', b'\xff\3\x21', b'\x21'], 12: [b''], 14: [b''],
        101: [b''], 104: [b'\x0f\0\x08\0'], 108: [b'\0\0\0\2'], 113: [b'\0' * 14 + b'\x08\0'], 228: [b''],
        276: [b'\x08\0' + b'\0' * 18, b'\x81\0' + b'\0' * 20 + b'\x08\0'], 147: [b''],
    }
    for link, all_of_it in heads.items():
        for i, head in enumerate(all_of_it):
            frame = (ethernet if link == 1 else b'') + head + syn(1)
            yield '%d_%d' % (link, i), struct.pack('>H', link) + frame
            yield '%d_%d_short' % (link, i), struct.pack('>H', link) + frame[:-20]
    changed = bytearray(syn(1))
    for name, at, to in (('options', 0, 0x4f), ('udp', 9, 17), ('later', 7, 9), ('offset', 32, 0), ('length', 3, 20)):
        changed[:] = syn(1)
        changed[at] = to
        yield name, struct.pack('>H', 101) + changed


def damage_logs():
    none = struct.pack('<QII', 7, 1, DAMAGES) + b'\0' * 8 * (DAMAGES + 2)
    detail = struct.pack('<IQQIIQQ', 3, 1000, 5, 340913, 340914, 600, 0)
    sums = struct.pack('<QI', 16, 0)
    yield 'empty', none + struct.pack('<IIII', 0, 0, 0, 0) + sums
    yield 'details', none + struct.pack('<I', 2) + detail * 2 + struct.pack('<III', 0, 0, 0) + sums
    yield 'hours', none + struct.pack('<II', 0, 2) + struct.pack('<IIIIII', 340000, 340001, 340913, 340914, 0, 0) + sums
    yield 'files', none + struct.pack('<II', 0, 0) + struct.pack('<I5sI', 5, b'words', 2) + struct.pack('<QQQ', 7, 8, 9) * 2 + sums
    yield 'sums', struct.pack('<Q', 50) + none[8:] + struct.pack('<IIIIQI', 0, 0, 0, 0, 16, 3) + struct.pack('<QQQ', 7, 8, 9)


def bitmaps():
    yield 'empty', struct.pack('<II', 12346, 0)
    yield 'array', struct.pack('<IIHHI', 12346, 1, 5, 2, 16) + struct.pack('<HHH', 1, 2, 900)
    yield 'run', struct.pack('<IBHHHHH', 12347, 1, 5, 9, 1, 10, 9)
    yield 'bitset', struct.pack('<IIHHI', 12346, 1, 0, 4999, 16) + (b'\xff' * 625).ljust(8192, b'\0')


def lists():
    yield 'paths', b'# comment\none\r\ntwo with blanks\n\nthree'


def members():
    """Behind the number of a magic that replaces the first bytes (255: none) and the size of pieces."""
    content = pcap(times=range(T, T + 20))
    packed = {'gzip': gzip.compress(content, mtime=0), 'bzip2': bz2.compress(content), 'xz': lzma.compress(content),
              'lzma': lzma.compress(content, format=lzma.FORMAT_ALONE),
              'zstd': b'\x28\xb5\x2f\xfd\0\x50' + struct.pack('<I', len(content) << 3 | 1)[:3] + content,
              'lz4': b'\x04\x22\x4d\x18\x60\x40\x82' + struct.pack('<I', len(content) | 1 << 31) + content + bytes(4),
              'legacy': b'\x02\x21\x4c\x18\x05\0\0\0\x40abcd', 'skippable': b'\x53\x2a\x4d\x18\3\0\0\0abc'}
    for name, data in packed.items():
        for size in (0, 4, 15):
            yield '%s_%d' % (name, size), bytes((255, size)) + data
        yield name + '_padded', b'\xff\7' + data + bytes(9) + data + bytes(3)
        yield name + '_torn', b'\xff\7' + data[:len(data) // 2] + data
        yield name + '_trailing', b'\xff\7' + data + b'garbage' + data
        yield name + '_flip', b'\xff\7' + data[:len(data) // 2] + b'\xff' + data[len(data) // 2 + 1:] + data


def main():
    for name, corpus in (('reader', readers()), ('decode', frames()), ('damage_log', damage_logs()), ('codec', members()), ('bitmap', bitmaps()), ('list', lists()),
                         ('tally', [('short', b'\0PZTALLY\n')]),
                         ('pcapng', ((name, b'\6' + data) for name, data in pcapngs()))):
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        for seed, data in corpus:
            with open(os.path.join(folder, seed), 'wb') as f:
                f.write(data)


main()
