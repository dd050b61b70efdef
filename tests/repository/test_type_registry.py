"""Which class stands for which type."""

from __future__ import annotations

import pytest
from tests.repositories import RepositoryNode
from tests.repository.journal import Article, Note, Section

from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Conflict, Invalid
from skygarth.model.types import Type
from skygarth.repository import Repository


def test_registering_a_type_registers_what_it_links_to(repository: Repository) -> None:
    """However far the links lead."""
    repository.register(Note)

    assert repository.types == {"article": Article, "note": Note, "section": Section}


def test_asking_for_a_type_registers_it(repository: Repository) -> None:
    """So small programs need not register anything."""
    assert repository.query(Section).count() == 0
    assert repository.type_named("section") is Section


def test_types_are_not_added_in_a_transaction(repository: Repository) -> None:
    """They change the database's layout."""
    with repository.transaction(), pytest.raises(Invalid) as caught:
        repository.register(Section)

    assert caught.value.code == "SG-TYPE-011"


def test_two_classes_cannot_claim_one_name(repository: Repository) -> None:
    """Not at once; one after the other, the later stands for the type."""
    made = type("Note", (Type,), {"__annotations__": {"text": str}, "__module__": __name__})
    with pytest.raises(Invalid) as caught:
        repository.register(Note, made)
    repository.register(Note)
    repository.register(made)

    assert caught.value.code == "SG-TYPE-012"
    assert repository.type_named("note") is made


def test_a_field_cannot_change_its_kind(repository: Repository) -> None:
    """Old values would mean something else."""
    repository.register(Note)
    made = type("Note", (Type,), {"__annotations__": {"text": int}, "__module__": __name__})
    with pytest.raises(Conflict) as caught:
        repository.register(made)

    assert caught.value.code == "SG-TYPE-010"


def test_a_link_to_nothing_is_refused(repository: Repository) -> None:
    """When its type is registered, with the name that leads nowhere."""

    class Lost(Type):
        way: Home_ | None = attr(default=None)  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(Invalid) as caught:
        repository.register(Lost)

    assert caught.value.code == "SG-TYPE-002"
    assert "home_" in caught.value.message


def test_a_learnt_class_lasts_as_long_as_its_schema() -> None:
    """When another node adds a field, a new class has it."""
    a, b = RepositoryNode("a"), RepositoryNode("b")

    class Tree(Type):
        height: Attr[int] = attr(default=1)

    a.repository.create(Tree())
    a.send_to(b)
    first, same = (b.repository.type_named("tree") for _ in range(2))
    grown = type(
        "Tree",
        (Type,),
        {"__annotations__": {"height": int, "age": "int | None"}, "__module__": __name__},
    )
    a.repository.register(grown)
    a.repository.create(grown(height=2, age=3))
    a.send_to(b)
    second = b.repository.type_named("tree")
    for node in (a, b):
        node.database.close()

    assert first is same
    assert first is not second
    assert list(second.__plan__.codecs) == ["height", "age"]
