"""The witness sees what must not be written."""

from __future__ import annotations

import pytest

from skygarth.formats import bucket_keys as keys
from skygarth.model.position import Position
from skygarth.testing.happenings import damaged
from skygarth.testing.simulated_cloud import SimulatedCloud


@pytest.fixture
def cloud() -> SimulatedCloud:
    """One node that has published a note."""
    made = SimulatedCloud("witness")
    node = made.add_node("a")
    made.start(node)
    with node.database.writing("a") as writing:
        writing.create("note", bytes(16), ["t", "b", 0], published_us=None)
    node.changed([])
    made.settle()
    return made


def _only(cloud: SimulatedCloud) -> Position:
    (position,) = cloud.bucket.segments
    return position


def test_a_segment_is_kept_as_the_law_words_it(cloud: SimulatedCloud) -> None:
    """What was written can be held against what nodes make of it."""
    (change,) = cloud.bucket.segments[_only(cloud)].changes

    assert change.guid == bytes(16)


def test_a_second_content_is_an_offence(cloud: SimulatedCloud) -> None:
    """One position, one content, for ever (I7, REP-7)."""
    position = _only(cloud)
    node = cloud.nodes["a"]
    other = cloud.add_node("b", backup=node.back_up(), fingerprint=node.fingerprint)
    with other.database.writing("b") as writing:
        writing.edit("note", bytes(16), {"title": "other"})
    segment = cloud.bucket.get(keys.segment_key(position)).body
    cloud.bucket.put(keys.segment_key(position), segment)
    assert cloud.violations == []

    with pytest.raises(Exception, match="hash"):
        cloud.bucket.put(keys.segment_key(position), damaged(segment))


def test_stamps_from_ahead_are_an_offence(cloud: SimulatedCloud) -> None:
    """Nobody publishes under a wrong clock (I10)."""
    position = _only(cloud)
    body = cloud.bucket.get(keys.segment_key(position)).body
    cloud.agenda.now_us -= 3_600_000_000
    cloud.bucket.put(keys.segment_key(position), body)

    assert cloud.violations[0].startswith("I10")


def test_a_bad_disk_changes_what_lies_there(cloud: SimulatedCloud) -> None:
    """Without the witness, who knows what was written."""
    key = keys.segment_key(_only(cloud))
    cloud.bucket.spoil(key, b"nonsense")

    assert cloud.bucket.get(key).body == b"nonsense"
    assert len(cloud.bucket.segments) == 1
