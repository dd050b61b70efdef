"""What a refused log means is said in plain words."""

from __future__ import annotations

import pytest

from skygarth.cli.answers import BucketAnswer, PeerAnswer, QuarantineAnswer, SyncAnswer
from skygarth.cli.quarantines import explained, find_refused
from skygarth.model.errors import NotFound


def refused(name: str, incarnation: str, *, sequence: int = 1, code: str = "x") -> PeerAnswer:
    """A peer whose log is refused from a segment on."""
    why = QuarantineAnswer(sequence, code, "it is so")
    return PeerAnswer(incarnation, name, known_through=sequence, quarantined=why)


def sync(*peers: PeerAnswer) -> SyncAnswer:
    """How a node stands with these peers."""
    return SyncAnswer("steady", BucketAnswer("file://bucket"), peers=list(peers))


def test_a_refused_log_is_found_by_name_or_incarnation() -> None:
    """Whichever a person has at hand; the beginning of an incarnation will do."""
    peers = sync(refused("b", "1b2c"), PeerAnswer("3d", "d"), refused("c", "2c"))

    assert [find_refused(peers, word).name for word in ("b", "1b", "2c", "c")] == list("bbcc")


@pytest.mark.parametrize("wanted", ["", "d", "z"])
def test_what_is_not_refused_is_not_found(wanted: str) -> None:
    """The way out is the list."""
    with pytest.raises(NotFound, match="does not name one refused log"):
        find_refused(sync(refused("b", "1b"), PeerAnswer("3d", "d")), wanted)


def test_a_name_that_fits_two_logs_names_neither() -> None:
    """A node that lost its disk goes by two incarnations; both are told."""
    with pytest.raises(NotFound, match="found='1b, 2b'"):
        find_refused(sync(refused("b", "1b"), refused("b", "2b")), "b")


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("SG-SEGMENT-002", "put the segment's object back"),
        ("SG-SEGMENT-006", "upgrade this node"),
        ("SG-SEGMENT-021", "same version of the application"),
        ("SG-CLOCK-003", "clock right"),
    ],
)
def test_each_fault_has_its_way_out(code: str, way: str) -> None:
    """What is damaged is put back; what is only too new needs an upgrade."""
    assert way in explained(refused("b", "1b", code=code))


def test_a_log_that_was_bad_from_its_beginning_shows_nothing() -> None:
    """There is no segment before the first."""
    assert "what it wrote so far: nothing shows here; 1 of its segments wait" in explained(
        refused("b", "1b")
    )
