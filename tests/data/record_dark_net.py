#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Records dark-net.pcap.gz: real packets of real hosts' stacks, as a dark net of our own hears them.

    tests/data/record_dark_net.py FILE.pcap.gz      as root, with iproute2 and tcpdump

Two network namespaces are joined by a cable. One has six addresses (198.51.100.0/24), from which sockets connect to TCP/445
and a few other ports, and send UDP, to random addresses of 192.0.2.0/24 (both ranges are for documentation: RFC 5737). The
other is on the way to that range and has nobody in it, so nobody answers and the kernel sends its SYNs again and again, 1, 3
and 7 s after the first. tcpdump records there. Each recording differs; the one beside this script was made once."""
import errno
import gzip
import os
import random
import socket
import subprocess
import sys
import tempfile
import time

HOSTS, DARK = "pz-hosts", "pz-dark"
SOURCES = [f"198.51.100.{n}" for n in range(11, 17)]
SECONDS = 25


def ip(*words, space=None):
    subprocess.run(["ip", *(["-n", space] if space else []), *words], check=True)


def connect(source, port, kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind)
    s.setblocking(False)
    s.bind((source, 0))
    try:
        s.connect((f"192.0.2.{random.randrange(1, 255)}", port))
        if kind == socket.SOCK_DGRAM:
            s.send(b"\4" * 40)
    except OSError as error:
        if error.errno != errno.EINPROGRESS:
            raise
    return s


def send():
    end, kept = time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        source = random.choice(SOURCES[:1] + SOURCES)
        port = 445 if source in SOURCES[:4] or random.random() < 0.2 else random.choice((22, 80, 135, 139))
        kept.append(connect(source, port))
        if random.random() < 0.2:
            kept.append(connect(source, random.choice((53, 137, 1434)), socket.SOCK_DGRAM))
        time.sleep(random.expovariate(4))


def main():
    for space in (HOSTS, DARK):
        ip("netns", "add", space)
    try:
        ip("link", "add", "cable0", "netns", HOSTS, "type", "veth", "peer", "name", "cable1", "netns", DARK)
        for space, name, addresses in ((HOSTS, "cable0", SOURCES), (DARK, "cable1", ["198.51.100.254"])):
            for address in addresses:
                ip("addr", "add", f"{address}/24", "dev", name, space=space)
            ip("link", "set", name, "up", space=space)
        ip("route", "add", "192.0.2.0/24", "via", "198.51.100.254", space=HOSTS)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "c.pcap")
            dump = subprocess.Popen(["ip", "netns", "exec", DARK, "tcpdump", "-q", "-n", "-U", "-s", "96", "-Z", "root",
                                     "-i", "cable1", "-w", path, "ip dst net 192.0.2.0/24"])
            time.sleep(2)
            subprocess.run(["ip", "netns", "exec", HOSTS, sys.executable, os.path.abspath(__file__), "send"], check=True)
            time.sleep(1)
            dump.terminate()
            dump.wait()
            with open(path, "rb") as capture, open(sys.argv[1], "wb") as out:
                out.write(gzip.compress(capture.read(), mtime=0))
    finally:
        for space in (HOSTS, DARK):
            ip("netns", "del", space)


if len(sys.argv) != 2:
    sys.exit(__doc__)
send() if sys.argv[1] == "send" else main()
