"""Real servers on this machine, for tests, benchmarks and demonstrations.

Each server has a module with one function: `start_seaweed`, `start_ceph` and
`start_rclone` take a folder and return a `RunningServer`. Tests share one of
each kind per run through the fixtures of `tests.servers.fixtures`.

A server gets SIGKILL from the kernel when its parent dies (Linux, by
``setpriv --pdeathsig``), so that even a pytest killed with -9 leaves nothing
behind. The kernel means the *thread* that started it: start servers from a
thread that lives as long as they should, best the main one.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ACCESS_KEY = "skygarth-test-key"
SECRET_KEY = "skygarth-test-secret"

# Below the range from which Linux takes ports for outgoing connections.
_PORTS = range(20_000, 32_000)


class ServerAbsent(Exception):
    """The server's program is not on this machine; the message names the command to install it."""


class ServerFailed(Exception):
    """The server did not come up; the message ends with its log."""


@dataclass
class RunningServer:
    """An S3 server on loopback.

    Attributes:
        endpoint: ``http://127.0.0.1:port``.
        access_key: the key that may do everything.
        secret_key: its secret.
        grace_seconds: how long `stop` waits for it to save its contents.
        processes: what `stop` ends, last started first.
    """

    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    grace_seconds: float = 5.0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """The variables with which a node finds this server."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": "us-east-1",
        }

    def stop(self) -> None:
        """End the server: politely, then for certain."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(self.grace_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def spawn(
    command: Sequence[str | Path], log: Path, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program that dies with this one; what it says goes to `log`."""
    # A company's certificate bundle must not reach servers: some refuse to start with it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("ab") as out:
        return subprocess.Popen(
            [*_leash(), *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**inherited, **(environ or {})},
        )


def free_ports(count: int) -> list[int]:
    """So many ports on which nobody listens at this moment."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise ServerFailed("no free ports")


def wait_until(
    ready: Callable[[], bool],
    what: str,
    *,
    seconds: float,
    log: Path,
    processes: Sequence[subprocess.Popen[bytes]] = (),
) -> None:
    """Poll until `ready`, or say what the log says.

    Raises:
        ServerFailed: a process ended or the time is up.
    """
    until = time.monotonic() + seconds
    while not ready():
        ended = [process for process in processes if process.poll() is not None]
        if ended or time.monotonic() > until:
            reason = "a process ended" if ended else f"not within {seconds} s"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
            raise ServerFailed(f"{what}: {reason}\n{tail}")
        time.sleep(0.05)


def _leash() -> list[str]:
    """What makes a program die with its parent, where the system has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
