"""Ceph's RADOS Gateway: a second real S3 server, of a wholly different make.

The smallest cluster that is one: a monitor, one OSD that keeps its objects in
memory, and the gateway, all on loopback and without Ceph's own authentication.
It lists in byte order and matches an ETag only without its quotes.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path

from tests.servers.running import (
    ACCESS_KEY,
    SECRET_KEY,
    RunningServer,
    ServerAbsent,
    ServerFailed,
    free_ports,
    spawn,
    wait_until,
)
from tests.servers.s3_buckets import answers

INSTALL = (
    "apt-get install radosgw ceph-mon ceph-osd ceph-common, or .ci/servers.sh (Debian, as root)"
)
PROGRAMS = ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool"]

_SETTINGS = """
[global]
fsid = {cluster}
mon host = v1:127.0.0.1:{mon_port}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
ms tcp nodelay = true
auth cluster required = none
auth service required = none
auth client required = none
mon data = {folder}/mon
mon allow pool size one = true
mon max pg per osd = 1000
mon osd min up ratio = 0
mon data avail warn = 2
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
log file = {folder}/log-$name
run dir = {folder}
admin socket =
pid file =
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw enable usage log = false
rgw enable quota threads = false
rgw run sync thread = false
"""


def start_ceph(folder: Path) -> RunningServer:
    """Start a cluster with its files in `folder` and wait until it answers; about 2 s.

    Contents are in memory and end with it.
    """
    find_ceph()
    folder.mkdir(parents=True)
    mon_port, port = free_ports(2)
    cluster = _Cluster(folder, str(uuid.uuid4()), mon_port, port)
    try:
        cluster.start_monitor()
        cluster.start_osd()
        cluster.start_gateway()
    except BaseException:
        cluster.server.stop()
        raise
    return cluster.server


def find_ceph() -> None:
    """Make sure that all of Ceph's programs are here."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        raise ServerAbsent(f"Ceph is not installed (no {', '.join(absent)}): {INSTALL}")


class _Cluster:
    """One cluster while it comes up."""

    def __init__(self, folder: Path, cluster: str, mon_port: int, port: int) -> None:
        self._folder = folder
        self._cluster = cluster
        self._mon_port = mon_port
        self._settings = folder / "ceph.conf"
        self._log = folder / "log"
        self.server = RunningServer(f"http://127.0.0.1:{port}", grace_seconds=0)
        self._settings.write_text(
            _SETTINGS.format(cluster=cluster, mon_port=mon_port, port=port, folder=folder)
        )

    def start_monitor(self) -> None:
        """Make and start the monitor, which keeps the cluster's map."""
        (self._folder / "mon").mkdir()
        first_map = self._folder / "monmap"
        address = f"[v1:127.0.0.1:{self._mon_port}]"
        self._run(
            *("monmaptool", "--create", "--addv", "a", address),
            *("--fsid", self._cluster, first_map),
        )
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", first_map)
        self._spawn("ceph-mon", "-i", "a", "-f")

    def start_osd(self) -> None:
        """Make and start the one store of objects."""
        identity = str(uuid.uuid4())
        (self._folder / "osd").mkdir()
        self._run("ceph", "osd", "new", identity, "0")
        # Left to itself at its start, the OSD asks before it knows the cluster, and now
        # and then aborts ("wrong fsid"): so we say where it stands.
        self._run("ceph", "osd", "crush", "add", "osd.0", "1", "root=default")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity, "--no-mon-config")
        self._spawn("ceph-osd", "-i", "0", "-f")

    def start_gateway(self) -> None:
        """Make the user, then start the S3 gateway."""
        keys = ["--access-key", ACCESS_KEY, "--secret", SECRET_KEY]
        self._run("radosgw-admin", "user", "create", "--uid=t", "--display-name=t", *keys)
        self._spawn("radosgw", "-n", "client.rgw", "-f")
        wait_until(
            lambda: answers(self.server),
            "ceph",
            seconds=90,
            log=self._log,
            processes=self.server.processes,
        )

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run one of Ceph's programs to its end."""
        command = [program, "-c", self._settings, *arguments]
        if program == "monmaptool":
            command = [program, *arguments]
        with self._log.open("ab") as log:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=60, check=False
            )
        if ended.returncode:
            said = self._log.read_text(errors="replace")[-2000:]
            raise ServerFailed(f"{program} ended with {ended.returncode}\n{said}")

    def _spawn(self, program: str, *arguments: str) -> None:
        """Start one of Ceph's daemons as our child."""
        self.server.processes.append(spawn([program, "-c", self._settings, *arguments], self._log))
