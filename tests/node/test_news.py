"""A node says what it published, and hears what others did; nothing of it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.node.running_nodes import node_on, write
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Invalid
from skygarth.model.position import Incarnation, Position
from skygarth.node.news import News, SegmentSeen
from skygarth.node.running import RunningNode
from skygarth.notices.memory import MemoryBroker, MemoryLink
from skygarth.notices.notice import Notice, channel_of, encode_notice
from skygarth.notices.port import Heard, Transport, TransportHealth
from skygarth.notices.transport import LinkTransport
from skygarth.replication.timing import Timing

ME, PEER = Incarnation("a" * 32), Incarnation("b" * 32)
CLOCK = WallClock()


class Desk:
    """A node that only writes down what it hears."""

    def __init__(self) -> None:
        self.incarnation = ME
        self.repository_id = "repo"
        self.heads: dict[Incarnation, int] = {}
        self.heard: list[Position] = []
        self.publish: SegmentSeen = lambda _position, _size, _digest: None

    def known_through(self, incarnation: Incarnation) -> int:
        """As far as somebody found."""
        return self.heads.get(incarnation, 0)

    def heard_of(self, position: Position) -> None:
        """Write it down."""
        self.heard.append(position)

    def when_segment_is_stored(self, seen: SegmentSeen) -> None:
        """Remember whom to tell."""
        self.publish = seen


class Sheet:
    """A transport that keeps what is said."""

    name = "sheet"

    def __init__(self) -> None:
        self.said: list[Notice] = []
        self.hear: Heard | None = None
        self.is_stopped = False

    def start(self, heard: Heard) -> None:
        """Remember who listens."""
        self.hear = heard

    def say(self, notice: Notice) -> None:
        """Keep it."""
        self.said.append(notice)

    def health(self) -> TransportHealth:
        """Nobody asks in here."""
        raise AssertionError

    def stop(self) -> None:
        """Remember that it ended."""
        self.is_stopped = True


def notice(incarnation: Incarnation, sequence: int, repository: str = "repo") -> Notice:
    """A notice of a log."""
    return Notice(repository, incarnation, sequence, 10, "d" * 64)


def opened(desk: Desk, sheet: Sheet) -> News:
    """News that has met its transport."""
    asked: list[str] = []

    def make(repository: str) -> Sequence[Transport]:
        asked.append(repository)
        return (sheet,)

    news = News(desk, make, CLOCK.monotonic)
    news.start()
    wait_until(lambda: sheet.hear is not None, "the transport to be started")
    assert asked == ["repo"]
    return news


def test_what_is_published_is_said() -> None:
    """Position, size and digest of the segment, under the repository's id (NOT-4)."""
    desk, sheet = Desk(), Sheet()
    news = opened(desk, sheet)
    wait_until(lambda: news.is_open, "the transports")
    desk.publish(Position(ME, 3), 10, "d" * 64)
    news.stop()

    assert sheet.said == [notice(ME, 3)]
    assert sheet.is_stopped


def test_only_news_is_passed_on() -> None:
    """Not what is known, not twice, not of the own log, not of another repository (NOT-7)."""
    desk, sheet = Desk(), Sheet()
    desk.heads[PEER] = 4
    news = opened(desk, sheet)
    assert sheet.hear is not None
    sheet.hear(notice(PEER, 4))
    sheet.hear(notice(PEER, 5))
    sheet.hear(notice(PEER, 5))
    sheet.hear(notice(ME, 9))
    sheet.hear(notice(PEER, 9, repository="other"))
    news.stop()

    assert desk.heard == [Position(PEER, 5)]
    assert news.turned_away == 1


def test_a_node_without_a_repository_has_no_channel() -> None:
    """It waits until it has met one, and can be stopped before."""
    desk, sheet = Desk(), Sheet()
    desk.repository_id = ""
    news = News(desk, lambda _repository: (sheet,), CLOCK.monotonic)
    news.start()
    news.stop()

    assert sheet.hear is None
    assert news.health == ()


def test_transports_that_cannot_be_made_stop_nobody() -> None:
    """The reason is kept for people; the node goes on without."""

    def fail(_repository: str) -> Sequence[Transport]:
        raise Invalid("no such broker", code="SG-NOTICE-007")

    news = News(Desk(), fail, CLOCK.monotonic)
    news.start()
    wait_until(lambda: news.fault, "the reason")
    news.stop()

    assert news.fault == "SG-NOTICE-007: no such broker"


SELDOM = Timing(
    poll_ms_min=60_000,
    poll_ms_news=60_000,
    poll_ms_max=60_000,
    list_ms=60_000,
    list_ms_max=60_000,
    retry_ms_min=20,
    retry_ms_max=100,
)


def test_two_nodes_hear_of_each_other(tmp_path: Path) -> None:
    """A change arrives although the other node would not have looked for a minute."""
    bucket, broker = MemoryBucket(CLOCK.now_ms), MemoryBroker()
    nodes = [seldom_looking(bucket, tmp_path / name, broker) for name in ("a", "b")]
    for node in nodes:
        node.start()
    try:
        wait_until(lambda: all(node.state == "ready" for node in nodes), "both nodes")
        wait_until(lambda: all(connected(node) for node in nodes), "both transports")
        guid = write(nodes[0], "hello").guid
        wait_until(lambda: nodes[1].repository.find(guid), "the change", seconds=5)
        broker.publish(
            channel_of(nodes[0].repository_id),
            encode_notice(notice(PEER, 10**9, nodes[0].repository_id)),
        )
        second = write(nodes[1], "second").guid
        wait_until(lambda: nodes[0].repository.find(second), "the answer", seconds=5)
    finally:
        for node in nodes:
            node.stop()

    assert [node.lag_seconds() for node in nodes] == [0, 0]


def connected(node: RunningNode) -> bool:
    """Whether all transports of a node are there."""
    news = node.companions.find(News)
    assert news is not None
    health = news.health
    return bool(health) and all(each.connected for each in health)


def seldom_looking(bucket: MemoryBucket, data: Path, broker: MemoryBroker) -> RunningNode:
    """A node that looks once a minute, with a transport in memory."""
    node = node_on(bucket, data, timing=SELDOM)

    def transports(repository: str) -> Sequence[Transport]:
        link = MemoryLink(channel_of(repository), broker)
        return (LinkTransport(link, CLOCK, lambda: 0.5),)

    node.companions.add(News(node, transports, CLOCK.monotonic))
    return node
