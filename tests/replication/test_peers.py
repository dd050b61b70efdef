"""How far every log is known, fetched and applied."""

from __future__ import annotations

from skygarth.model.position import Incarnation, Position
from skygarth.replication.peers import Peers

OWN = Incarnation("0" * 32)
A = Incarnation("a" * 32)
B = Incarnation("b" * 32)


def test_a_head_that_nobody_knew_is_news() -> None:
    """Learning of a further head is news once; the own log is never a peer's."""
    peers = Peers()

    assert peers.learn({A: 2, OWN: 9}, OWN)
    assert not peers.learn({A: 2}, OWN)
    assert list(peers.logs) == [A]


def test_what_is_known_is_fetched_once_and_in_order() -> None:
    """Known positions are asked for in order, and not again while they are under way."""
    peers = Peers()
    peers.learn({A: 3}, OWN)

    first = list(peers.next_fetches(8))

    assert [Position(A, 1), Position(A, 2), Position(A, 3)] == first
    assert list(peers.next_fetches(8)) == []


def test_fetches_are_bounded_and_shared_between_logs() -> None:
    """Two logs that are far behind share the requests that may be under way."""
    peers = Peers()
    peers.learn({A: 100, B: 100}, OWN)

    logs = [position.incarnation for position in peers.next_fetches(8)]

    assert (logs.count(A), logs.count(B)) == (4, 4)


def test_a_segment_waits_for_what_its_author_had_seen() -> None:
    """A parked segment is applied only once its dependency vector is met (REP-33)."""
    peers = Peers()
    peers.learn({A: 1}, OWN)
    peers.park(Position(A, 1), {B: 1}, OWN)

    assert peers.next_apply({}) is None
    assert peers.waits_for(A) == {B: 1}

    peers.park(Position(B, 1), {}, OWN)
    assert peers.next_apply({}) == Position(B, 1)

    peers.applied(Position(B, 1))
    assert peers.next_apply({}) == Position(A, 1)


def test_a_dependency_tells_of_logs_that_no_listing_has_named() -> None:
    """What a segment needs exists, so it is fetched even if no listing showed it yet."""
    peers = Peers()
    peers.park(Position(A, 1), {B: 2}, OWN)

    assert [Position(B, 1), Position(B, 2)] == [
        p for p in peers.next_fetches(8) if p.incarnation == B
    ]


def test_a_refused_log_stops_alone() -> None:
    """A log is read up to the position from which it is refused; others go on (REP-40)."""
    peers = Peers()
    peers.learn({A: 5, B: 5}, OWN)
    peers.park(Position(A, 3), {}, OWN)

    dropped = peers.refuse(Position(A, 2))

    assert [Position(A, 3)] == dropped
    assert {p for p in peers.next_fetches(20) if p.incarnation == A} == {Position(A, 1)}
    assert len(list(peers.logs[B].fetching)) == 5


def test_a_snapshot_makes_segments_needless() -> None:
    """Standing at a snapshot's vector drops parked segments that it covers."""
    peers = Peers()
    peers.park(Position(A, 1), {}, OWN)
    peers.park(Position(A, 3), {}, OWN)

    assert peers.stand_at({A: 2, OWN: 7}, OWN) == [Position(A, 1)]
    assert peers.vector == {A: 2}
    assert peers.next_apply({}) is None or peers.next_apply({}) == Position(A, 3)
