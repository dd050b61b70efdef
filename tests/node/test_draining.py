"""Out of traffic, and back: in order, and with nothing left behind."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from tests.waiting import wait_until

from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Unavailable
from skygarth.node.draining import Draining, Surroundings
from skygarth.node.traffic import Traffic

CLOCK = WallClock()


@dataclass
class Place:
    """A node as draining sees it, and what happens there, in order."""

    linger_seconds: float = 0.0
    is_published: bool = True
    is_bucket_away: bool = False
    traffic: Traffic = field(default_factory=lambda: Traffic(CLOCK.monotonic))
    happened: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        around = Surroundings(
            traffic=self.traffic,
            withdraw=lambda: self.happened.append("withdrawn"),
            rejoin=lambda: self.happened.append("rejoined"),
            publish=self.publish,
            tell=self.tell,
            linger_seconds=lambda: self.linger_seconds,
        )
        self.draining = Draining(around, CLOCK.monotonic, quiet_seconds=0)

    def publish(self, _seconds: float) -> bool:
        """Whether everything is in the bucket."""
        if self.is_published:
            self.happened.append("published")
        return self.is_published

    def tell(self) -> None:
        """Say what phase it is in."""
        if self.is_bucket_away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        self.happened.append(f"told {self.draining.phase or 'serving'}")

    def end(self) -> None:
        """End the process."""
        self.happened.append("ended")
        self.ended.set()


def test_draining_goes_in_order() -> None:
    """Refuse and say so, be gone, answer, publish; only then drained (MBR-7)."""
    place = Place()
    place.traffic.begin()
    place.draining.begin()
    under_way = [*place.happened]
    assert not place.draining.wait_drained(0)
    place.traffic.end()

    assert under_way == ["told draining", "withdrawn"]
    assert place.draining.wait_drained(5)
    wait_until(lambda: len(place.happened) == 4, "the last word")
    assert place.happened == ["told draining", "withdrawn", "published", "told drained"]


def test_a_visitor_who_never_ends_is_not_waited_for() -> None:
    """Those who are here have a bounded time (MBR-7)."""
    place = Place()
    place.traffic.begin()
    place.draining.begin(finish_seconds=0.01)

    assert place.draining.wait_drained(5)


def test_a_node_with_something_unpublished_is_not_drained() -> None:
    """However long the bucket is away: what was written would be here only (MBR-7)."""
    place = Place(is_published=False)
    place.draining.begin()
    waited_in_vain = place.draining.wait_drained(0.3)
    place.is_published = True

    assert not waited_in_vain
    assert place.draining.wait_drained(5)


def test_it_can_be_called_off_at_any_time() -> None:
    """While visitors are answered, and after it is drained; a second draining begins anew."""
    place = Place(is_published=False)
    place.draining.begin()
    place.draining.come_back()
    assert place.draining.phase == ""
    assert not place.draining.wait_drained(0)

    place.is_published = True
    place.draining.begin()
    assert place.draining.wait_drained(5)
    place.draining.come_back()

    assert place.draining.phase == ""
    assert place.happened.count("withdrawn") == place.happened.count("rejoined") == 2
    assert place.happened[-1] == "told serving"


def test_to_drain_twice_is_to_drain_once() -> None:
    """Whoever repeats a command changes nothing; nor does calling off what never was."""
    place = Place()
    place.draining.come_back()
    place.draining.begin()
    place.draining.begin()
    assert place.draining.wait_drained(5)

    assert place.happened.count("withdrawn") == 1
    assert "rejoined" not in place.happened


def test_whoever_leaves_is_drained_first() -> None:
    """The process ends after the last word, whether draining had begun before or not (MBR-8)."""
    place, drained = Place(), Place()
    place.draining.leave(place.end)
    drained.draining.begin()
    assert drained.draining.wait_drained(5)
    drained.draining.leave(drained.end)

    assert place.ended.wait(5)
    assert drained.ended.wait(5)
    assert place.happened[-3:] == ["told drained", "published", "ended"]
    assert place.draining.is_leaving


def test_whoever_leaves_answers_while_caches_lead_here() -> None:
    """Resolvers remember addresses; until they forget, the node stays (MBR-8)."""
    place = Place(linger_seconds=3600)
    place.draining.leave(place.end)
    assert place.draining.wait_drained(5)
    stayed = not place.ended.wait(0.3)
    place.linger_seconds = 0

    assert stayed
    assert place.ended.wait(5)


def test_leaving_can_be_called_off() -> None:
    """Until the process ends, one may think again."""
    place = Place(linger_seconds=3600)
    place.draining.leave(place.end)
    assert place.draining.wait_drained(5)
    place.draining.come_back()
    place.linger_seconds = 0

    assert not place.ended.wait(0.3)
    assert not place.draining.is_leaving


def test_a_bucket_that_is_away_does_not_keep_a_node_in_traffic() -> None:
    """That others cannot be told is no reason to go on (MBR-7)."""
    place = Place(is_bucket_away=True)
    place.draining.begin()

    assert place.draining.wait_drained(5)
    assert place.happened[0] == "withdrawn"
