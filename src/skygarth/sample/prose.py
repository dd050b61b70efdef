"""An article's text on its way into a page: rendered, sanitised, summarised.

Whatever its format says and whoever wrote it, a body is sanitised here, at the
last step before a reader's browser. An import sanitises too, but a body may
come through the API or from another node, and a format is a field like any
other: it cannot vouch for the field beside it.

Results are kept by the text itself rather than by GUID and revision: two nodes
may each make a revision 3 of one article, and merging leaves one of the two.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_BODIES_KEPT = 512
KEPT_LETTERS_MAX = 64 << 10
"""Longer bodies are made anew each time: some hundred of them would fill the memory."""
_PART_LETTERS = 8_000
"""Letters of a body that a list of articles looks at."""
FEED_LETTERS_MAX = 256 << 10
"""Longer bodies are no part of a feed: twenty of them would be megabytes for every reader."""
_WORDS_A_MINUTE = 220
_FRAGMENT_PREFIX = "body-"

_BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|div|td|th|blockquote|pre|dt|dd|figcaption)>|<br")
_BLANKS = re.compile(r"\s+")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _keep_inside(address: str) -> str:
    """Links within a text follow its anchors, which carry a prefix of their own."""
    return (
        f"#{_FRAGMENT_PREFIX}{address[1:]}" if len(address) > 1 and address[0] == "#" else address
    )


_cleaner = nh3.Cleaner(
    tags=(nh3.ALLOWED_TAGS - {"article", "header", "footer", "nav", "aside", "center"})
    | {"video", "audio", "source"},
    attributes={
        **nh3.ALLOWED_ATTRIBUTES,
        "*": {"title", "lang", "dir", "id"},
        "img": {"src", "alt", "width", "height", "align"},
        "video": {"src", "poster", "width", "height"},
        "audio": {"src"},
        "source": {"src", "type"},
        "abbr": {"title"},
        "time": {"datetime"},
    },
    set_tag_attribute_values={
        "img": {"loading": "lazy", "decoding": "async"},
        "video": {"controls": "", "preload": "none"},
        "audio": {"controls": "", "preload": "none"},
    },
    url_schemes={"http", "https", "mailto", "tel", "xmpp", "irc"},
    url_relative=_keep_inside,
    id_prefix=_FRAGMENT_PREFIX,
    link_rel="noopener",
)


def rendered(body: str, text_format: str) -> Markup:
    """The body as HTML that is safe in a page.

    Args:
        body: the text as it is stored.
        text_format: ``html``, ``markdown`` or ``text``.
    """
    make = _kept_rendered if len(body) <= KEPT_LETTERS_MAX else _rendered
    return make(body, text_format)


def plain(body: str, text_format: str) -> str:
    """The body as running text, without markup, blanks collapsed."""
    make = _kept_plain if len(body) <= KEPT_LETTERS_MAX else _plain
    return make(body, text_format)


def beginning(body: str, text_format: str) -> str:
    """The first part of a body as running text: what a list needs, whatever the body's length."""
    return part_at(body, text_format, 0)


def part_at(body: str, text_format: str, position: int) -> str:
    """The part of a body around a position, as running text."""
    if len(body) <= _PART_LETTERS:
        return plain(body, text_format)
    begin = max(0, position - _PART_LETTERS // 2)
    part = body[begin : begin + _PART_LETTERS]
    if text_format == "html":  # half a tag at either cut would be read as text
        part = _without_half_tag_before(part) if begin else part
        part = part[: part.rfind("<")] if part.rfind("<") > part.rfind(">") else part
    return plain(part, text_format)


def _without_half_tag_before(part: str) -> str:
    end = part.find(">") + 1
    return part if "<" in part[:end] else part[end:]


def in_feed(body: str, text_format: str) -> Markup:
    """The body as a feed holds it: whole, or of a very long one the beginning."""
    if len(body) <= FEED_LETTERS_MAX:
        return rendered(body, text_format)
    return Markup("<p>{}</p>").format(summary(beginning(body, text_format)))


def _rendered(body: str, text_format: str) -> Markup:
    return Markup(_cleaner.clean(_as_html(body, text_format)))  # noqa: S704 - it is clean now


def _plain(body: str, text_format: str) -> str:
    apart = _BLOCK_END.sub(r" \g<0>", _as_html(body, text_format))
    bare = html.unescape(nh3.clean(apart, tags=set()))
    return _BLANKS.sub(" ", bare).strip()


_kept_rendered = lru_cache(maxsize=_BODIES_KEPT)(_rendered)
_kept_plain = lru_cache(maxsize=_BODIES_KEPT)(_plain)


def summary(text: str, length: int = 220) -> str:
    """The beginning of a running text, cut between words.

    Args:
        text: what `plain` gives.
        length: characters at most, the ellipsis not counted.
    """
    if len(text) <= length:
        return text
    cut = text[: length + 1].rsplit(" ", 1)[0]
    return f"{cut[:length].rstrip(' .,;:–-')}…"


def reading_minutes(text: str) -> int:
    """How long one reads, at least a minute."""
    return max(1, round(len(text.split()) / _WORDS_A_MINUTE))


def for_xml(text: str) -> str:
    """The text without the control characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


def _as_html(body: str, text_format: str) -> str:
    """The body as HTML that nobody has cleaned yet."""
    if text_format == "markdown":
        return str(_markdown.render(body))
    if text_format == "text":
        paragraphs = re.split(r"\n\s*\n", html.escape(body.strip()))
        return "\n".join(
            f"<p>{'<br>'.join(paragraph.splitlines())}</p>" for paragraph in paragraphs
        )
    return body
