"""Proxies in front of one server, on one core each: ours, and two that the world knows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.running import free_ports

from benchmarks.nodes import ROOT, wait_until
from skygarth.bucket.folder import FolderBucket
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import Card, encode_record, sign_card
from skygarth.model.position import Incarnation
from skygarth.node.cluster_key import ClusterKeys, parse_key
from skygarth.node.membership import CARD_PURPOSE

PROXY_CORE, OTHERS_CORE = 0, 1
PAGE_BYTES = 1024
_KEY = "skykey_" + "5a" * 32

_SERVER = """
worker_processes 1; daemon off; pid {folder}/server.pid; error_log {folder}/server.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        default_type application/json;
        location = /readyz {{ return 200 '{{"ready":true,"state":"ready"}}'; }}
        location = /api/v1/routes {{ return 200 '{{}}'; }}
        location / {{ default_type text/html; return 200 '{page}'; }}
    }}
}}
"""
_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
    upstream nodes {{ server 127.0.0.1:{server}; keepalive 128; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        location / {{
            proxy_pass http://nodes; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
_HAPROXY = """
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    option forwardfor
    http-reuse always
frontend visitors
    bind 127.0.0.1:{port} backlog 2048
    default_backend nodes
backend nodes
    server node 127.0.0.1:{server}
"""


class Proxy:
    """One process that answers at a port; for nginx its only worker counts."""

    def __init__(
        self, command: list[str], port: int, core: int, environ: Mapping[str, str]
    ) -> None:
        self.port = port
        self._process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            env={**os.environ, **environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        wait_until(self._answers, f"{command[0]} to answer", seconds=20)

    def cpu_seconds(self) -> float:
        """What it has used until now, its children's use included."""
        pids = [self._process.pid, *self._children()]
        return sum(map(_cpu_seconds, pids))

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)

    def _children(self) -> list[int]:
        pid = self._process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"it has ended: {self._process.args!r}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2) as answer:
                return len(answer.read()) == PAGE_BYTES
        except OSError:
            return False


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def missing() -> list[str]:
    """What is needed and not installed; nginx stands for the nodes as well."""
    return [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]


@contextmanager
def proxies(folder: Path) -> Iterator[Mapping[str, Proxy]]:
    """The server itself and what stands before it, by name; one that is not installed is absent."""
    folder.mkdir()
    with ExitStack() as stack:

        def start(core: int, port: int, *command: str, **environ: str) -> Proxy:
            proxy = Proxy(list(command), port, core, environ)
            stack.callback(proxy.stop)
            return proxy

        server, ours, nginx, haproxy = free_ports(4)
        texts = {
            "server": _SERVER.format(folder=folder, port=server, page="x" * PAGE_BYTES),
            "nginx": _NGINX.format(folder=folder, port=nginx, server=server),
            "haproxy": _HAPROXY.format(port=haproxy, server=server),
        }
        files = {name: folder / f"{name}.conf" for name in texts}
        for name, text in texts.items():
            files[name].write_text(text)
        made = {"nothing": start(OTHERS_CORE, server, "nginx", "-c", str(files["server"]))}
        made["nginx"] = start(PROXY_CORE, nginx, "nginx", "-c", str(files["nginx"]))
        if shutil.which("haproxy") is not None:
            made["HAProxy"] = start(PROXY_CORE, haproxy, "haproxy", "-f", str(files["haproxy"]))
        else:
            print("haproxy is not installed (apt-get install haproxy): it is left out")
        bucket = _bucket_with_card(folder / "bucket", server)
        words = ["frontend", "--bucket", bucket, "--listen", f"127.0.0.1:{ours}"]
        key = {"SKYGARTH_CLUSTER__KEY": _KEY}
        made["Skygarth"] = start(
            PROXY_CORE, ours, sys.executable, "-m", "skygarth.cli", *words, **key
        )
        time.sleep(1)  # all have settled
        yield made


def _bucket_with_card(folder: Path, port: int) -> str:
    """A bucket that tells of the server as if it were a node."""
    signer = ClusterKeys([parse_key(_KEY)]).signer(CARD_PURPOSE)
    assert signer is not None
    now_ms = WallClock().now_ms()
    card = Card(
        incarnation=Incarnation("ab" * 16),
        name="server",
        address=f"http://127.0.0.1:{port}",
        pools=("web",),
        versions={},
        state="ready",
        started_ms=now_ms,
        written_ms=now_ms,
        lag_seconds=0.0,
        vector={},
        every_seconds=3600.0,
    )
    bucket = FolderBucket(folder)
    bucket.put(keys.card_key(card.incarnation), encode_record(sign_card(card, signer.sign)))
    return f"file://{folder}"
