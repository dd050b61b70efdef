"""What a local change may not do to the tree.

Two nodes that do not know of each other may give two objects one name, or move
them below each other; merging copes with that, and lists it. One node alone
sees it coming and refuses.
"""

from __future__ import annotations

from skygarth.database.port import Row, Writing
from skygarth.model.errors import Conflict
from skygarth.model.guid import Guid
from skygarth.model.plans import TypePlan
from skygarth.model.schema import Stored


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


def parent_in(plan: TypePlan, row: Row) -> bytes | None:
    """The parent that a row names; None for the root."""
    parent: Stored = None if plan.parent_index is None else row[plan.parent_index]
    assert parent is None or isinstance(parent, bytes)
    return parent


def name_in(plan: TypePlan, row: Row) -> str | None:
    """The name that a row has in the tree; None if it has none."""
    name: Stored = None if plan.name_index is None else row[plan.name_index]
    assert name is None or isinstance(name, str)
    return name
