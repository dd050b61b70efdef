"""Each clause of docs/protocol/tree.md, on a small cloud."""

from __future__ import annotations

from skygarth.testing.story import play

APART = """
nodes a b
a page house
a page left
a page right
settle
cut a
{edits}
heal a
settle
"""


def _apart(*edits: str, then: str = "") -> list[str]:
    """Where both nodes show pages, label by label, after edits that did not know of each other."""
    lines = play(APART.format(edits="\n".join(edits)) + then).splitlines()
    shown = [(line.split()[0], line.split()[1], line.split()[-1]) for line in lines]
    places = {node: [f"{label} {at}" for who, label, at in shown if who == node] for node in "ab"}
    assert places["a"] == places["b"]
    return places["a"]


def test_tre_1_equal_objects_stand_at_equal_places() -> None:
    """Moves in different order on different nodes end in one tree (TRE-1)."""
    assert _apart("a edit left below=house", "b edit right below=left") == [
        "house /house",
        "left /house/left",
        "right /house/left/right",
    ]


def test_tre_2_the_oldest_of_one_name_shows_it() -> None:
    """Both stay; the first one made has the name (TRE-2), the other a derived one (TRE-3)."""
    assert _apart("a page one name=news below=house", "b page two name=news below=house")[3:] == [
        "one /house/news",
        "two /house/news~…",
    ]


def test_tre_3_a_name_that_is_free_again_shows() -> None:
    """When the older one goes, the younger is reached under its own name (TRE-3)."""
    places = _apart(
        "a page one name=news below=house",
        "b page two name=news below=house",
        then="a edit one name=other\nsettle",
    )

    assert places[3:] == ["one /house/other", "two /house/news"]


def test_tre_4_an_orphan_stands_at_the_root() -> None:
    """Its parent is deleted by somebody who did not know of it (TRE-4), and may come back."""
    edits = ("a delete house", "b page child below=house")

    assert _apart(*edits)[3] == "child /child"
    assert _apart(*edits, then="b undelete house\nsettle")[3] == "child /house/child"


def test_tre_5_the_last_link_of_a_circle_is_cut() -> None:
    """The page that was moved last stands at the root, on both nodes (TRE-5)."""
    assert _apart("a edit left below=right", "b edit right below=left")[1:] == [
        "left /right/left",
        "right /right",
    ]


def test_tre_5_a_circle_opens_where_a_page_is_moved() -> None:
    """At once on the node where it is moved, and with its segment elsewhere (TRE-5)."""
    places = _apart(
        "a edit left below=right",
        "b edit right below=left",
        then="b edit left below=house\nsettle",
    )

    assert places == ["house /house", "left /house/left", "right /house/left/right"]
