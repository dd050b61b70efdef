"""What a NATS server refuses, and what people see of its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.brokers import NatsBroker, find
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.notices.nats import NatsLink
from skygarth.notices.notice import channel_of

CHANNEL = channel_of("repo")


RIGHTS = """
authorization {
  users = [
    {user: node, password: secret, permissions: {publish: "skygarth.*", subscribe: "skygarth.*"}}
  ]
}
"""
"""Those that docs/notices.md names, and no more."""


class GuardedNats(NatsBroker):
    """nats-server that asks for a user and a password, and grants few rights."""

    def command(self) -> list[str | Path]:
        """What starts it."""
        rights = self.folder / "rights.conf"
        rights.write_text(RIGHTS)
        return [*super().command(), "-c", rights]


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
    """With them, and the rights that the document names, links carry."""
    url = f"nats://node:secret@127.0.0.1:{guarded}"
    heard: list[bytes] = []
    own: list[bytes] = []
    listener, link = NatsLink(CHANNEL, url), NatsLink(CHANNEL, url)
    listener.open(heard.append)
    link.open(own.append)
    link.send(b"said")
    wait_until(lambda: heard, "it to be heard")
    link.close()
    listener.close()

    assert (heard, own) == ([b"said"], [])  # what we say ourselves is not sent back
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
