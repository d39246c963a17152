#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Slurm cluster on one machine, for tests: a controller and several nodes, each in namespaces of its own.

    cluster.py FOLDER start [NODES [CPUS]]    up when this returns: every node is idle
    cluster.py FOLDER run COMMAND...          a client, like sbatch or squeue, in the current directory
    cluster.py FOLDER kill-node|start-node|down|unplug|plug NODE
    cluster.py FOLDER stop

It needs root, Linux namespaces, and Debian's slurm-wlm, munge and iproute2. All it writes is in FOLDER, no process is
left after stop, and nothing of it can be reached from outside: the nodes' network is a bridge without a way out.

What a node has of its own, and why:
  network   Open MPI listens on all addresses, whatever it is told
  hostname  Open MPI names its shared memory after it
  /dev/shm  so that ranks of two nodes with the same local number don't open the same segment
  TmpFS     Slurm's PMIx plug-in makes folders there that don't bear the node's name
  PIDs      when the first process dies all others do: that is how a node dies
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "sinfo", "munged", "munge", "ip", "unshare",
          "nsenter", "mount")
PREFIX = "10.98.0."
CONTROLLER = "ctl"
CONTROLLER_ADDRESS = PREFIX + "254"
PATIENCE = 900    # seconds after which something hangs: a busy machine may take many times as long as an idle one

# Slurm's limits are for what hangs, as on a busy machine a node or a client may be silent for a while: tests say themselves
# that a node is down (`down`) and that a requeued job need not wait until its first credential has expired (`go_on`).
# ReturnToService must be 1: with 2 a node that dies and is back at once goes unnoticed, and its job runs on to the time
# limit with the ranks waiting for each other.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={controller}({address})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=600
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdSpoolDir={folder}/spool/%n
SlurmdPidFile={folder}/run/%n.pid
SlurmdLogFile={folder}/log/%n.log
TmpFS={folder}/tmp/%n
MailProg=/bin/true
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=1
JobRequeue=1
SlurmdTimeout=600
SlurmctldTimeout=600
KillWait=4
MessageTimeout=100
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
PartitionName=test Nodes={list} Default=YES MaxTime=INFINITE State=UP
"""
NODE = ("NodeName={name} NodeAddr={address} Port=6818 CPUs={cpus} CoresPerSocket={cpus} Sockets=1 ThreadsPerCore=1"
        " RealMemory={memory} State=UNKNOWN\n")


class Failed(Exception):
    pass


def why_not():
    """Why no cluster can be had here; None if one can."""
    path = os.environ.get("PATH", "")
    missing = [name for name in NEEDED if not shutil.which(name, path=path + ":/usr/sbin:/sbin")]
    if missing:
        return f"there is no {', '.join(missing)} (Debian: slurm-wlm munge iproute2)"
    if os.geteuid() != 0:
        return "only root can make namespaces and start Slurm's daemons"
    tried = subprocess.run(["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "ip", "link", "add", "try",
                            "type", "bridge"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if tried.returncode != 0:
        return f"namespaces or bridges are not allowed ({tried.stderr.decode().strip()})"
    return None


def wait_until(what, condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"{what} took longer than {seconds} s")
        time.sleep(0.05)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start_time(pid):
    """Tells a process from a later one with the same number."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


