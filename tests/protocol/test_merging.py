"""Each clause of docs/protocol/merging.md, on a small cloud."""

from __future__ import annotations

import pytest

from skygarth.merging.law import conflict_id
from skygarth.model.errors import SkygarthError
from skygarth.model.schema import FieldSchema, Kind, MergeRule
from skygarth.model.stamp import make_stamp
from skygarth.testing.story import play

STAMP = make_stamp(1, 0, bytes(16))
APART = """
nodes a b
a note x title="Draft"
settle
cut a
{edits}
heal a
settle
"""


def _apart(*edits: str) -> list[str]:
    """What both nodes hold of the note after edits that did not know of each other."""
    return play(APART.format(edits="\n".join(edits))).splitlines()


def _both(line: str) -> list[str]:
    return [f"a {line}", f"b {line}"]


def test_mrg_1_only_known_rules_are_declared() -> None:
    """A rule that this version cannot merge by is refused, not guessed (MRG-1)."""
    assert set(MergeRule) == {"latest", "counter"}
    with pytest.raises((SkygarthError, ValueError)):
        FieldSchema(name="tags", kind=Kind.LIST, merge=MergeRule("set"))


def test_mrg_2_a_field_is_the_set_of_its_heads() -> None:
    """Three authors that do not know of each other leave three heads (MRG-2)."""
    told = play(
        "nodes a b c\na note x\nsettle\ncut a\ncut b\na edit x title=1\nb edit x title=2\n"
        "c edit x title=3\nheal a\nheal b\nsettle"
    )

    assert told.splitlines()[0] == 'a x title="3"   set aside: title="1" by a, title="2" by b'


def test_mrg_3_a_change_removes_its_bases() -> None:
    """What its own author replaced is nobody's head any more, whatever came in between (MRG-3)."""
    assert _apart("a edit x title=1", "b edit x title=2", "a edit x title=3") == _both(
        'x title="3"   set aside: title="2" by b'
    )


def test_mrg_4_the_greatest_stamp_shows() -> None:
    """Not who arrives first: b publishes at once, a, who is cut off, edited before (MRG-4)."""
    assert _apart("a edit x title=1", "b edit x title=2") == _both(
        'x title="2"   set aside: title="1" by a'
    )


def test_mrg_5_fields_merge_one_by_one() -> None:
    """Who edits another field is in nobody's way (MRG-5)."""
    assert _apart("a edit x title=1", "b edit x body=2") == _both('x title="1" body="2"')


def test_mrg_6_an_edit_meets_a_deletion() -> None:
    """Every edit says that its object lives; the later shows, the other is listed (MRG-6)."""
    assert _apart("b edit x title=1", "a delete x") == _both(
        'x title="1" deleted   set aside: _deleted=0 by b'
    )


def test_mrg_7_equal_values_are_no_conflict() -> None:
    """Two heads that say the same are not listed; a conflict has one name everywhere (MRG-7)."""
    assert _apart("a edit x title=1", "b edit x title=1") == _both('x title="1"')
    assert conflict_id(b"g", "title", STAMP) == conflict_id(b"g", "title", STAMP)


def test_mrg_8_a_settlement_replaces_every_head() -> None:
    """It travels like an edit, and leaves nothing aside (MRG-8)."""
    story = APART.format(edits="a edit x title=1\nb edit x title=2") + "a resolve x title=3\nsettle"

    assert play(story).splitlines() == _both('x title="3"')


def test_mrg_8_an_edit_replaces_equal_heads_too() -> None:
    """Who edits has seen what two had given: it does not come back as a conflict (MRG-8)."""
    story = APART.format(edits="a edit x title=1\nb edit x title=1") + "a edit x title=2\nsettle"

    assert play(story).splitlines() == _both('x title="2"')


def test_mrg_9_a_purge_wins() -> None:
    """Over an edit that is later and did not know of it (MRG-9)."""
    assert _apart("b purge x", "a edit x title=1") == _both("x purged")


def test_mrg_10_an_outdone_edit_is_published() -> None:
    """B's edit outdoes a's before that is published; still everybody lists a's (MRG-10)."""
    told = play(
        "nodes a b c\na note x title=0\nsettle\ncut a\na edit x title=1\nb edit x title=2\nwait 5\n"
        "heal a\nsettle"
    )

    assert told.splitlines()[2] == 'c x title="2"   set aside: title="1" by a'


def test_mrg_11_counters_add_up() -> None:
    """Both count, and nothing is set aside (MRG-11)."""
    assert _apart("a edit x views=1", "b edit x views=2") == _both('x title="Draft" views=3')
