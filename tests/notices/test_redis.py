"""What a Redis server refuses, and what people see of its address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.brokers import RedisBroker, find
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.notices.notice import channel_of
from skygarth.notices.redis import RedisLink

RIGHTS = (
    "user node on >secret resetchannels &skygarth-* -@all +publish +subscribe +unsubscribe +ping\n"
)
"""Those that docs/notices.md names, and no more."""


class GuardedRedis(RedisBroker):
    """redis-server that asks for user and password, and grants the rights of docs/notices.md."""

    def command(self) -> list[str | Path]:
        """What starts it."""
        rights = self.folder / "rights.conf"
        rights.write_text(RIGHTS)
        program, *options = super().command()
        return [program, rights, *options, "--requirepass", "other"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that asks for a password."""
    try:
        find("redis-server", "redis")
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    broker = GuardedRedis(tmp_path_factory.mktemp("redis"))
    broker.start()
    yield broker.port
    broker.stop()


@pytest.mark.server
def test_credentials_stand_in_the_address(guarded: int) -> None:
    """With them, and the rights that the document names, links carry; people don't see them."""
    heard: list[bytes] = []
    link = RedisLink(channel_of("repo"), f"redis://node:secret@127.0.0.1:{guarded}/0")
    link.open(heard.append)
    holding = threading.Thread(target=link.hold)
    holding.start()
    link.send(b"said")
    wait_until(lambda: heard, "it to be heard")
    link.close()
    holding.join()

    assert link.broker == f"redis://127.0.0.1:{guarded}/0"


@pytest.mark.server
def test_wrong_credentials_are_told_from_an_absent_server(guarded: int) -> None:
    """An operator has to mend something else."""
    link = RedisLink("channel", f"redis://node:wrong@127.0.0.1:{guarded}")

    with pytest.raises(Denied) as caught:
        link.open(lambda _message: None)
    link.close()
    assert caught.value.code == "SG-NOTICE-003"


def test_a_server_that_is_not_there_is_away() -> None:
    """Port 9 of this machine answers nobody."""
    link = RedisLink("channel", "redis://127.0.0.1:9")

    with pytest.raises(Unavailable):
        link.open(lambda _message: None)
    link.close()


def test_a_closed_link_sends_nothing() -> None:
    """It says so instead."""
    with pytest.raises(Unavailable):
        RedisLink("channel", "redis://127.0.0.1:9").send(b"said")


def test_what_is_no_address_is_refused() -> None:
    """Before anything is started."""
    with pytest.raises(Invalid) as caught:
        RedisLink("channel", "nats://127.0.0.1:9")

    assert caught.value.code == "SG-NOTICE-007"
