"""A bucket whose requests fail as they are told to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.model.errors import NotFound, Unavailable
from skygarth.testing.faulty_bucket import Fate, FaultyBucket, Request


class Network:
    """A network with one fate for the next request, and what it delivers later."""

    def __init__(self) -> None:
        self.memory = MemoryBucket()
        self.fate = Fate.FINE
        self.later: list[Callable[[], None]] = []
        self.bucket = FaultyBucket(self.memory, self._decide, self.later.append)

    def _decide(self, _request: Request, _key: str) -> Fate:
        fate, self.fate = self.fate, Fate.FINE
        return fate


@pytest.fixture
def network() -> Network:
    """A network in which all goes well so far."""
    return Network()


def test_a_lost_write_never_happens(network: Network) -> None:
    """Neither now nor later."""
    network.fate = Fate.LOST
    with pytest.raises(Unavailable):
        network.bucket.put_if_absent("tail/x", b"1")

    assert network.later == []
    with pytest.raises(NotFound):
        network.memory.get("tail/x")


def test_an_unanswered_write_has_happened(network: Network) -> None:
    """Its sender cannot know (REP-11)."""
    network.fate = Fate.UNANSWERED
    with pytest.raises(Unavailable):
        network.bucket.put("tail/x", b"1")

    assert network.memory.get("tail/x").body == b"1"


def test_a_late_write_happens_after_its_sender_gave_up(network: Network) -> None:
    """What it meets then is what stands there then."""
    network.fate = Fate.LATE
    with pytest.raises(Unavailable):
        network.bucket.put_if_absent("tail/x", b"old")
    network.bucket.put_if_absent("tail/x", b"new")
    (deed,) = network.later
    deed()

    assert network.memory.get("tail/x").body == b"new"


def test_a_write_may_arrive_twice(network: Network) -> None:
    """The second time its answer reaches nobody."""
    network.fate = Fate.TWICE

    assert network.bucket.put_if_absent("tail/x", b"1")
    (deed,) = network.later
    deed()


def test_a_stale_listing_is_one_that_was_given_before(network: Network) -> None:
    """It lacks what came since, and invents nothing."""
    network.bucket.put("tail/x", b"1")
    before = network.bucket.list("tail/")
    network.bucket.put("tail/y", b"1")
    network.fate = Fate.STALE

    assert network.bucket.list("tail/") == before
    assert len(network.bucket.list("tail/")) == 2


def test_damage_on_the_way_leaves_the_object_whole(network: Network) -> None:
    """One read is wrong in one byte, the next is right."""
    network.bucket.put("tail/x", b"123")
    network.fate = Fate.DAMAGED

    assert network.bucket.get("tail/x").body != b"123"
    assert network.bucket.get("tail/x").body == b"123"


@pytest.mark.parametrize(
    "request_",
    [
        lambda bucket: bucket.get("x"),
        lambda bucket: bucket.get_if_changed("x", None),
        lambda bucket: bucket.get_range("x", 0, 1),
        lambda bucket: bucket.list("tail/"),
        lambda bucket: bucket.now_ms(),
        lambda bucket: bucket.delete("x"),
    ],
)
def test_every_request_may_be_lost(
    network: Network, request_: Callable[[FaultyBucket], object]
) -> None:
    """There is none that always succeeds."""
    network.fate = Fate.LOST
    with pytest.raises(Unavailable):
        request_(network.bucket)
