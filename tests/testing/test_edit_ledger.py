"""Which values must still stand, by who saw and replaced what."""

from __future__ import annotations

from skygarth.testing.edit_ledger import EditLedger

X = b"object"


def test_what_nobody_replaced_stands() -> None:
    """Two edits that did not know of each other both stand."""
    ledger = EditLedger()
    first = ledger.write(X, "title", "draft")
    second = ledger.write(X, "title", "a", replaced=["draft"])
    third = ledger.write(X, "title", "b", replaced=["draft"])

    standing = ledger.standing([first, second, third], [])
    assert standing.values[X, "title"] == {"a", "b"}


def test_what_was_lost_with_its_disk_is_not_expected() -> None:
    """An edit that neither a surviving disk nor the bucket holds replaces nothing."""
    ledger = EditLedger()
    first = ledger.write(X, "title", "draft")
    ledger.write(X, "title", "lost", replaced=["draft"])

    assert ledger.standing([first], []).values[X, "title"] == {"draft"}


def test_what_reached_the_bucket_is_expected_without_its_author() -> None:
    """With all that its author had seen."""
    ledger = EditLedger()
    ledger.write(X, "title", "draft")
    ledger.write(X, "title", "folded away", replaced=["draft"])
    last = ledger.write(X, "title", "published", replaced=["folded away"])

    assert ledger.standing([], [last.number]).values[X, "title"] == {"published"}


def test_counts_have_bounds() -> None:
    """What is held counts for sure; what was lost may have arrived or not."""
    ledger = EditLedger()
    held = ledger.write(X, "views", "1", amount=2)
    ledger.write(X, "views", "2", amount=3)

    assert ledger.standing([held], []).counts[X] == (2, 5)


def test_a_purge_is_expected_to_last() -> None:
    """An object that was purged by somebody who survives must be gone."""
    ledger = EditLedger()
    purge = ledger.write(X, "", None)

    assert ledger.standing([purge], []).purged == {X}
