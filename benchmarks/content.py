"""The objects that everybody writes and reads: twelve fields, some 284 bytes with the key.

They are made from a seed, so all contenders, rounds and runs store the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypedDict

from skygarth import Type, attr


class Fields(TypedDict):
    """The twelve, as Python has them."""

    name: str
    title: str
    summary: str
    body: str
    language: str
    category: str
    author: str
    views: int
    weight: int
    rating: float
    featured: bool
    edited: datetime


FIELDS = tuple(Fields.__annotations__)
_LANGUAGES = ("en", "fi", "de", "sv")
_CATEGORIES = ("news", "travel", "desktop", "mobility", "politics")
_AUTHORS = ("bergie", "rambo", "solt", "jjalonen")
_BEGIN = datetime(2008, 7, 1, tzinfo=UTC)


class Story(Type):
    """What Skygarth stores."""

    name: str = attr(max_length=80)
    title: str = attr(max_length=255)
    summary: str = attr(max_length=400)
    body: str = attr(default="", long=True)
    language: str = attr(max_length=8)
    category: str = attr(max_length=40)
    author: str = attr(max_length=80)
    views: int = attr(default=0)
    weight: int = attr(default=0)
    rating: float = attr(default=0.0)
    featured: bool = attr(default=False)
    edited: datetime = attr()


@dataclass(frozen=True)
class Rows:
    """The same rows as objects want them, and as a plain INSERT does.

    Attributes:
        keys: random, 32 hexadecimal digits.
        fields: by name, as Python values.
        plain: key and fields as SQLite stores them.
    """

    keys: Sequence[str]
    fields: Sequence[Fields]
    plain: Sequence[tuple[object, ...]]

    def __len__(self) -> int:
        return len(self.keys)


def make_rows(count: int, seed: int = 1) -> Rows:
    """So many rows; another seed gives others."""
    random = Random(seed)
    keys = [f"{random.getrandbits(128):032x}" for _ in range(count)]
    fields = [_fields(random, number) for number in range(count)]
    plain = [(key, *map(_stored, row.values())) for key, row in zip(keys, fields, strict=True)]
    return Rows(keys, fields, plain)


def _fields(random: Random, number: int) -> Fields:
    return {
        "name": f"story-{number:07d}",
        "title": f"Future in the clouds, part {random.getrandbits(64):020d}",
        "summary": f"What is known of {random.getrandbits(160):048x}",
        "body": f"<p>{random.getrandbits(320):080x}</p>",
        "language": random.choice(_LANGUAGES),
        "category": random.choice(_CATEGORIES),
        "author": random.choice(_AUTHORS),
        "views": random.randrange(100_000),
        "weight": random.randrange(1_000),
        "rating": random.random(),
        "featured": random.random() < 0.1,
        "edited": _BEGIN + timedelta(seconds=random.randrange(500_000_000)),
    }


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1_000_000)
    return int(value) if isinstance(value, bool) else value
