"""A cloud on this machine, of real processes."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.servers.running import free_ports
from tests.waiting import wait_until

from skygarth.assembly.demo import DemoCloud, DemoNode, is_ready, run_demo
from skygarth.assembly.listening import listen_at
from skygarth.model.errors import Conflict
from skygarth.node.setting_kinds import Address


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """Carries questions."""
    with httpx2.Client() as client:
        yield client


@pytest.fixture
def _signals() -> Iterator[None]:
    """The demo takes signals for itself; give them back."""
    taken = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in taken]
    yield
    for number, handler in zip(taken, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.long  # .ci/run has `skygarth demo --once` in any case
@pytest.mark.usefixtures("_signals")
def test_the_demo_verifies_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Two nodes, a front-end, a cut, a conflict, a lost disk: every check holds."""
    port = _three_ports_in_a_row()

    assert run_demo(2, port, once=True) == 0
    assert capsys.readouterr().out.count("ok ") == 7


def test_a_node_that_died_or_lost_its_folder_is_started_again(
    tmp_path: Path, http: httpx2.Client
) -> None:
    """Both are what a visitor is invited to try."""
    port = free_ports(1)[0]
    node = DemoNode("a", port, tmp_path / "a", f"file://{tmp_path / 'bucket'}", tmp_path / "log")
    cloud = DemoCloud(tmp_path, [node], 0)
    try:
        cloud.revive()
        wait_until(lambda: is_ready(node.address, http), "the node to be ready", seconds=30)
        first = node.process
        cloud.revive()
        assert node.process is first
        node.lose()
        cloud.revive()
        wait_until(node.data.exists, "the folder", seconds=30)
        second = node.process
        assert second is not first
        cloud.revive()
        shutil.rmtree(node.data)
        cloud.revive()
        assert node.process is not second
    finally:
        cloud.stop()

    assert not is_ready(node.address, http)


def test_a_node_that_is_away_is_not_ready(http: httpx2.Client) -> None:
    """Asking does not raise."""
    assert not is_ready("http://127.0.0.1:9", http)


def test_a_taken_port_is_told_before_anything_is_started() -> None:
    """Not by a node that is not ready after twenty seconds."""
    with listen_at(Address("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match=f":{port}") as refusal:
            run_demo(1, port - 1, once=True)

    assert refusal.value.code == "SG-LISTEN-001"
    assert "--port" in refusal.value.hint


def _three_ports_in_a_row() -> int:
    """The first of three free ports that follow each other."""
    for port in free_ports(40):
        if set(range(port, port + 3)) <= _free_among(range(port, port + 3)):
            return port
    raise AssertionError("no three free ports in a row")


def _free_among(ports: range) -> set[int]:
    free = set()
    for port in ports:
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        free.add(port)
    return free
