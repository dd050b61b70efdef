"""What a NATS server refuses, and what people see of its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.brokers import NatsBroker, find
from tests.servers.running import ServerAbsent

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.notices.nats import NatsLink


class GuardedNats(NatsBroker):
    """nats-server that asks for a user and a password."""

    def command(self) -> list[str | Path]:
        """What starts it."""
        return [*super().command(), "--user", "node", "--pass", "secret"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that asks for a password."""
    try:
        find("nats-server", "nats")
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    broker = GuardedNats(tmp_path_factory.mktemp("nats"))
    broker.start()
    yield broker.port
    broker.stop()


@pytest.mark.server
def test_credentials_stand_in_the_address(guarded: int) -> None:
    """With the right ones the link opens, carries, and closes."""
    heard: list[bytes] = []
    link = NatsLink("channel", f"nats://node:secret@127.0.0.1:{guarded}")
    link.open(heard.append)
    link.send(b"said")
    link.close()

    assert heard == []  # what we say ourselves is not sent back
    assert link.broker == f"nats://127.0.0.1:{guarded}"


@pytest.mark.server
def test_wrong_credentials_are_told_from_an_absent_server(guarded: int) -> None:
    """An operator has to mend something else, and no password is in the message."""
    link = NatsLink("channel", f"nats://node:wrong@127.0.0.1:{guarded}")

    with pytest.raises(Denied) as caught:
        link.open(lambda _message: None)
    link.close()
    assert caught.value.code == "SG-NOTICE-003"
    assert "wrong" not in str(caught.value)


def test_a_server_that_is_not_there_is_away() -> None:
    """Port 9 of this machine answers nobody."""
    link = NatsLink("channel", "nats://127.0.0.1:9")

    with pytest.raises(Unavailable) as caught:
        link.open(lambda _message: None)
    link.close()
    assert caught.value.code == "SG-NOTICE-002"


def test_a_closed_link_sends_nothing() -> None:
    """It says so instead."""
    with pytest.raises(Unavailable):
        NatsLink("channel", "nats://127.0.0.1:9").send(b"said")


def test_what_is_no_address_is_refused() -> None:
    """Before anything is started."""
    with pytest.raises(Invalid) as caught:
        NatsLink("channel", "http://127.0.0.1:9")

    assert caught.value.code == "SG-NOTICE-007"
