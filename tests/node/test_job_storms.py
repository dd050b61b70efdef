"""Whatever happens to nodes, every change is worked on, and what its job wrote counts once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.job_cloud import PATIENCE_SECONDS, SILENT_SECONDS, ManualCloud, ManualNode
from tests.repository.journal import Note, Section

from skygarth.repository import JobChange

DEEDS = ("write", "kill", "revive", "cut", "heal", "drain", "resume")
ENOUGH_SECONDS = SILENT_SECONDS + 4 * PATIENCE_SECONDS


def happen(node: ManualNode, deed: str) -> None:
    """What a word of a story means."""
    if deed == "write" and not node.is_dead:
        node.write()
    elif deed in {"kill", "revive"}:
        node.is_dead = deed == "kill"
    elif deed in {"cut", "heal"}:
        node.is_cut = deed == "cut"
    elif deed == "drain" and not node.is_dead:
        node.desk.withdraw()
        node.state = "draining"
    elif deed == "resume":
        node.state = "ready"


def play(story: list[tuple[int, str, int]]) -> None:
    """Let (node, deed, seconds) happen to three nodes; then all is well, and all must be done."""
    cloud = ManualCloud()
    nodes = [cloud.add(letter) for letter in "abc"]
    for node in nodes:
        receive_in(node)
    cloud.run(3)
    for number, deed, seconds in story:
        happen(nodes[number], deed)
        cloud.run(seconds)
    for node in nodes:
        node.is_dead = node.is_cut = False
        node.state = "ready"
    cloud.run(ENOUGH_SECONDS, step_seconds=3)

    written = len(nodes[0].repository.query(Note).all())
    assert written == sum(deed == "write" for _, deed, _ in story) - unwritten(story)
    for node in nodes:
        assert node.jobs() == []
        assert len(node.repository.query(Section).all()) == written
        assert node.repository.conflicts() == []


def receive_in(node: ManualNode) -> None:
    """Work that leaves something behind, under a GUID that is new each time it is done."""

    def receipt(change: JobChange) -> None:
        change.repository.create(Section(name=f"s{change.guid.hex}"))

    node.repository.on("created", Note, pool="media", once=True, name="look")(receipt)


def unwritten(story: list[tuple[int, str, int]]) -> int:
    """How many of the writes fell to a dead node, which wrote nothing."""
    dead: set[int] = set()
    count = 0
    for number, deed, _ in story:
        if deed == "kill":
            dead.add(number)
        elif deed == "revive":
            dead.discard(number)
        elif deed == "write":
            count += number in dead
    return count


@pytest.mark.parametrize(
    "story",
    [
        [(0, "write", 0), (0, "write", 1), (1, "kill", 40), (0, "write", 1), (1, "revive", 3)],
        [(1, "cut", 0), (1, "write", 2), (0, "write", 40), (1, "heal", 5), (2, "write", 0)],
        [(0, "write", 0), (0, "drain", 5), (1, "drain", 0), (2, "write", 5), (2, "kill", 0)],
    ],
    ids=["killed", "cut off", "drained"],
)
def test_all_changes_are_worked_on_once(story: list[tuple[int, str, int]]) -> None:
    """By those who are left, and by those who come back only what is left (JOB-4 to JOB-8)."""
    play(story)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(DEEDS), st.sampled_from([0, 1, 2, 7, 25, 40])),
        max_size=14,
    )
)
def test_no_story_leaves_a_change_undone_or_done_twice(story: list[tuple[int, str, int]]) -> None:
    """Deaths, cuts and drains in any order and at any distance (JOB-4 to JOB-8)."""
    play(story)
