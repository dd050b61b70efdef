"""One transaction: one changeset, all or nothing.

Everything in it becomes visible to others at once, gets one stamp, and travels
to other nodes as a whole. It reads its own changes. An exception that leaves
the block undoes all of it, and gives the objects it touched back as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from skygarth.database.port import Committed, Row, Writing
from skygarth.model.binding import assigned_values, bind, given_values, hydrate, rebind, unbind
from skygarth.model.errors import Conflict, Invalid, NotFound
from skygarth.model.expressions import META_CODECS
from skygarth.model.guid import Guid
from skygarth.model.home import Home
from skygarth.model.identified import bound_row
from skygarth.model.plans import DELETED, FIRST_FIELD, TypePlan
from skygarth.model.schema import Stored
from skygarth.model.types import Type
from skygarth.repository.tree_rules import (
    check_change,
    check_entry,
    check_no_children,
    check_return,
)
from skygarth.repository.type_registry import TypeRegistry

T = TypeVar("T", bound=Type)

EDITABLE = frozenset({"published", "hidden"})

AwaitLevel = Callable[[Committed, str, float], str]


class Transaction:
    """A transaction in progress; `Repository.transaction` makes them.

    Attributes:
        message: what the application says it is about.
        author: who does it.
        writing: the database's side of it.
        failed: whether an inner block failed, so that nothing can be kept.
        committed: what it did, once it is committed.
    """

    __slots__ = (
        "_await_level",
        "_former",
        "_guids",
        "_head",
        "_home",
        "_made",
        "_registry",
        "author",
        "committed",
        "failed",
        "message",
        "writing",
    )

    def __init__(
        self,
        writing: Writing,
        registry: TypeRegistry,
        home: Home,
        guids: Callable[[], bytes],
        *,
        message: str,
        author: str,
        await_level: AwaitLevel,
    ) -> None:
        self.message = message
        self.author = author
        self.writing = writing
        self.failed = False
        self.committed: Committed | None = None
        self._registry = registry
        self._home = home
        self._guids = guids
        self._await_level = await_level
        self._made: list[Type] = []
        self._former: list[tuple[Type, Row]] = []
        now = writing.now_us
        self._head = (now, author, now, author, 1)

    # -- making -------------------------------------------------------------------------

    def create(
        self,
        obj: T,
        *,
        guid: Guid | None = None,
        published: object = None,
        hidden: bool = False,
    ) -> T:
        """Keep a new object; gives the same object, which now has a GUID.

        Args:
            obj: made by its type's name, never created before.
            guid: its identity, where that is known from elsewhere.
            published: the moment from which it is meant to be public, aware.
            hidden: whether readers shall not see it.

        Raises:
            InvalidValue: a field refuses its value.
            Invalid: it was created before (SG-OBJECT-002).
            Conflict: a live sibling shows the name (SG-TREE-001), or the GUID is in use
                or was purged (SG-OBJECT-003).
        """
        cls = type(obj)
        plan = cls.__plan__
        if obj.__row__ is not None:
            raise Invalid(
                f"this object has been created already. guid='{obj.guid}'",
                code="SG-OBJECT-002",
                hint="use update or save",
            )
        if cls not in self._registry.classes:
            raise _unregistered(cls)
        values = plan.encode_all(given_values(obj))
        identity = self._guids() if guid is None else self._new_identity(guid)
        if plan.name_index is not None:
            check_entry(self.writing, plan, obj, identity, values)
        at = None if published is None else META_CODECS["published"].encode(published)
        assert at is None or isinstance(at, int)
        self.writing.create(plan.schema.name, identity, values, published_us=at, hidden=hidden)
        bind(obj, (identity, *self._head, at, int(hidden), 0, *values), self._home)
        self._made.append(obj)
        return obj

    # -- changing -----------------------------------------------------------------------

    def update(
        self, obj: Type, meta: Mapping[str, object] | None = None, /, **fields: object
    ) -> bool:
        """Set fields, and editable metadata (``{"published": …, "hidden": …}``).

        Counters may be set too; what travels is the difference. Whether anything changed.

        Raises:
            InvalidValue: a field refuses its value.
            Invalid: there is no such field (SG-TYPE-008) or metadatum (SG-OBJECT-004).
            Conflict: the object is deleted (SG-OBJECT-005), or the tree refuses it.
            NotFound: it has been purged (SG-OBJECT-404).
        """
        plan = type(obj).__plan__
        values = plan.encode_some(fields)
        values.update(_encode_meta(meta or {}))
        return self._edit(obj, plan, values, None)

    def save(self, obj: Type) -> bool:
        """Write the fields that were assigned to, and lists that changed in place.

        Whether anything changed. Raises as `update` does.
        """
        return self._edit(obj, type(obj).__plan__, assigned_values(obj), bound_row(obj))

    def increment(self, obj: Type, field: str, amount: int = 1) -> None:
        """Move a counter by a difference; concurrent ones add up.

        Raises:
            Invalid: the field does not count (SG-TYPE-009).
            InvalidValue: the outcome is not allowed.
        """
        plan = type(obj).__plan__
        plan.check_names({field: amount})
        if field not in plan.counters:
            raise Invalid(
                f"this field does not count. type={plan.schema.name!r} field={field!r}",
                code="SG-TYPE-009",
                hint='declare it with attr(merge="counter")',
            )
        codec = plan.codecs[field]
        codec.comparing().encode(amount)
        row = self._live_row(obj)
        before = row[plan.attributes[field].index]
        assert isinstance(before, int)
        codec.encode(before + amount)
        self._write(obj, plan, {field: amount})

    def delete(self, obj: Type, *, recursive: bool = False) -> None:
        """Delete an object, with all below it if asked; a deleted one stays deleted.

        Raises:
            Conflict: live objects stand below it (SG-TREE-003).
            NotFound: it has been purged (SG-OBJECT-404).
        """
        row = self._row(obj)
        if row[DELETED]:
            bind(obj, row, self._home)
            return
        self._clear_below(obj, recursive=recursive, what="deleted", purging=False)
        self._write(obj, type(obj).__plan__, {"_deleted": 1})

    def undelete(self, obj: Type) -> None:
        """Bring a deleted object back; one that lives stays as it is.

        Raises:
            Conflict: its name is taken by now (SG-TREE-001).
            NotFound: it has been purged (SG-OBJECT-404).
        """
        row = self._row(obj)
        plan = type(obj).__plan__
        if row[DELETED]:
            check_return(self.writing, plan, row)
            self._write(obj, plan, {"_deleted": 0})
        else:
            bind(obj, row, self._home)

    def purge(self, obj: Type, *, recursive: bool = False) -> None:
        """Remove an object for good, on every node; with all below it if asked.

        Raises:
            Conflict: live objects stand below it (SG-TREE-003).
            NotFound: it has been purged already (SG-OBJECT-404).
        """
        row = self._row(obj)
        self._clear_below(obj, recursive=recursive, what="purged", purging=True)
        self._former.append((obj, bound_row(obj)))
        self.writing.purge(type(obj).type_name, obj.guid_bytes)
        bind(obj, (*row[:DELETED], 1, *row[FIRST_FIELD:]), self._home)

    def settle(self, obj: Type, field: str, value: Stored) -> None:
        """Set a field (or metadatum, by its column) and settle all conflicts of it."""
        plan = type(obj).__plan__
        check_change(self.writing, plan, self._row(obj), {field: value}, anew=True)
        self._former.append((obj, bound_row(obj)))
        self.writing.settle(plan.schema.name, obj.guid_bytes, field, value)
        rebind(obj, self._row(obj), {field: value})

    # -- the end --------------------------------------------------------------------------

    def commit_level(self, wanted: str = "local", *, timeout: float = 5) -> str:
        """How safe the committed transaction is: the level reached, after waiting if need be.

        Args:
            wanted: ``local`` (this node's disk) or ``bucket`` (outlives this node).
            timeout: seconds to wait at most.

        Raises:
            Invalid: the transaction has not been committed, or there is no such level
                (SG-REPOSITORY-002).
        """
        if self.committed is None or wanted not in LEVELS:
            raise Invalid(
                f"no such level can be told. wanted={wanted!r}",
                code="SG-REPOSITORY-002",
                hint=f"ask after the block has ended, for one of: {', '.join(LEVELS)}",
            )
        if wanted == "local":
            return "local"
        return self._await_level(self.committed, wanted, timeout)

    def give_back(self) -> None:
        """After a rollback: objects are again what they were before the transaction."""
        for obj, row in reversed(self._former):
            bind(obj, row, self._home)
        for obj in self._made:
            unbind(obj)

    # -- inside ---------------------------------------------------------------------------

    def _edit(
        self, obj: Type, plan: TypePlan, values: dict[str, Stored], loaded: Row | None
    ) -> bool:
        """Check and write; counters become differences to what was loaded, or to what is."""
        row = self._live_row(obj)
        if not values:
            return False
        for name in plan.counters & values.keys():
            index = plan.attributes[name].index
            values[name] = _difference(values[name], (loaded or row)[index])
        check_change(self.writing, plan, row, values)
        return self._write(obj, plan, values)

    def _write(self, obj: Type, plan: TypePlan, values: Mapping[str, Stored]) -> bool:
        changed = self.writing.edit(plan.schema.name, obj.guid_bytes, values)
        self._former.append((obj, bound_row(obj)))
        rebind(obj, self._row(obj), values)
        return changed

    def _row(self, obj: Type) -> Row:
        row = self.writing.fetch(type(obj).type_name, obj.guid_bytes, deleted=True)
        if row is None:
            raise NotFound(
                f"there is no such object any more. guid='{obj.guid}'",
                code="SG-OBJECT-404",
                hint="it has been purged",
            )
        return row

    def _live_row(self, obj: Type) -> Row:
        row = self._row(obj)
        if row[DELETED]:
            raise Conflict(
                f"the object is deleted. guid='{obj.guid}'",
                code="SG-OBJECT-005",
                hint="undelete it first",
            )
        return row

    def _new_identity(self, guid: Guid) -> bytes:
        identity = guid.bytes
        if self.writing.locate(identity) is not None or self.writing.is_purged(identity):
            raise Conflict(
                f"this guid is in use, or was purged. guid='{guid}'",
                code="SG-OBJECT-003",
                hint="update the object that has it, or leave the guid out",
            )
        return identity

    def _clear_below(self, obj: Type, *, recursive: bool, what: str, purging: bool) -> None:
        """Take away what stands below an object, or refuse because something does."""
        if type(obj).__plan__.name_index is None:
            return
        guid = obj.guid_bytes
        if not recursive:
            check_no_children(self.writing, guid, what)
            return
        for type_name, child, _ in self.writing.children(guid):
            row = self.writing.fetch(type_name, child)
            if row is not None:
                below = hydrate(self._registry.named(type_name), row, self._home)
                if purging:
                    self.purge(below, recursive=True)
                else:
                    self.delete(below, recursive=True)


LEVELS = ("local", "bucket")
"""How safe a commit is, the weakest first."""


def _unregistered(cls: type[Type]) -> Invalid:
    return Invalid(
        f"the repository does not know this type. type={cls.type_name!r}",
        code="SG-TYPE-011",
        hint=f"call repo.register({cls.__name__}) before the transaction",
    )


def _encode_meta(meta: Mapping[str, object]) -> dict[str, Stored]:
    unknown = sorted(meta.keys() - EDITABLE)
    if unknown:
        raise Invalid(
            f"this metadatum cannot be set. name={unknown[0]!r}",
            code="SG-OBJECT-004",
            hint="published and hidden can; delete and undelete are methods",
        )
    return {f"_{name}": META_CODECS[name].encode(value) for name, value in meta.items()}


def _difference(after: Stored, before: Stored) -> int:
    assert isinstance(after, int)
    assert isinstance(before, int)
    return after - before
