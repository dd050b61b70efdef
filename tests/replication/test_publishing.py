"""The own log grows by one segment at a time."""

from __future__ import annotations

import pytest
from tests.replication.logs import OWN, TIMING, at

from skygarth.replication.events import SegmentPacked, SlotRead
from skygarth.replication.instructions import MarkPublished, PackSegment, PutSegment, ReadSlot
from skygarth.replication.publishing import Publisher, Stage
from skygarth.replication.timing import Backoff


@pytest.fixture
def publisher() -> Publisher:
    """One that stands behind its second segment and has one change to say."""
    made = Publisher(TIMING, Backoff(TIMING, lambda: 0.5))
    made.start(OWN, 2, "second")
    made.unpublished = 1
    return made


def _put(publisher: Publisher) -> None:
    publisher.advance(0)
    publisher.was_packed(SegmentPacked(at(OWN, 3), "third", 7))
    assert publisher.advance(0) == [PutSegment(at(OWN, 3))]


def test_a_change_is_packed_behind_the_last_segment(publisher: Publisher) -> None:
    """The next segment takes the next slot and names its predecessor (REP-10)."""
    assert publisher.advance(0) == [PackSegment(at(OWN, 3), "second")]


def test_one_upload_at_a_time(publisher: Publisher) -> None:
    """While a segment is under way, nothing else is packed (REP-10)."""
    _put(publisher)
    publisher.unpublished = 5

    assert publisher.advance(0) == []


def test_an_accepted_upload_is_marked(publisher: Publisher) -> None:
    """The log is one segment longer, and the outbox through it can be forgotten."""
    _put(publisher)

    assert publisher.was_stored() == [MarkPublished(at(OWN, 3), "third", 7)]
    assert publisher.next_position == at(OWN, 4)


def test_a_failed_upload_is_tried_again_with_the_same_bytes(publisher: Publisher) -> None:
    """It may have succeeded, so nothing else may be put into that slot (REP-11)."""
    _put(publisher)
    publisher.failed(0, lasting=False)
    publisher.unpublished = 5

    assert publisher.advance(0) == []
    assert publisher.advance(60_000) == [PutSegment(at(OWN, 3))]


def test_an_own_segment_in_the_slot_counts(publisher: Publisher) -> None:
    """The answer was lost, not the upload: what stands there is marked (REP-12)."""
    _put(publisher)
    publisher.slot_is_taken()

    assert publisher.advance(0) == [ReadSlot(at(OWN, 3))]
    grown = publisher.slot_was_read(SlotRead(at(OWN, 3), "an earlier try", 5))
    assert grown == [MarkPublished(at(OWN, 3), "an earlier try", 5)]


def test_a_strange_segment_in_the_slot_ends_the_identity(publisher: Publisher) -> None:
    """Another writer holds this identity too (REP-22)."""
    _put(publisher)
    publisher.slot_is_taken()
    publisher.advance(0)

    assert publisher.slot_was_read(SlotRead(at(OWN, 3), "strange", None)) is None


def test_an_identity_on_its_way_out_writes_nothing(publisher: Publisher) -> None:
    """Between the decision and the new identity nothing is packed under the old one (REP-21)."""
    publisher.rename()

    assert publisher.advance(0) == []


def test_nothing_is_packed_before_the_last_segment_is_marked(publisher: Publisher) -> None:
    """A full disk must not make the same changes be said twice."""
    _put(publisher)
    (marking,) = publisher.was_stored()
    assert isinstance(marking, MarkPublished)
    publisher.not_marked(0, marking)
    publisher.unpublished = 1

    assert publisher.advance(0) == []
    assert publisher.advance(60_000) == [marking]
    assert publisher.advance(60_000) == [PackSegment(at(OWN, 4), "third")]


def test_a_suspicion_is_looked_into(publisher: Publisher) -> None:
    """Somebody knows more of the own log than its author: the slot tells (REP-22)."""
    publisher.suspect(2)
    assert publisher.stage is Stage.IDLE

    publisher.suspect(3)
    assert publisher.advance(0) == [ReadSlot(at(OWN, 3))]
    assert publisher.slot_was_read(SlotRead(at(OWN, 3), "", None)) == []
    assert publisher.stage is Stage.IDLE


def test_nothing_to_say_is_nothing_to_put(publisher: Publisher) -> None:
    """Objects that were created and purged before anybody saw them leave nothing."""
    publisher.advance(0)
    publisher.was_packed(SegmentPacked(None))

    assert publisher.stage is Stage.IDLE
    assert publisher.advance(60_000) == []
