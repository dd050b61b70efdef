"""All that the library knows of one declared type, worked out once.

A `TypePlan` belongs to a class of objects and holds its schema, the conversions
of its fields in their order, and where in a row name and parent stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from skygarth.model.attributes import Attr
from skygarth.model.errors import Invalid, InvalidValue
from skygarth.model.expressions import Fields
from skygarth.model.field_rules import FieldRules
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema
from skygarth.model.values import Codec

FIRST_FIELD = 9
"""Where fields begin in a row: after the GUID and eight metadata."""

DELETED = 8
"""Where a row says whether the object is deleted."""

_UNPLACEABLE = frozenset({"", ".", ".."})

FindPlan = Callable[[str], "TypePlan"]


class TypePlan:
    """A type's schema and conversions.

    Attributes:
        schema: what travels.
        attributes: what stands in the class, by field name.
        codecs: conversions by field name, in the schema's order.
        find: gives the plan of a linked type by its name.
        names: of all fields.
        tree: the field that links to the parent; None without one.
        name_index: where in a row the name in the tree stands; None without one.
        parent_index: where in a row the parent link stands; None without one.
        mutable: fields whose values can change in place.
        counters: fields that take differences.
    """

    def __init__(
        self,
        schema: TypeSchema,
        attributes: Mapping[str, Attr[object]],
        find: FindPlan,
    ) -> None:
        assert list(attributes) == [field.name for field in schema.fields]
        self.schema = schema
        self.attributes = attributes
        self.find_plan = find
        self.codecs: Mapping[str, Codec] = {n: a.codec for n, a in attributes.items()}
        self.names = frozenset(attributes)
        self.tree = tree = schema.tree_field
        self.name_index = attributes[schema.path_field].index if schema.path_field else None
        self.parent_index = attributes[tree.name].index if tree else None
        self.mutable = tuple(f.name for f in schema.fields if f.kind in {Kind.JSON, Kind.LIST})
        self.counters = frozenset(f.name for f in schema.fields if f.merge is MergeRule.COUNTER)
        self._encoders = {
            name: (entry.codec.encode, place)
            for place, (name, entry) in enumerate(attributes.items())
        }
        self._defaults: list[Stored] = [entry.default for entry in attributes.values()]
        self._needed = frozenset(n for n, entry in attributes.items() if _is_needed(entry))

    def encode_all(self, given: Mapping[str, object]) -> list[Stored]:
        """The stored values of a new object, in the schema's order.

        Raises:
            InvalidValue: a field refuses its value, or needs one.
        """
        stored = self._defaults.copy()
        encoders = self._encoders
        for name, value in given.items():
            encode, place = encoders[name]
            stored[place] = encode(value)
        if not self._needed <= given.keys():
            raise self._missing(min(self._needed - given.keys()))
        return stored

    def encode_some(self, given: Mapping[str, object]) -> dict[str, Stored]:
        """The stored values of the fields given.

        Raises:
            Invalid: there is no such field (SG-TYPE-008).
            InvalidValue: a field refuses its value.
        """
        self.check_names(given)
        return {name: self.codecs[name].encode(value) for name, value in given.items()}

    def check_names(self, given: Mapping[str, object]) -> None:
        """Refuse what is no field of the type.

        Raises:
            Invalid: there is no such field (SG-TYPE-008).
        """
        unknown = sorted(given.keys() - self.names)
        if unknown:
            raise Invalid(
                f"there is no such field. type={self.schema.name!r} field={unknown[0]!r}",
                code="SG-TYPE-008",
                hint=f"fields of {self.schema.name}: {', '.join(self.codecs)}",
            )

    def find(self, name: str) -> tuple[Codec, Callable[[], Fields] | None] | None:
        """A field's codec and, for a link, how to come by what it leads to."""
        codec = self.codecs.get(name)
        if codec is None:
            return None
        link = codec.schema.link_type
        return codec, None if link is None else lambda: self.find_plan(link)

    def _missing(self, name: str) -> InvalidValue:
        rules = FieldRules(self.codecs[name].schema, self.schema.name)
        return rules.refusal("a value is missing", "required")


def placeable(codec: Codec) -> Codec:
    """The codec of a type's path field, which also refuses what cannot stand in a path."""
    # Paths divide at /, derived names at ~ (TRE-3).
    rules = FieldRules(codec.schema, codec.type_name)
    encode = codec.encode

    def encode_name(value: object) -> Stored:
        stored = encode(value)
        if isinstance(stored, str) and ("/" in stored or "~" in stored or stored in _UNPLACEABLE):
            raise rules.refusal(
                f"{stored!r} cannot stand in a path", "a name without / and ~, not empty, . or .."
            )
        return stored

    return Codec(
        codec.schema,
        codec.type_name,
        codec.members,
        encode_name,
        codec.decode,
        codec.to_json,
        codec.parse_json,
    )


def _is_needed(attribute: Attr[object]) -> bool:
    schema: FieldSchema = attribute.codec.schema
    return schema.required and attribute.default is None
