"""The passage of a text that answers a search, with the found words marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

_WORD = re.compile(r"\w+")
_PREFIX_MIN = 3
_HITS_MAX = 100
_LOOKED_THROUGH = 256 << 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, found or not."""

    text: str
    found: bool


def excerpt(text: str, search: str, length: int = 240) -> tuple[Piece, ...]:
    """The passage that holds the most of the words that were searched for.

    Args:
        text: running text without markup.
        search: what the reader typed.
        length: characters of the passage, about.

    Returns:
        Pieces that make the passage; without a hit, the text's beginning.
    """
    words = _words_of(search)
    pattern = _pattern_of(words)
    best = _best_place(text, words, pattern, length) if pattern else None
    begin = 0 if best is None else _word_start(text, best - length // 3)
    end = _word_end(text, begin + length)
    held = text[begin:end].strip()
    passage = f"{'…' if begin else ''}{held.rstrip(' ,;:') + '…' if end < len(text) else held}"
    return tuple(_split(passage, pattern))


def first_hit(text: str, search: str) -> int:
    """Where the first of the words that were searched for stands; 0 if none is found.

    Only the first `_LOOKED_THROUGH` letters are looked through.
    """
    pattern = _pattern_of(_words_of(search))
    hit = pattern.search(text, 0, _LOOKED_THROUGH) if pattern else None
    return hit.start() if hit else 0


def marked(text: str, search: str) -> tuple[Piece, ...]:
    """A whole text, such as a title, with the found words marked."""
    return tuple(_split(text, _pattern_of(_words_of(search))))


def _words_of(search: str) -> list[str]:
    """The distinct words of a search, the longest first."""
    return sorted(set(_WORD.findall(search.lower())), key=lambda word: (-len(word), word))


def _best_place(text: str, words: list[str], pattern: re.Pattern[str], length: int) -> int | None:
    """Where the hit stands that has the most different words behind it; of equals, the first."""
    hits = [
        (hit.start(), next((word for word in words if hit[0].lower().startswith(word)), ""))
        for hit in islice(pattern.finditer(text), _HITS_MAX)
    ]
    reach = length // 2
    scored = [
        (len({word for at, word in hits[index:] if at <= start + reach}), -start)
        for index, (start, _) in enumerate(hits)
    ]
    return -max(scored)[1] if scored else None


def _pattern_of(words: list[str]) -> re.Pattern[str] | None:
    """Words that begin like those searched for: full text finds stems, not spellings."""
    if not words:
        return None
    parts = (
        rf"{re.escape(word)}\w*" if len(word) >= _PREFIX_MIN else rf"{re.escape(word)}\b"
        for word in words
    )
    return re.compile(rf"\b(?:{'|'.join(parts)})", re.IGNORECASE)


def _split(text: str, pattern: re.Pattern[str] | None) -> list[Piece]:
    pieces, done = [], 0
    for hit in pattern.finditer(text) if pattern else ():
        pieces += [Piece(text[done : hit.start()], found=False), Piece(hit[0], found=True)]
        done = hit.end()
    return [piece for piece in [*pieces, Piece(text[done:], found=False)] if piece.text]


def _word_start(text: str, position: int) -> int:
    """The next beginning of a word, from a position that may lie before the text."""
    if position <= 0:
        return 0
    blank = text.find(" ", position)
    return blank + 1 if blank >= 0 else position


def _word_end(text: str, position: int) -> int:
    """The last end of a word up to a position."""
    if position >= len(text):
        return len(text)
    blank = text.rfind(" ", 0, position + 1)
    return blank if blank > position // 2 else position
