"""What a local change may not do to the tree.

Two nodes that do not know of each other may give two objects one name, or move
them below each other; merging copes with that, and lists it. One node alone
sees it coming and refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skygarth.database.port import Row, Writing
from skygarth.model.binding import given_values
from skygarth.model.errors import Conflict
from skygarth.model.guid import Guid
from skygarth.model.identified import bound_row
from skygarth.model.plans import DELETED, FIRST_FIELD, TypePlan
from skygarth.model.schema import Stored
from skygarth.model.types import Type


def check_entry(
    writing: Writing, plan: TypePlan, obj: Type, guid: bytes, values: Sequence[Stored]
) -> None:
    """Check that a new object finds its place free, and remember that it no longer is.

    Args:
        writing: the transaction.
        plan: of the object's type, which has names in the tree.
        obj: the object, not created yet.
        guid: what it will be called.
        values: of its fields, in the schema's order.

    Raises:
        Conflict: the name is taken (SG-TREE-001), or the parent is not there (SG-TREE-004).
    """
    assert plan.name_index is not None
    name = values[plan.name_index - FIRST_FIELD]
    if name is None:
        return
    assert isinstance(name, str)
    parent = None if plan.parent_index is None else values[plan.parent_index - FIRST_FIELD]
    assert parent is None or isinstance(parent, bytes)
    if parent is not None and not _is_given_alive(plan, obj):
        check_parent_lives(writing, plan, parent)
    check_name_is_free(writing, parent, name, guid)
    writing.reserve(parent, name, plan.schema.name, guid)


def _is_given_alive(plan: TypePlan, obj: Type) -> bool:
    """Whether the parent was given as an object that lives: that spares asking for it."""
    assert plan.tree is not None
    given = given_values(obj).get(plan.tree.name)
    return isinstance(given, Type) and not bound_row(given)[DELETED]


def check_change(
    writing: Writing, plan: TypePlan, row: Row, values: Mapping[str, Stored], *, anew: bool = False
) -> None:
    """Check a rename or a move; if `anew`, even where the value stays what it was.

    Raises:
        Conflict: the tree refuses it (SG-TREE-001, SG-TREE-002, SG-TREE-004).
    """
    if plan.name_index is None:
        return
    after = list(row)
    for field in values.keys() & plan.attributes.keys():
        after[plan.attributes[field].index] = values[field]
    name, parent = name_in(plan, after), parent_in(plan, after)
    moved, renamed = parent != parent_in(plan, row), name != name_in(plan, row)
    if anew:
        moved = moved or (plan.tree is not None and plan.tree.name in values)
        renamed = renamed or plan.schema.path_field in values
    guid = row[0]
    assert isinstance(guid, bytes)
    if moved and parent is not None:
        check_parent_lives(writing, plan, parent)
        check_no_cycle(writing, plan, guid, parent)
    if name is not None and (moved or renamed):
        stands = parent if moved else _stands_below(writing, plan, guid, parent)
        check_name_is_free(writing, stands, name, guid)


def _stands_below(
    writing: Writing, plan: TypePlan, guid: bytes, parent: bytes | None
) -> bytes | None:
    """What an object really stands below: the root, if its parent is gone or its link cut."""
    place = writing.place(plan.schema.name, guid)
    return parent if place is None else place[0]


def check_return(writing: Writing, plan: TypePlan, row: Row) -> None:
    """Check that an undeleted object finds its place free.

    Raises:
        Conflict: another object shows its name by now (SG-TREE-001).
    """
    name, parent, guid = name_in(plan, row), parent_in(plan, row), row[0]
    if name is None:
        return
    if parent is not None and plan.tree is not None and plan.tree.link_type is not None:
        parent = parent if writing.fetch(plan.tree.link_type, parent) is not None else None
    assert isinstance(guid, bytes)
    check_name_is_free(writing, parent, name, guid)


def check_name_is_free(
    writing: Writing, parent: bytes | None, name: str, guid: bytes | None
) -> None:
    """Refuse a name that a live sibling shows.

    Raises:
        Conflict: it is taken (SG-TREE-001).
    """
    taken = writing.child(parent, name)
    if taken is not None and taken[1] != guid:
        raise Conflict(
            f"the name is taken. name={name!r} type={taken[0]!r} guid='{Guid(bytes=taken[1])}'",
            code="SG-TREE-001",
            hint="choose another name, or rename the object that has it",
        )


def check_parent_lives(writing: Writing, plan: TypePlan, parent: bytes) -> None:
    """Refuse a parent that is not there: the object would stand at the root unasked.

    Raises:
        Conflict: there is no such live object (SG-TREE-004).
    """
    tree = plan.tree
    assert tree is not None
    assert tree.link_type is not None
    if writing.fetch(tree.link_type, parent) is None:
        raise Conflict(
            f"the parent is not there. type={tree.link_type!r} guid='{Guid(bytes=parent)}'",
            code="SG-TREE-004",
            hint="undelete it first, or choose another parent",
        )


def check_no_cycle(writing: Writing, plan: TypePlan, guid: bytes, parent: bytes) -> None:
    """Refuse to put an object below itself.

    Raises:
        Conflict: the new parent stands below the object (SG-TREE-002).
    """
    seen: set[bytes] = set()
    above: bytes | None = parent
    while above is not None and above not in seen:
        if above == guid:
            raise Conflict(
                f"the object would stand below itself. guid='{Guid(bytes=guid)}'",
                code="SG-TREE-002",
                hint="choose a parent that does not stand below the object",
            )
        seen.add(above)
        plan, above = _step_up(writing, plan, above)


def _step_up(writing: Writing, plan: TypePlan, guid: bytes) -> tuple[TypePlan, bytes | None]:
    """The plan and the parent of the object that an object of `plan` has as its parent.

    Deleted objects count: undeleting one must not close a circle either.
    """
    tree = plan.tree
    assert tree is not None
    assert tree.link_type is not None
    above = plan.find_plan(tree.link_type)
    row = writing.fetch(tree.link_type, guid, deleted=True)
    if row is None or above.parent_index is None:
        return above, None
    return above, parent_in(above, row)


def check_no_children(writing: Writing, guid: bytes, what: str) -> None:
    """Refuse to take away what others stand below.

    Raises:
        Conflict: there are live objects below (SG-TREE-003).
    """
    count = writing.dependents(guid)
    if count:
        raise Conflict(
            f"objects stand below this one. {what}='{Guid(bytes=guid)}' children={count}",
            code="SG-TREE-003",
            hint="move or delete them first, or say recursive=True",
        )


def parent_in(plan: TypePlan, row: Sequence[Stored]) -> bytes | None:
    """The parent that a row names; None for the root."""
    parent: Stored = None if plan.parent_index is None else row[plan.parent_index]
    assert parent is None or isinstance(parent, bytes)
    return parent


def name_in(plan: TypePlan, row: Sequence[Stored]) -> str | None:
    """The name that a row has in the tree; None if it has none."""
    name: Stored = None if plan.name_index is None else row[plan.name_index]
    assert name is None or isinstance(name, str)
    return name
