"""From whatever a file is called to a name that fits into a path.

A name matches ``[a-z0-9-]+`` and has at most 80 characters. The same slug gives
the same name on every machine, and a name gives itself: an import that runs
again must find what it made.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container
from itertools import count

NAME_LENGTH_MAX = 80

_DIGEST_LENGTH = 8
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
# Letters that Unicode does not take apart into a base letter and an accent.
_FOLDED = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)


def name_from(slug: str) -> str:
    """The name that stands for a slug.

    Accents fall away, everything else between letters and digits becomes one
    hyphen. What is too long ends in a digest of the whole; what has no letter
    left (a slug in another script) is its digest.
    """
    decomposed = unicodedata.normalize("NFKD", slug.casefold().translate(_FOLDED))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    name = _NOT_IN_NAMES.sub("-", plain.casefold()).strip("-")
    if not name:
        return f"post-{_digest(slug)}"
    if len(name) > NAME_LENGTH_MAX:
        return _ending(name, _digest(name))
    return name


def distinct_name(name: str, taken: Container[str], suffix: str) -> str:
    """A name that nobody has yet.

    Args:
        name: what it would like to be called.
        taken: the names of others.
        suffix: what tells it apart, itself a name, such as a date.

    Returns:
        The name itself where it is free, else the name with the suffix, else
        with the suffix and a number.
    """
    assert len(suffix) < NAME_LENGTH_MAX // 2
    if name not in taken:
        return name
    if (dated := _ending(name, suffix)) not in taken:
        return dated
    numbered = (_ending(name, f"{suffix}-{number}") for number in count(2))
    return next(candidate for candidate in numbered if candidate not in taken)


def _ending(name: str, suffix: str) -> str:
    room = NAME_LENGTH_MAX - len(suffix) - 1
    return f"{name[:room].rstrip('-')}-{suffix}"


def _digest(text: str) -> str:
    encoded = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(encoded).hexdigest()[:_DIGEST_LENGTH]
