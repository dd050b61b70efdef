"""One server for many processes, and none left when they are gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.servers.rclone import find_rclone
from tests.servers.running import ServerAbsent
from tests.servers.sharing import ROOT, shared

pytestmark = pytest.mark.server

USER = """
import sys, time
from pathlib import Path
from tests.servers.sharing import shared
with shared("rclone", Path(sys.argv[1])) as server:
    print(server.endpoint, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _with_rclone() -> None:
    """All this needs the quickest of the servers."""
    try:
        find_rclone()
    except ServerAbsent as absent:
        pytest.skip(str(absent))


def user(folder: Path) -> subprocess.Popen[str]:
    """A process that uses the server until its input ends or it is killed."""
    command = [sys.executable, "-c", USER, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def endpoint(process: subprocess.Popen[str]) -> str:
    """Where a user found the server."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes true within some seconds."""
    until = time.monotonic() + 20
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def alive(process_id: int) -> bool:
    """Whether a process runs; one that ended and waits to be noticed does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_all_users_get_one_server_and_the_last_one_ends_it(tmp_path: Path) -> None:
    """It outlives the process that started it, and goes with the last, even by kill -9."""
    users = [user(tmp_path) for _ in range(3)]
    found = {endpoint(each) for each in users}
    keeper = json.loads((tmp_path / "facts.json").read_text())["keeper"]

    assert len(found) == 1
    for each in users[:2]:
        each.kill()
        each.communicate()
    time.sleep(0.5)
    assert alive(keeper)
    users[2].kill()
    users[2].communicate()
    assert soon(lambda: not alive(keeper))
    assert not (tmp_path / "facts.json").exists()


def test_a_server_dies_with_its_keeper(tmp_path: Path) -> None:
    """Kill -9 of the keeper takes the server with it, and the next user starts another."""
    first = user(tmp_path)
    address = endpoint(first)
    keeper = json.loads((tmp_path / "facts.json").read_text())["keeper"]
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()

    os.kill(keeper, 9)

    assert children
    assert soon(lambda: not any(alive(int(child)) for child in children))
    first.communicate()
    assert soon(lambda: not alive(keeper))
    with shared("rclone", tmp_path) as server:
        assert server.endpoint != address
