"""The own log grows by one segment at a time, and only what stands in a slot decides."""

from __future__ import annotations

from skygarth.model.position import Incarnation, Position
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.publishing import Publisher, Stage
from skygarth.replication.timing import Backoff, Timing

OWN = Incarnation("0" * 32)
FIRST = Position(OWN, 1)


def publisher_with(objects: int) -> Publisher:
    """A publisher with unpublished changes and nothing on its way."""
    timing = Timing()
    publisher = Publisher(timing, Backoff(timing, lambda: 0.5))
    publisher.start(OWN, 0, "")
    publisher.unpublished = objects
    return publisher


def packed_publisher() -> Publisher:
    """A publisher whose first segment is being put."""
    publisher = publisher_with(3)
    assert publisher.advance(0) == [do.PackSegment(FIRST, "")]
    publisher.was_packed(ev.SegmentPacked(FIRST, "d1", through=7))
    assert publisher.advance(0) == [do.PutSegment(FIRST)]
    return publisher


def test_without_changes_nothing_is_due() -> None:
    """An idle log asks for nothing."""
    assert publisher_with(0).due_at(5) is None


def test_an_accepted_put_makes_the_log_one_longer() -> None:
    """The segment is marked as published, and the next one names it as its predecessor."""
    publisher = packed_publisher()

    assert publisher.was_stored() == [do.MarkPublished(FIRST, "d1", 7)]

    publisher.unpublished, publisher.urgent = 1, True
    assert publisher.advance(10_000) == [do.PackSegment(Position(OWN, 2), "d1")]


def test_a_failed_put_is_tried_again_with_the_same_segment() -> None:
    """It may have succeeded, so nothing is packed anew: the same slot is put again (REP-11)."""
    publisher = packed_publisher()

    publisher.failed(0, lasting=False)

    assert publisher.advance(0) == []
    assert publisher.advance(publisher.backoff.until) == [do.PutSegment(FIRST)]


def test_a_taken_slot_is_read() -> None:
    """What stands there decides: nothing is written meanwhile."""
    publisher = packed_publisher()

    publisher.slot_is_taken()

    assert publisher.advance(0) == [do.ReadSlot(FIRST)]


def test_an_own_segment_in_the_slot_was_a_lost_answer() -> None:
    """Any segment that was ever tried for the slot counts as published (REP-12)."""
    publisher = packed_publisher()
    publisher.slot_is_taken()
    publisher.advance(0)

    assert publisher.slot_was_read(ev.SlotRead(FIRST, "d0", through=5)) == [
        do.MarkPublished(FIRST, "d0", 5)
    ]


def test_a_foreign_segment_in_the_slot_means_another_holder() -> None:
    """A digest that was never tried is another writer's: this identity is not ours alone."""
    publisher = packed_publisher()
    publisher.slot_is_taken()
    publisher.advance(0)

    assert publisher.slot_was_read(ev.SlotRead(FIRST, "foreign", through=None)) is None


def test_a_slot_that_is_free_after_all_is_put_again() -> None:
    """A refusal that turns out to be none leads back to the PUT."""
    publisher = packed_publisher()
    publisher.slot_is_taken()
    publisher.advance(0)

    assert publisher.slot_was_read(ev.SlotRead(FIRST, "", None)) == []
    assert publisher.stage is Stage.READY


def test_nothing_to_pack_ends_the_flush() -> None:
    """Changes of objects that were purged meanwhile leave nothing to say."""
    publisher = publisher_with(1)
    publisher.advance(0)

    publisher.was_packed(ev.SegmentPacked(None))

    assert publisher.due_at(0) is None


def test_somebody_waiting_makes_the_flush_due_at_once() -> None:
    """A write that waits for the bucket does not wait for company."""
    publisher = packed_publisher()
    publisher.was_stored()
    publisher.unpublished = 1
    later = publisher.due_at(1)
    publisher.urgent = True

    assert later is not None
    assert later > 1
    assert publisher.due_at(1) == 1
