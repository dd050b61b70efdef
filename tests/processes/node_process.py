"""A real ``skygarth run`` process, to be used, killed, copied and started again."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import apsw
import httpx2
from tests.servers.running import free_ports, spawn
from tests.waiting import wait_until

from skygarth.assembly.wiring import open_repository
from skygarth.repository.tokens import create_token

Document: TypeAlias = dict[str, object]


@dataclass
class NodeProcess:
    """One node's folder, and the process that runs on it.

    Attributes:
        environ: where the bucket's server is, and settings.
        host: where it listens.
        port: there; 0 for one that is free.
        token: of an administrator; made before the first start.
    """

    name: str
    data: Path
    bucket: str
    environ: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        self.port = self.port or free_ports(1)[0]
        self.log = self.data.parent / f"{self.data.name}.log"
        self.client = httpx2.Client(base_url=self.address, timeout=30)

    @property
    def address(self) -> str:
        """Where it answers HTTP."""
        return f"http://{self.host}:{self.port}"

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "skygarth.db"

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self.process is not None
        return self.process

    # -- life ---------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether it takes traffic."""
        return self._answers(ready=True)

    def prepare(self) -> None:
        """Make the folder and the token, unless there is one."""
        if not self.token:
            self.token = self._make_token()

    def start(self, *, ready: bool = True) -> NodeProcess:
        """Start the process; wait until it takes traffic, or only until it answers."""
        self.prepare()
        self.process = spawn(self._command(), self.log, {**os.environ, **self.environ})
        wait_until(lambda: self._answers(ready=ready), f"{self.name} to answer", seconds=60)
        return self

    def start_in_vain(self) -> tuple[int, str]:
        """Start a process that should refuse; its exit code and what it says."""
        ended = subprocess.run(
            self._command(),
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def begin(self) -> None:
        """Start the process and wait for nothing."""
        self.process = spawn(self._command(), self.log, {**os.environ, **self.environ})

    def kill(self) -> None:
        """End it as a power cut would."""
        self.running.kill()
        self.running.wait(10)

    def stop(self) -> float:
        """End it politely; how many seconds it took."""
        began = time.monotonic()
        self.running.send_signal(signal.SIGTERM)
        self.running.wait(20)
        return time.monotonic() - began

    def close(self) -> None:
        """End whatever is left."""
        self.client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def _command(self) -> list[str]:
        words = ["run", "--name", self.name, "--data", str(self.data), "--bucket", self.bucket]
        words += ["--listen", f"{self.host}:{self.port}"]
        return [sys.executable, "-m", "skygarth.cli", *words]

    def _make_token(self) -> str:
        with open_repository(self.data) as repository:
            secret = hashlib.sha256(str(self.data).encode()).digest()
            return create_token(repository, name=self.data.name, role="admin", secret=secret)

    def _answers(self, *, ready: bool) -> bool:
        assert self.running.poll() is None, self.log.read_text()[-2000:]
        try:
            answer = self.client.get("/readyz" if ready else "/livez", timeout=2)
        except httpx2.TransportError:
            return False
        return answer.is_success

    # -- HTTP ---------------------------------------------------------------------------

    def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """A request to the API, as an administrator."""
        sent = {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, f"/api/v1/{path}", json=body, headers=sent)

    def get(self, path: str) -> Document:
        """A document of the API."""
        document: Document = self.call("GET", path).raise_for_status().json()
        return document

    def write(self, name: str, title: str = "", *, durability: str = "local") -> str:
        """Create an article; its GUID."""
        fields = {"name": name, "title": title or name}
        prefer = f"wait=10, durability={durability}"
        answer = self.call("POST", "article", {"fields": fields}, Prefer=prefer)
        answer.raise_for_status()
        assert answer.headers["Skygarth-Durability"] == durability
        return str(answer.json()["guid"])

    def retitle(self, guid: str, title: str) -> None:
        """Change an article's title."""
        tag = self.call("GET", f"objects/{guid}").raise_for_status().headers["ETag"]
        change = {"fields": {"title": title}}
        self.call("PATCH", f"objects/{guid}", change, If_Match=tag).raise_for_status()

    def title(self, guid: str) -> str | None:
        """An article's title; None if it is not here."""
        answer = self.call("GET", f"objects/{guid}")
        return str(answer.json()["fields"]["title"]) if answer.is_success else None

    def has(self, guids: list[str]) -> bool:
        """Whether all these articles are here."""
        return all(self.call("GET", f"objects/{guid}").is_success for guid in guids)

    def sync(self) -> Document:
        """How replication is doing."""
        return self.get("sync")

    def last_error(self) -> str:
        """What replication last met."""
        return str(self.sync()["last_error"])

    def content(self) -> tuple[str, str]:
        """Vector and digest, as text; the digest is "None" while something is unpublished."""
        facts = self.get("node")
        vector = facts["vector"]
        assert isinstance(vector, dict)
        return str(sorted(vector.items())), str(facts["digest"])


def wait_for_agreement(*nodes: NodeProcess, seconds: float = 30) -> None:
    """Wait until all nodes stand at one vector with one digest, and nothing is unpublished."""

    def agree() -> bool:
        contents = {node.content() for node in nodes}
        return len(contents) == 1 and contents.pop()[1] != "None"

    wait_until(agree, "all nodes to hold equal content", seconds=seconds)


def quick_check(database: Path) -> str:
    """What SQLite says of a database file that nobody has open."""
    connection = apsw.Connection(str(database))
    try:
        ((verdict,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        return str(verdict)
    finally:
        connection.close()
