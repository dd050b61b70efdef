"""Asking for objects of one type.

A `Query` is a value: each method gives a new one, so a query can be kept,
refined twice in different ways, and asked again. Nothing is read before
`all`, `first`, `one`, `count`, `exists`, `iterate` or `values`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from skygarth.database.port import Reading, Row
from skygarth.model import query
from skygarth.model.binding import hydrate
from skygarth.model.errors import Conflict, Invalid, NotFound
from skygarth.model.expressions import Field, condition_of
from skygarth.model.home import Home
from skygarth.model.query import Order, Selection
from skygarth.model.types import Type
from skygarth.model.wording import shortened

T = TypeVar("T", bound=Type)

BATCH = 500


class Query(Generic[T]):
    """A question for objects of one type.

    Args:
        cls: the type.
        home: the repository that the objects will know.
        reading: gives this thread's view of the database.
    """

    __slots__ = ("_cls", "_home", "_reading", "_selection")

    def __init__(
        self,
        cls: type[T],
        home: Home,
        reading: Callable[[], Reading],
        selection: Selection | None = None,
    ) -> None:
        self._cls = cls
        self._home = home
        self._reading = reading
        self._selection = selection or Selection(cls.type_name)

    @property
    def selection(self) -> Selection:
        """The question as a value."""
        return self._selection

    # -- asking more precisely ------------------------------------------------------------

    def where(self, *conditions: object) -> Query[T]:
        """Only objects that satisfy these conditions, besides those asked before.

        Raises:
            Invalid: something is no condition (SG-QUERY-006).
        """
        return self._narrowed(*(condition_of(condition).query for condition in conditions))

    def matching(self, words: str) -> Query[T]:
        """Only objects in whose search fields every word occurs; ``hel*`` is a prefix.

        Without an order of its own, the query gives the best matches first.
        """
        if not isinstance(words, str):
            raise Invalid(f"{shortened(words)} is no text", code="SG-QUERY-004")
        return self._narrowed(query.Matches(words))

    def order_by(self, *keys: object) -> Query[T]:
        """In this order: fields, or their ``.desc()``; ties go by GUID, so by age.

        Raises:
            Invalid: something is neither a field nor an order (SG-QUERY-007).
        """
        return self._with(order=tuple(map(_order, keys)))

    def limit(self, count: int | None) -> Query[T]:
        """At most so many objects; None for no limit."""
        return self._with(limit=None if count is None else _whole("limit", count))

    def offset(self, count: int) -> Query[T]:
        """Without the first so many objects."""
        return self._with(offset=_whole("offset", count))

    def include_deleted(self) -> Query[T]:
        """Deleted objects too."""
        return self._with(include_deleted=True)

    # -- answers --------------------------------------------------------------------------

    def all(self) -> list[T]:
        """The objects."""
        return self._hydrated(self._reading().select(self._selection))

    def first(self) -> T | None:
        """The first object, or None."""
        found = self._with(limit=1).all()
        return found[0] if found else None

    def one(self) -> T:
        """The only object.

        Raises:
            NotFound: there is none (SG-QUERY-404).
            Conflict: there are several (SG-QUERY-008).
        """
        found = self._with(limit=2).all()
        if not found:
            raise NotFound(
                f"the query finds nothing. type={self._cls.type_name!r}",
                code="SG-QUERY-404",
                hint="use first() where that may be",
            )
        if len(found) > 1:
            raise Conflict(
                f"the query finds several objects. type={self._cls.type_name!r}",
                code="SG-QUERY-008",
                hint="ask more precisely, or use first() or all()",
            )
        return found[0]

    def count(self) -> int:
        """How many objects there are, limit and offset left out."""
        return self._reading().count(self._selection)

    def exists(self) -> bool:
        """Whether there is any such object."""
        return bool(self._reading().select(self._with(limit=1).selection))

    def iterate(self, batch: int = BATCH) -> Iterator[T]:
        """The objects one by one, read in batches, so any number of them fits in memory.

        They come by GUID, each at most once, whatever changes meanwhile; a query with an
        order, a limit or an offset is read at once instead.
        """
        selection = self._selection
        if selection.order or selection.limit is not None or selection.offset:
            yield from self.all()
            return
        after: bytes | None = None
        while True:
            rows = self._reading().select(self._part(after, batch))
            yield from self._hydrated(rows)
            if len(rows) < batch:
                return
            last = rows[-1][0]
            assert isinstance(last, bytes)
            after = last

    def values(self, *names: str) -> list[tuple[object, ...]]:
        """Only these fields of each object; a link gives its GUID.

        Raises:
            Invalid: there is no such field (SG-TYPE-008).
        """
        plan = self._cls.__plan__
        plan.check_names(dict.fromkeys(names))
        codecs = [plan.codecs[name] for name in names]
        rows = self._reading().select(self._with(fields=names or ("guid",)).selection)
        return [
            tuple(codec.python(value) for codec, value in zip(codecs, row, strict=False))
            for row in rows
        ]

    def __iter__(self) -> Iterator[T]:
        return iter(self.all())

    # -- inside ---------------------------------------------------------------------------

    def _narrowed(self, *conditions: query.Condition) -> Query[T]:
        known = self._selection.condition
        parts = known.parts if isinstance(known, query.All) else (known,)
        return self._with(condition=query.All((*parts, *conditions)))

    def _part(self, after: bytes | None, batch: int) -> Selection:
        """The next objects by GUID."""
        rest = self if after is None else self._narrowed(_beyond(after))
        return dataclasses.replace(
            rest.selection, order=(Order(("guid",)),), limit=_whole("batch", batch)
        )

    def _with(self, **changes: object) -> Query[T]:
        changed = dataclasses.replace(self._selection, **changes)  # type: ignore[arg-type]
        return Query(self._cls, self._home, self._reading, changed)

    def _hydrated(self, rows: list[Row]) -> list[T]:
        cls, home = self._cls, self._home
        return [hydrate(cls, row, home) for row in rows]


def _beyond(guid: bytes) -> query.Condition:
    return query.Compare(("guid",), query.Operator.GREATER, guid)


def _order(key: object) -> Order:
    if isinstance(key, Order):
        return key
    if isinstance(key, Field):
        return key.asc()
    raise Invalid(
        f"this is no order. given={shortened(key)}",
        code="SG-QUERY-007",
        hint="give fields of the class: Article.title, or Article.title.desc()",
    )


def _whole(what: str, count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 1 << 63:
        raise Invalid(
            f"this is no number of objects. {what}={shortened(count)}", code="SG-QUERY-009"
        )
    return count
