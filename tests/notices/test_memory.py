"""A broker in memory behaves like one that is not."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Unavailable
from skygarth.notices.memory import MemoryBroker, MemoryLink


def test_a_stopped_broker_ends_its_links() -> None:
    """And takes none, until it is started again."""
    broker = MemoryBroker()
    link = MemoryLink("channel", broker)
    link.open(lambda _message: None)
    broker.stop()

    with pytest.raises(Unavailable):
        link.hold()
    with pytest.raises(Unavailable):
        link.open(lambda _message: None)
    with pytest.raises(Unavailable):
        link.send(b"said")
    broker.start()
    link.open(lambda _message: None)


def test_messages_come_in_order_on_their_channel() -> None:
    """Whoever holds the link hands them on."""
    broker = MemoryBroker()
    heard: list[bytes] = []
    link = MemoryLink("channel", broker)
    link.open(heard.append)
    broker.publish("channel", b"1")
    broker.publish("other", b"2")
    link.send(b"3")
    link.close()
    link.hold()

    assert heard == [b"1", b"3"]
