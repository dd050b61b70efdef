"""A title is one line of plain text, at most 255 characters.

Jekyll prints titles as HTML, so authors wrote ``&amp;`` and ``<em>`` in them;
other angle brackets are the authors' own and stay.
"""

from __future__ import annotations

import html
import re

TITLE_LENGTH_MAX = 255

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that XML or UTF-8 cannot hold, line ends and tabs aside."""

_INLINE_TAG = re.compile(
    r"</?(?:em|strong|i|b|code|span|sup|sub|small|abbr|q|cite|br)\b[^<>]{0,200}>", re.IGNORECASE
)


def one_line(text: str) -> str:
    """The text with all blanks collapsed and without control characters."""
    return " ".join(CONTROLS.sub("", text).split())


def plain_title(written: str) -> str:
    """What a title says, its markup resolved; may be empty, or too long."""
    return one_line(html.unescape(_INLINE_TAG.sub("", written)))


def title_from_slug(slug: str) -> str:
    """The words of a slug, the first one capitalised; empty for an empty slug."""
    words = one_line(re.sub(r"[-_\s]+", " ", slug))
    return words[:1].upper() + words[1:]


def fitting_title(title: str) -> str:
    """The title, cut with an ellipsis where it is too long."""
    if len(title) <= TITLE_LENGTH_MAX:
        return title
    return f"{title[: TITLE_LENGTH_MAX - 1].rstrip()}…"
