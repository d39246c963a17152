#!/usr/bin/env python3
"""Write border-link.pcap.gz from libtrace's test/traces/100_packets.pcap (README.md says what it is and whose).

    tests/data/make_border_link.py 100_packets.pcap [OUT]      OUT: border-link.pcap.gz beside this script
"""

import gzip
import hashlib
import os
import sys

SHA256 = "f447d6144b0da12764ae089d05634a0882ed1e3a0507a9f0153c42f923894de1"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit(f"make_border_link: {sys.argv[1]} is another file than the one that README.md describes")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "border-link.pcap.gz"), "wb") as file:
        file.write(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main()
