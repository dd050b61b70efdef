"""Where a page of a list ends, and how the next one begins there.

A page continues behind the last object of the one before it: behind its values
in the list's order, and its GUID among equals. So pages neither repeat nor skip
objects while others write. Where the order has no value to continue behind (the
best of a search, or a field of a linked object), a page continues at a count.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from skygarth.model.errors import Invalid
from skygarth.model.expressions import META_CODECS, Condition
from skygarth.model.guid import parse_guid
from skygarth.model.identified import bound_row
from skygarth.model.plans import FIRST_FIELD
from skygarth.model.query import Order
from skygarth.model.schema import Stored
from skygarth.model.types import Type
from skygarth.model.wording import shortened
from skygarth.repository import Query
from skygarth.web.api.asked_fields import AskedField

Objects = Query[Type]


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor holds: values and a GUID, or a count; and which order they are of."""

    order: str
    values: list[object] = []
    guid: str = ""
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Paging:
    """The order of a list, and how it goes on.

    Args:
        order: as the request wrote it.
        keys: what it means.
        by_rank: the best of a search comes first, so there are no keys.
    """

    cls: type[Type]
    order: str
    keys: Sequence[tuple[AskedField, Order]]
    by_rank: bool

    @property
    def _counts(self) -> bool:
        return self.by_rank or not all(asked.is_own for asked, _ in self.keys)

    def page(self, query: Objects, after: str, limit: int) -> tuple[list[Type], str | None]:
        """The objects of a page, and the cursor of the next one.

        Raises:
            Invalid: `after` is no cursor of this list (SG-API-007).
        """
        place = self._read(after)
        if self.keys:
            query = query.order_by(*(order for _, order in self.keys))
        elif not self.by_rank:
            query = query.order_by(self.cls.guid)
        if place.guid:
            query = query.where(self._behind(place))
        found = query.offset(place.skipped).limit(limit + 1).all()
        if len(found) <= limit:
            return found, None
        shown = found[:limit]
        return shown, _write(self._place_of(shown[-1], place.skipped + limit))

    def _place_of(self, last: Type, count: int) -> _Place:
        if self._counts:
            return _Place(self.order, skipped=count)
        values = [asked.codec.to_json(_stored(last, asked)) for asked, _ in self.keys]
        return _Place(self.order, [*values], str(last.guid))

    def _behind(self, place: _Place) -> Condition:
        """What comes after: further by the first key, or equal by it and further by the rest."""
        condition = self.cls.guid > parse_guid(place.guid)
        for (asked, order), given in reversed([*zip(self.keys, place.values, strict=True)]):
            field, value = asked.field, asked.value(given)
            equal = field.is_null() if value is None else field == value
            condition = equal & condition
            if order.descending and value is not None:
                condition = field.is_null() | (field < value) | condition
            elif not order.descending:
                further = ~field.is_null() if value is None else field > value
                condition = further | condition
        return condition

    def _read(self, text: str) -> _Place:
        if not text:
            return _Place(self.order)
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            place = msgspec.json.decode(packed, type=_Place)
        except (ValueError, binascii.Error, msgspec.MsgspecError) as cause:
            raise _no_place(text) from cause
        counted = len(self.keys) if place.guid else 0
        if place.order != self.order or len(place.values) != counted or place.skipped < 0:
            raise _no_place(text)
        return place


def _stored(obj: Type, asked: AskedField) -> Stored:
    """The stored value of an own field or metadatum."""
    row, (name,) = bound_row(obj), asked.field.path
    if name == "guid":
        return row[0]
    names = [*(f"_{meta}" for meta in META_CODECS), *type(obj).__plan__.codecs]
    assert len(META_CODECS) + 1 == FIRST_FIELD
    return row[names.index(name) + 1]


def _write(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _no_place(text: str) -> Invalid:
    return Invalid(
        f"this is no place in this list. after={shortened(text)}",
        code="SG-API-007",
        hint="send back `next` just as it came, with the same order",
    )
