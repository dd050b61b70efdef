"""One server for all processes of a test run, gone when the last of them is.

Every user holds a shared lock on one file. A keeper, a process of its own,
starts the server and then waits for the one moment when it gets that lock for
itself: nobody uses the server any more. The kernel frees the locks of killed
processes too, so nothing is counted and nothing can be forgotten.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ceph import start_ceph
from tests.servers.rclone import start_rclone
from tests.servers.running import RunningServer, ServerFailed, wait_until
from tests.servers.seaweed import start_seaweed

STARTERS: dict[str, Callable[[Path], RunningServer]] = {
    "seaweed": start_seaweed,
    "ceph": start_ceph,
    "rclone": start_rclone,
}
START_SECONDS = 100
ROOT = Path(__file__).parents[2]


@contextmanager
def shared(kind: str, folder: Path) -> Iterator[RunningServer]:
    """The server of this kind, started by whoever comes first with the same folder.

    Raises:
        ServerFailed: it did not come up.
    """
    assert kind in STARTERS
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("a") as users:
        with (folder / "start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping
            server = _running(folder) or _started_by_keeper(kind, folder)
        yield server


def _running(folder: Path) -> RunningServer | None:
    """The server whose keeper lives, if there is one."""
    with (folder / "keeper.lock").open("a") as keeping:
        if _taken(keeping.fileno()):
            return None
    try:
        facts = json.loads((folder / "facts.json").read_text())
    except FileNotFoundError:
        return None  # it is stopping; the next keeper waits for its lock
    return RunningServer(facts["endpoint"])


def _started_by_keeper(kind: str, folder: Path) -> RunningServer:
    """Start a keeper and wait for its server."""
    log = folder / "keeper.log"
    (folder / "facts.json").unlink(missing_ok=True)
    with log.open("ab") as out:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.sharing", kind, str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C ends the tests; the keeper ends after them
        )
    wait_until(
        (folder / "facts.json").exists, kind, seconds=START_SECONDS, log=log, processes=[keeper]
    )
    server = _running(folder)
    if server is None:
        raise ServerFailed(f"{kind}: its keeper ended at once")
    keeper.returncode = 0  # not ours to wait for: it outlives us if others still use the server
    return server


def keep(kind: str, folder: Path) -> None:
    """Run the server until nobody holds the users' lock."""
    keeping = (folder / "keeper.lock").open("a")
    fcntl.flock(keeping, fcntl.LOCK_EX)  # as long as this process lives
    contents = folder / f"server-{os.getpid()}"
    server = STARTERS[kind](contents)
    try:
        facts = folder / "facts.tmp"
        facts.write_text(json.dumps({"endpoint": server.endpoint, "keeper": os.getpid()}))
        facts.rename(folder / "facts.json")
        with (folder / "users.lock").open("a") as users:
            while not _taken(users.fileno()):
                time.sleep(0.2)
            (folder / "facts.json").unlink(missing_ok=True)
            server.stop()  # before the lock is let go: the next keeper starts afresh
    finally:
        server.stop()
    shutil.rmtree(contents, ignore_errors=True)  # hundreds of MB, run after run


def _taken(lock: int) -> bool:
    """Whether the lock could be had for ourselves alone."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]))
