"""`skygarth run` serves until it is told to stop, and stops within five seconds."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run

from skygarth.cli.exchange import Reply
from skygarth.cli.http_exchange import HttpExchange
from skygarth.cli.waiting import MACHINE, wait_for
from skygarth.model.errors import Unavailable

STOP_SECONDS_MAX = 5.0


def free_address() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def ask(address: str, path: str) -> Reply | None:
    """What a node answers; None while nobody does."""
    exchange = HttpExchange(f"http://{address}", timeout=5)
    try:
        return exchange.send("GET", path, params={}, body=None, headers={})
    except Unavailable:
        return None
    finally:
        exchange.close()


@pytest.mark.parametrize("word", ["run", "dev"])
def test_a_node_serves_and_stops_when_told(word: str, tmp_path: Path) -> None:
    """It answers its address, and SIGTERM ends it in time with success."""
    address = free_address()
    flags = ["--data", "data", "--bucket", "file://./bucket", "--listen", address]
    reload = ["--no-reload"] if word == "dev" else []
    command = [sys.executable, "-m", "skygarth.cli", word, *flags, *reload]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as node:
        try:
            reply, answered = wait_for(
                lambda: ask(address, "/readyz"),
                lambda seen: seen is not None and seen.status == 200,
                timeout=30,
            )
            began = MACHINE.monotonic()
            node.send_signal(signal.SIGTERM)
            code = node.wait(30)
            took = MACHINE.monotonic() - began
        finally:
            node.kill()

    assert answered, reply
    assert code == 0
    assert took < STOP_SECONDS_MAX


def test_two_nodes_do_not_share_a_data_folder(tmp_path: Path) -> None:
    """The second is refused with exit code 5, before it serves anything."""
    command = [sys.executable, "-m", "skygarth.cli", "run", "--data", "data"]
    first = [*command, "--bucket", "file://./bucket", "--listen", (address := free_address())]
    with subprocess.Popen(first, cwd=tmp_path) as node:
        try:
            wait_for(lambda: ask(address, "/livez"), lambda seen: seen is not None, timeout=30)
            second = [*first[:-1], free_address()]
            refused = subprocess.run(
                second, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
            )
        finally:
            node.terminate()
            node.wait(30)

    assert refused.returncode == 5
    assert refused.stderr.startswith("error[SG-DATA-002]")


def test_a_setting_that_cannot_be_fulfilled_stops_the_start(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that seals nothing stops it, rather than publish in the open."""
    monkeypatch.setenv("SKYGARTH_REPLICATION__KEY", "secret")

    ended = run("run", "--data", "data")

    assert ended.code == 1
    assert ended.err.startswith("error[SG-TRUST-007]")


def test_an_application_that_is_not_there_is_named(run: Run) -> None:
    """A misspelt module is the caller's mistake."""
    ended = run("run", "no_such_module:node", "--data", "data")

    assert ended.code == 1
    assert ended.err.startswith("error[SG-APP-001]")