class Cluster:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.state = self.folder / "cluster.json"
        self.pids, self.nodes = {}, {}
        self.children = []    # kept, or Python would complain that they outlive it
        if self.state.exists():
            self.pids, self.nodes = json.loads(self.state.read_text())

    # Processes by name; what is told about them survives this one, for the command line.

    def save(self):
        """In one piece: the first processes of nodes read it while others are started."""
        new = self.state.with_suffix(".new")
        new.write_text(json.dumps([self.pids, self.nodes]))
        new.replace(self.state)

    def pid(self, name):
        """Of a process of ours that is alive, or None."""
        pid, began = self.pids.get(name, (None, None))
        return pid if pid and is_alive(pid) and start_time(pid) == began else None

    def spawn(self, name, command, inside=True):
        """In the background, in the controller's namespaces or in ours."""
        log = open(self.folder / "log" / f"{name}.out", "ab")
        process = subprocess.Popen((self.enter() if inside else []) + list(map(str, command)), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True, env=self.environment())
        log.close()
        self.children.append(process)
        self.pids[name] = (process.pid, start_time(process.pid))
        self.save()
        return process.pid

    def end(self, name, seconds=30, number=signal.SIGTERM):
        pid = self.pid(name)
        for number in (number, signal.SIGKILL):
            if pid and is_alive(pid):
                os.kill(pid, number)
                try:
                    wait_until(f"the end of {name}", lambda: not is_alive(pid), seconds)
                except Failed:
                    continue
        self.pids.pop(name, None)
        self.save()

    def environment(self):
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"),
                "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"}

    def enter(self):
        return ["nsenter", "--target", str(self.pid("holder")), "--net", "--uts", "--mount", f"--wdns={os.getcwd()}", "--"]

    # What the controller's side does.

    def run(self, *command, check=True, **options):
        """Runs a client; its output is text."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        done = subprocess.run(self.enter() + list(map(str, command)), env={**self.environment(), **options.pop("env", {})},
                              timeout=PATIENCE, **options)
        if check and done.returncode != 0:
            raise Failed(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def start(self, count=2, cpus=2):
        reason = why_not()
        if reason:
            raise Failed(reason)
        if self.pid("holder"):
            raise Failed(f"it is up already in {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("log", "run", "state", "spool", "tmp", "munge"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)    # munged looks whether all can reach its socket
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20) // count
        self.nodes = {f"n{i}": PREFIX + str(i) for i in range(1, count + 1)}
        hosts = "127.0.0.1 localhost\n" + "".join(
            f"{address} {name}\n" for name, address in {CONTROLLER: CONTROLLER_ADDRESS, **self.nodes}.items())
        (self.folder / "hosts").write_text(hosts)
        (self.folder / "cgroup.conf").write_text("")
        (self.folder / "slurm.conf").write_text(
            "".join(NODE.format(name=name, address=address, cpus=cpus, memory=memory)
                    for name, address in self.nodes.items()) +
            CONFIGURATION.format(folder=self.folder, controller=CONTROLLER, address=CONTROLLER_ADDRESS,
                                 list=",".join(self.nodes)))
        # The network, and whose name and hosts the controller and the clients have.
        self.spawn("holder", ["unshare", "--net", "--uts", "--mount", "--propagation", "private", sys.executable, "-B",
                              __file__, self.folder, "_hold"], inside=False)
        wait_until("the network", (self.folder / "run" / "held").exists)
        key = self.folder / "munge" / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        self.spawn("munged", ["munged", "--foreground", f"--key-file={key}", f"--socket={self.folder}/munge/socket",
                              f"--pid-file={self.folder}/munge/pid", f"--log-file={self.folder}/munge/log",
                              f"--seed-file={self.folder}/munge/seed"])
        wait_until("munged", (self.folder / "munge" / "socket").exists)
        self.spawn("slurmctld", ["slurmctld", "-D", "-c", "-i"])
        for name in self.nodes:
            self.boot(name)
        try:
            wait_until("until all nodes were idle,", self.is_up)
        except Failed as failed:
            raise Failed(f"{failed}\n{self.tell()}")

    def tell(self):
        """What may explain a failure: the nodes' states, and how the logs end."""
        texts = [self.run("sinfo", "-N", "-l", check=False).stdout]
        for path in sorted((self.folder / "log").iterdir()):
            texts.append(f"== {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-8:]))
        return "\n".join(texts)

    def is_up(self):
        gone = [name for name in ("munged", "slurmctld", *self.nodes) if not self.pid(name)]
        if gone:
            raise Failed(f"{', '.join(gone)} ended at once")
        idle = self.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N", check=False).stdout.split()
        return len(set(idle)) == len(self.nodes)

    def boot(self, name, again=False):
        """`again`: Slurm is to be told that it was down meanwhile."""
        # As a reboot would: what a killed step leaves here keeps the same step from starting once more.
        for place in ("spool", "tmp"):
            shutil.rmtree(self.folder / place / name, ignore_errors=True)
            (self.folder / place / name).mkdir()
            (self.folder / place / name).chmod(0o1777 if place == "tmp" else 0o755)
        booted = self.folder / "run" / f"{name}.booted"
        booted.unlink(missing_ok=True)
        pid = self.spawn(name, ["unshare", "--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                                "--propagation", "private", sys.executable, "-B", __file__, self.folder, "_node", name,
                                self.nodes[name], *(["-b"] if again else [])])
        # The cable can be drawn once the node has a network to draw it into.
        own = os.readlink(f"/proc/{self.pid('holder')}/ns/net")

        def has_network():
            try:
                return os.readlink(f"/proc/{pid}/ns/net") not in (own, os.readlink("/proc/self/ns/net"))
            except OSError:
                return False
        wait_until(f"the network of {name}", has_network)
        self.run("ip", "link", "del", self.cable(name), check=False)
        self.run("ip", "link", "add", self.cable(name), "type", "veth", "peer", "name", "eth0", "netns", pid)
        self.run("ip", "link", "set", self.cable(name), "master", "bridge", "up")

    @staticmethod
    def cable(name):
        return "to-" + name

    def kill_node(self, name):
        """All its processes are gone at once."""
        children = Path(f"/proc/{self.pid(name)}/task/{self.pid(name)}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        self.end(name)

    def start_node(self, name):
        self.boot(name, again=True)

        def known():
            state = self.run("sinfo", "-h", "-n", name, "-o", "%T", check=False).stdout
            return state and "*" not in state and "unk" not in state
        time.sleep(0.5)
        wait_until(f"the return of {name}", known)
        self.run("scontrol", "update", f"nodename={name}", "state=resume", check=False)

    def down(self, name):
        """Slurm hears that the node is down, before it has waited long enough to find out."""
        self.run("scontrol", "update", f"nodename={name}", "state=down", "reason=test")

    def go_on(self, jobs):
        """Jobs, as `scontrol show` tells them, that were requeued and wait: they start soon. Not in the same second, as a
        node refuses credentials of the second in which it was told to end the job."""
        soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(time.time() + 10))
        for job in jobs:
            if job.get("Reason") == "BeginTime" and soon < job["StartTime"] < "Unknown":
                self.run("scontrol", "update", f"jobid={job['JobId']}", "starttime=now+2", check=False)

    def unplug(self, name):
        self.run("ip", "link", "set", self.cable(name), "down")

    def plug(self, name):
        self.run("ip", "link", "set", self.cable(name), "up")

    def stop(self):
        if self.pid("slurmctld"):
            self.run("scancel", "-f", "-u", "root", check=False)
        for name in self.nodes:
            self.end(name, seconds=0.1)    # with its namespace goes whatever is left in it
        for name in ("slurmctld", "munged", "holder"):
            self.end(name)
        for process in self.children:
            process.wait()


def hold(folder):
    """The controller's namespaces live as long as this process."""
    for command in (["hostname", CONTROLLER], ["mount", "--bind", f"{folder}/hosts", "/etc/hosts"],
                    ["ip", "link", "set", "lo", "up"], ["ip", "link", "add", "bridge", "type", "bridge"],
                    ["ip", "addr", "add", CONTROLLER_ADDRESS + "/24", "dev", "bridge"],
                    ["ip", "link", "set", "bridge", "up"]):
        subprocess.run(command, check=True)
    Path(folder, "run", "held").touch()
    while True:
        signal.pause()


def be_node(folder, name, address, *options):
    """The first process of a node, which has to reap what its daemon leaves behind."""
    for command in (["hostname", name], ["mount", "--bind", f"{folder}/hosts", "/etc/hosts"],
                    ["mount", "-t", "tmpfs", "-o", "size=1g,mode=1777", "tmpfs", "/dev/shm"]):
        subprocess.run(command, check=True)
    wait_until("the cable", Path("/proc/sys/net/ipv4/conf/eth0").exists)
    for command in (["ip", "link", "set", "lo", "up"], ["ip", "addr", "add", address + "/24", "dev", "eth0"],
                    ["ip", "link", "set", "eth0", "up"]):
        subprocess.run(command, check=True)
    slurmd = subprocess.Popen(["slurmd", "-D", "-c", "-N", name, *options])
    pid = 0
    while pid != slurmd.pid:
        pid, _ = os.wait()


def main(folder, command="", *arguments):
    cluster = Cluster(folder)
    if command == "_hold":
        hold(folder)
    elif command == "_node":
        be_node(folder, *arguments)
    elif command == "start":
        cluster.start(*map(int, arguments))
    elif command == "run":
        os.environ.update(cluster.environment())
        where = cluster.enter()
        os.execvp(where[0], where + list(arguments))
    elif command in ("kill-node", "start-node", "down", "unplug", "plug"):
        getattr(cluster, command.replace("-", "_"))(*arguments)
    elif command == "stop":
        cluster.stop()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:] or [""])
    except Failed as failure:
        sys.exit(f"cluster: {failure}")
