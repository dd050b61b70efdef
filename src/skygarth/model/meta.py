"""What every object has besides its fields: a GUID and metadata.

Seen from a class they are fields to ask for, seen from an object values.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast, overload

from skygarth.model.decoding import decode_datetime, decode_guid
from skygarth.model.expressions import Field, MetaFields, guid_field
from skygarth.model.guid import Guid
from skygarth.model.identified import Identified, bound_row
from skygarth.model.schema import Stored


class Meta:
    """An object's metadata.

    Attributes:
        created: when the object was made, UTC; `creator` by whom.
        revised: when it was last changed, UTC; `revisor` by whom.
        revision: 1 when created, one more with each changeset that touches it.
        published: the moment from which it is meant to be public; None: not said.
        hidden: whether it is kept from readers.
        deleted: whether it is deleted; `Type.undelete` brings it back.
    """

    __slots__ = ("_row",)

    def __init__(self, row: tuple[Stored, ...]) -> None:
        self._row = row

    @property
    def created(self) -> datetime:  # noqa: D102
        return decode_datetime(self._row[1])

    @property
    def creator(self) -> str:  # noqa: D102
        return str(self._row[2])

    @property
    def revised(self) -> datetime:  # noqa: D102
        return decode_datetime(self._row[3])

    @property
    def revisor(self) -> str:  # noqa: D102
        return str(self._row[4])

    @property
    def revision(self) -> int:  # noqa: D102
        return cast("int", self._row[5])

    @property
    def published(self) -> datetime | None:  # noqa: D102
        moment = self._row[6]
        return None if moment is None else decode_datetime(moment)

    @property
    def hidden(self) -> bool:  # noqa: D102
        return bool(self._row[7])

    @property
    def deleted(self) -> bool:  # noqa: D102
        return bool(self._row[8])

    def __repr__(self) -> str:
        return f"Meta(revision={self.revision}, revised={self.revised.isoformat()})"


class GuidView:
    """``Article.guid`` is a field to ask for, ``article.guid`` the GUID itself."""

    @overload
    def __get__(self, obj: None, owner: type) -> Field[Guid]: ...
    @overload
    def __get__(self, obj: Identified, owner: type) -> Guid: ...
    def __get__(self, obj: Identified | None, owner: type) -> Field[Guid] | Guid:
        return guid_field() if obj is None else decode_guid(bound_row(obj)[0])


class MetaView:
    """``Article.meta`` has fields to ask for, ``article.meta`` the values."""

    @overload
    def __get__(self, obj: None, owner: type) -> MetaFields: ...
    @overload
    def __get__(self, obj: Identified, owner: type) -> Meta: ...
    def __get__(self, obj: Identified | None, owner: type) -> MetaFields | Meta:
        return MetaFields() if obj is None else Meta(bound_row(obj))
