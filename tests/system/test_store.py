#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A store is made for one filter, even if runs with others come at the same moment."""

import subprocess

import common


class Store(common.Case):
    def test_two_filters_at_once(self):
        capture, ports = common.DATA / "edge-sources.pcap", (445, 139, 23)
        for turn in range(15):
            store = self.dir / str(turn)
            runs = [subprocess.Popen(common.command_of("scan", capture, "--store", store, "--port", port),
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) for port in ports]
            ended = {port: (run.communicate(timeout=common.PATIENCE)[1].decode(), run.returncode) for port, run in zip(ports, runs)}
            key = (store / "key").read_text(encoding="ascii")
            done = [port for port, (_, code) in ended.items() if code == common.DONE]
            self.assertEqual(len(done), 1, ended)
            self.assertIn(f"port {done[0]}\n", key)
            for port, (err, code) in ended.items():
                if port not in done:
                    self.assertEqual(code, common.USAGE, err)
                    self.assertIn("was made for other scans", err)
            self.assertEqual([path.name for path in store.iterdir() if path.is_file()], ["key"])
            self.assertEqual(len(list(store.rglob("*.tally"))), 1)

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
