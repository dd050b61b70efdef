"""One request of a kind at a time."""

from __future__ import annotations

from skygarth.replication import instructions as do
from skygarth.replication.asking import Asking


def test_a_question_is_asked_once_until_it_is_answered() -> None:
    """Whatever its details are."""
    asking = Asking()
    first = list(asking.ask(do.FindRepository(create=True)))
    second = list(asking.ask(do.FindRepository(create=False)))
    other = list(asking.ask(do.ListTail()))
    asking.answered(do.FindRepository)

    assert [do.FindRepository(create=True)] == first
    assert second == []
    assert other == [do.ListTail()]
    assert do.FindRepository not in asking
    assert do.ListTail in asking
