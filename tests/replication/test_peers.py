"""How far logs are known, fetched and applied."""

from __future__ import annotations

from tests.replication.logs import OWN, A, B, C, at

from skygarth.replication.peers import Peers


def _known(**logs: int) -> Peers:
    peers = Peers()
    names = {"a": A, "b": B, "c": C}
    peers.learn({names[name]: through for name, through in logs.items()}, OWN)
    return peers


def test_a_head_is_news_once() -> None:
    """Only what is further than what is known is news, and the own log never is."""
    peers = _known(a=3)

    assert not peers.learn({A: 3}, OWN)
    assert not peers.learn({A: 2, OWN: 9}, OWN)
    assert peers.learn({A: 4}, OWN)


def test_fetches_go_around_all_logs_that_are_behind() -> None:
    """A log with a long way to go does not keep the others waiting (I9)."""
    wanted = list(_known(a=100, b=2).next_fetches(4))

    assert [at(A, 1), at(A, 2), at(B, 1), at(B, 2)] == wanted


def test_nothing_is_fetched_twice() -> None:
    """What is under way or parked is not asked for again."""
    peers = _known(a=2)
    list(peers.next_fetches(8))
    peers.park(at(A, 1), {}, OWN)

    assert list(peers.next_fetches(8)) == []


def test_a_segment_waits_for_its_predecessor() -> None:
    """A log is applied without gaps (REP-3)."""
    peers = _known(a=2)
    peers.park(at(A, 2), {}, OWN)

    assert peers.next_apply({}) is None

    peers.park(at(A, 1), {}, OWN)

    assert peers.next_apply({}) == at(A, 1)


def test_a_segment_waits_for_what_its_author_had_seen() -> None:
    """A dependency that is not met parks a segment, and is known from then on (REP-33)."""
    peers = _known(b=1)
    peers.park(at(B, 1), {A: 2}, OWN)

    assert peers.next_apply({}) is None
    assert peers.log(A).known_through == 2
    assert peers.waits_for(B) == {A: 2}


def test_the_own_log_may_be_what_a_segment_waits_for() -> None:
    """An author that had read us needs nothing that we lack."""
    peers = _known(b=1)
    peers.park(at(B, 1), {OWN: 3}, OWN)

    assert peers.next_apply({OWN: 2}) is None
    assert peers.next_apply({OWN: 3}) == at(B, 1)


def test_a_refused_log_stops_there_and_nowhere_else() -> None:
    """What lies before the refused segment is applied, what lies behind is dropped (REP-40)."""
    peers = _known(a=4, b=1)
    for sequence in (1, 3, 4):
        peers.park(at(A, sequence), {}, OWN)
    dropped = peers.refuse(at(A, 3))

    assert {at(A, 1), at(A, 3), at(A, 4)} == set(dropped)
    assert {at(A, 1), at(A, 2), at(B, 1)} == set(peers.next_fetches(8))


def test_a_snapshot_makes_parked_segments_needless() -> None:
    """Whoever stands at a vector has applied all below it."""
    peers = _known(a=3)
    peers.park(at(A, 2), {}, OWN)

    assert peers.stand_at({A: 2, OWN: 9}, OWN) == [at(A, 2)]
    assert peers.vector == {A: 2}
    assert list(peers.next_fetches(8)) == [at(A, 3)]


def test_a_rumour_is_worth_one_look() -> None:
    """What only a notice says makes nobody lag, and is forgotten when nothing is there (REP-35)."""
    peers = Peers()
    peers.rumour(at(A, 9), own=B)

    assert [at(A, 1)] == list(peers.next_fetches(8))
    assert peers.are_caught_up
    assert not peers.was_absent(at(A, 1))
    assert peers.logs == {}


def test_a_rumour_that_is_true_leads_on() -> None:
    """Each segment that is found makes the next one worth a look (REP-35)."""
    peers = Peers()
    peers.rumour(at(A, 2), own=B)
    first = list(peers.next_fetches(8))
    peers.was_found(at(A, 1))

    assert [at(A, 1)] == first
    assert [at(A, 2)] == list(peers.next_fetches(8))
    assert peers.log(A).known_through == 1


def test_a_known_segment_that_is_absent_is_missed() -> None:
    """Then a listing or another segment spoke of it, and it has to come."""
    peers = Peers()
    peers.learn({A: 1}, own=B)
    list(peers.next_fetches(8))

    assert peers.was_absent(at(A, 1))
    assert peers.log(A).known_through == 1


def test_a_rumour_about_a_refused_log_is_worth_nothing() -> None:
    """An operator has to release it first (REP-40)."""
    peers = Peers()
    peers.log(A).refused_from = 1
    peers.rumour(at(A, 1), own=B)

    assert list(peers.next_fetches(8)) == []


def test_a_rumour_about_the_own_log_is_worth_nothing() -> None:
    """Nobody knows it better."""
    peers = Peers()
    peers.rumour(at(A, 1), own=A)

    assert peers.logs == {}


def _looked_in_vain(peers: Peers, sequence: int) -> None:
    """As often as it takes to miss a segment."""
    for now in (0.0, 10.0):
        list(peers.next_fetches(8, now))
        assert peers.was_absent(at(A, sequence))
        peers.look_again(at(A, sequence), now, 5.0)


def test_what_nobody_has_read_and_nobody_names_any_more_never_was() -> None:
    """A file was put into a log's next slot, and taken away: the log goes on (REP-37)."""
    peers = Peers()
    peers.listed({A: 1}, OWN)
    _looked_in_vain(peers, 1)

    assert list(peers.missing) == [at(A, 1)]
    assert peers.heads == {A: 0}

    peers.listed({}, OWN)

    assert peers.are_caught_up
    assert list(peers.missing) == []


def test_what_a_segment_needs_is_missed_whatever_listings_show() -> None:
    """Its author has read it: it was removed, and that must be told (REP-36)."""
    peers = _known(b=1)
    peers.park(at(B, 1), {A: 1}, OWN)
    _looked_in_vain(peers, 1)
    peers.listed({B: 1}, OWN)

    assert list(peers.missing) == [at(A, 1)]
    assert peers.heads[A] == 1


def test_what_only_the_hint_names_is_told_to_be_false() -> None:
    """Whoever reads it would look in vain, too; once it is mended, nothing is missed (REP-37)."""
    peers = Peers()
    peers.hinted({A: 1}, OWN)
    _looked_in_vain(peers, 1)
    peers.listed({}, OWN)

    before = peers.has_false_hint, peers.are_caught_up
    peers.hinted({}, OWN)

    assert before == (True, False)
    assert (peers.has_false_hint, peers.are_caught_up) == (False, True)
