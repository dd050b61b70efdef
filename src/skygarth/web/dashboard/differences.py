"""Where two texts differ, word by word, so that a person sees it at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import msgspec

WORDS_MAX = 600
"""Longer texts are shown without marks: comparing takes time that grows with the square."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text, and whether the other text lacks it."""

    text: str
    differs: bool = False


def as_text(value: object) -> str:
    """A JSON value as people read it."""
    if isinstance(value, str):
        return value
    return "nothing" if value is None else msgspec.json.encode(value).decode()


def compare(one: str, other: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, with what only one of them has marked."""
    words, others = _WORD.findall(one), _WORD.findall(other)
    if max(len(words), len(others)) > WORDS_MAX:
        return [Piece(one)], [Piece(other)]
    left: list[Piece] = []
    right: list[Piece] = []
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        differs = kind != "equal"
        for pieces, part in (
            (left, words[start:end]),
            (right, others[other_start:other_end]),
        ):
            if part:
                pieces.append(Piece("".join(part), differs))
    return left, right
