#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write figure5.pcap.gz: the 19 packets of the worm's published portrait, one infected host scanning a telescope.

Source: E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network Telescope", CAIDA, 27 February 2009,
Figure 5. The published rows, below as they were printed, give every field but these, which are filled in:
  - what makes 28 bytes of TCP of a SYN on Windows of the time: maximum segment size 1460, two fillers, selective
    acknowledgement permitted; a window of 65535; "don't fragment" set;
  - the checksums, 0, since with both addresses masked none could be right.
The source and the first octet of the destinations were zeroed before publication.

    tests/data/make_figure5.py [OUT]      OUT: figure5.pcap.gz beside this script
"""

import gzip
import os
import struct
import sys

# interface, time, source, destination, bytes, protocol, type of service, ip.id, ttl, source port, destination port,
# tcp.seq, tcp.ack, flags
ROWS = """
 0  1227232109.314700 0.0.0.0         0.21.211.81       48   6 00 30944 103  4554   445 86087408 -        -S----
 0  1227232109.335235 0.0.0.0         0.72.68.92        48   6 00 30986 103  4597   445 c5c93eb0 -        -S----
 0  1227232112.311987 0.0.0.0         0.72.68.92        48   6 00 31098 103  4597   445 c5c93eb0 -        -S----
 0  1227232112.325345 0.0.0.0         0.21.211.81       48   6 00 31153 103  4554   445 86087408 -        -S----
 0  1227232118.378662 0.0.0.0         0.61.41.10        48   6 00 31728 103  4970   445 a2ba5621 -        -S----
 0  1227232121.294971 0.0.0.0         0.61.41.10        48   6 00 31885 103  4970   445 a2ba5621 -        -S----
 0  1227232122.842741 0.0.0.0         0.44.170.6        48   6 00 32025 103  1090   445 262f9d19 -        -S----
 0  1227232125.682085 0.0.0.0         0.44.170.6        48   6 00 32144 103  1090   445 262f9d19 -        -S----
 0  1227232131.855248 0.0.0.0         0.94.158.64       48   6 00 32716 103  1414   445 92d161b3 -        -S----
 0  1227232134.752334 0.0.0.0         0.94.158.64       48   6 00 32825 103  1414   445 92d161b3 -        -S----
 0  1227232134.758070 0.0.0.0         0.33.95.89        48   6 00 32857 103  1334   445 2caa85a6 -        -S----
 0  1227232136.324636 0.0.0.0         0.27.62.87        48   6 00 32974 103  1491   445 4cd0dece -        -S----
 0  1227232139.253707 0.0.0.0         0.27.62.87        48   6 00 33145 103  1491   445 4cd0dece -        -S----
 0  1227232156.377573 0.0.0.0         0.88.189.45       48   6 00 34574 103  2216   445 f272a7d4 -        -S----
 0  1227232158.866263 0.0.0.0         0.106.94.126      48   6 00 34866 103  2332   445 1837abab -        -S----
 0  1227232159.285071 0.0.0.0         0.88.189.45       48   6 00 34912 103  2216   445 f272a7d4 -        -S----
 0  1227232166.330196 0.0.0.0         0.1.226.52        48   6 00 35434 103  2453   445 3ff4a7ad -        -S----
 0  1227232166.343984 0.0.0.0         0.12.104.8        48   6 00 35467 103  2468   445 9de035a6 -        -S----
 0  1227232176.808817 0.0.0.0         0.53.61.84        48   6 00 36319 103  2856   445 bbf2675d -        -S----
"""

LINK_RAW = 101
DONT_FRAGMENT = 0x4000
SYN = 0x02
OPTIONS = struct.pack(">BBHBBBB", 2, 4, 1460, 1, 1, 4, 2)


def rows():
    """The published values, one dictionary a packet, with the names that tcpdump's and Wireshark's fields have."""
    names = ("interface", "time", "source", "destination", "length", "protocol", "tos", "id", "ttl", "source_port",
             "destination_port", "seq", "ack", "flags")
    for line in ROWS.strip().splitlines():
        row = dict(zip(names, line.split(), strict=True))
        seconds, micros = row["time"].split(".")
        row["usec"] = int(seconds) * 1000000 + int(micros)
        for name in ("length", "protocol", "id", "ttl", "source_port", "destination_port"):
            row[name] = int(row[name])
        row["tos"], row["seq"] = int(row["tos"], 16), int(row["seq"], 16)
        yield row


def address(text):
    return bytes(int(octet) for octet in text.split("."))


def record(row):
    tcp = struct.pack(">HHIIBBHHH", row["source_port"], row["destination_port"], row["seq"], 0,
                      (20 + len(OPTIONS)) << 2, SYN, 65535, 0, 0) + OPTIONS
    ip = struct.pack(">BBHHHBBH", 0x45, row["tos"], row["length"], row["id"], DONT_FRAGMENT, row["ttl"],
                     row["protocol"], 0) + address(row["source"]) + address(row["destination"])
    assert row["flags"] == "-S----" and row["ack"] == "-" and len(ip + tcp) == row["length"]
    seconds, micros = divmod(row["usec"], 1000000)
    return struct.pack("<IIII", seconds, micros, len(ip + tcp), row["length"]) + ip + tcp


def capture():
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_RAW) + b"".join(map(record, rows()))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "figure5.pcap.gz")
    with open(out, "wb") as file:
        file.write(gzip.compress(capture(), 9, mtime=0))


if __name__ == "__main__":
    main()
