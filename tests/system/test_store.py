#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A store is made for one lens and has places for several ports, even if runs with others come at the same moment."""

import re
import subprocess

import common


class Store(common.Case):
    def at_once(self, store, option, values):
        """Scans with each value at the same moment: {value: (what it told, its exit code)}, and the store's key."""
        capture = common.DATA / "edge-sources.pcap"
        runs = [subprocess.Popen(common.command_of("scan", capture, "--store", store, option, value),
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for value in values]
        ended = {value: (run.communicate(timeout=common.PATIENCE)[1].decode(), run.returncode) for value, run in zip(values, runs)}
        self.assertEqual([path.name for path in store.iterdir() if path.is_file()], ["key"])
        return ended, (store / "key").read_text(encoding="ascii")

    def test_two_lenses_at_once(self):
        for turn in range(8):
            store = self.dir / str(turn)
            ended, key = self.at_once(store, "--lens", ("0.5.0.0/16", "0.6.0.0/16", "0.0.0.0/8"))
            done = [lens for lens, (_, code) in ended.items() if code == common.DONE]
            self.assertEqual(len(done), 1, ended)
            self.assertIn(f"lens {done[0]}\n", key)
            for lens, (err, code) in ended.items():
                if lens not in done:
                    self.assertEqual(code, common.USAGE, err)
                    self.assertIn("was made for other scans", err)
            self.assertEqual(len(list(store.rglob("*.tally"))), 1)

    def test_ports_at_once(self):
        """One of them has the store itself, and the others a folder each."""
        ports = (445, 139, 23)
        for turn in range(8):
            store = self.dir / str(turn)
            ended, key = self.at_once(store, "--port", ports)
            self.assertEqual([code for _, code in ended.values()], [common.DONE] * len(ports), ended)
            first = int(re.search(r"port (\d+)\n", key)[1])
            for port in ports:
                folder = store if port == first else store / f"port-{port}"
                self.assertIn(f"port {port}\n", (folder / "key").read_text(encoding="ascii"))
                tally, = folder.glob("[0-9a-f][0-9a-f]/*.tally")
                self.assertEqual(int.from_bytes(tally.read_bytes()[12:16], "little"), port)

    def test_tally_of_another_filter(self):
        """A tally that lies in a store where it doesn't belong, as after a copy by hand: its capture is scanned again."""
        capture = common.DATA / "edge-sources.pcap"
        out, _ = self.run_ok(capture)
        wanted = common.snapshot(out)
        for i, other in enumerate((("--port", 139), ("--lens", "0.5.0.0/16"))):
            with self.subTest(other=other):
                store = self.dir / f"store-{i}"
                done = common.call("scan", capture, "--store", store, *other)
                self.assertEqual(done.code, common.DONE, done)
                tally, = store.rglob("*.tally")
                ours, = (out / "restricted" / "store").rglob("*.tally")
                self.assertEqual(tally.name, ours.name)
                self.assertNotEqual(tally.read_bytes(), ours.read_bytes())
                ours.write_bytes(tally.read_bytes())
                done = common.call("reduce", capture, "--out", out, "--no-report")
                self.assertEqual(done.code, common.ENVIRONMENT, done)
                self.assertIn(ours.name, done.err)
                self.run_ok(capture)
                self.assert_same(common.snapshot(out), wanted)


if __name__ == "__main__":
    common.main()
