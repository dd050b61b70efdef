"""From a post's body, written years ago by whomever, to HTML that may be stored.

Liquid goes first, as in Jekyll, then Markdown, then the sanitiser, which has the
last word: what it does not know does not pass. Players and frames become links
to what they showed, so that a reader still finds it.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from skygarth.content_import.documents import Unreadable
from skygarth.content_import.liquid import without_liquid
from skygarth.content_import.titles import CONTROLS

_EMBEDDED = re.compile(r"<(?:iframe|embed)\b([^<>]{0,4000})>", re.IGNORECASE)
_SOURCE = re.compile(r"""\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_DROPPED = re.compile(r"<(script|style|form|object)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_LANGUAGE = re.compile(r"language-[A-Za-z0-9_+#.-]{1,40}")
# Elements that the next one of their kind ends, and those that have no inside.
_SHALLOW = frozenset(
    {
        *("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option"),
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr"),
    }
)
# A player's address shows nothing, or an error, outside a frame.
_PLAYERS = (
    (
        re.compile(r"(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]+).*"),
        "www.youtube.com/watch?v=",
    ),
    (re.compile(r"player\.vimeo\.com/video/(\d+).*"), "vimeo.com/"),
)

_TAGS = (nh3.ALLOWED_TAGS - {"article", "header", "footer", "nav", "aside", "center"}) | {
    "audio",
    "section",
    "source",
    "video",
}
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"title", "lang", "dir", "id"},
    "img": {"src", "alt", "width", "height", "align"},
    "video": {"src", "poster", "width", "height", "controls"},
    "audio": {"src", "controls"},
    "source": {"src", "type"},
    "code": {"class"},
    "time": {"datetime"},
}
NESTING_MAX = 512
"""As deep as browsers go. A parser's time grows with the square of the depth."""

_SCHEMES = {"http", "https", "mailto", "tel", "xmpp", "irc"}
_ADDRESSES = {"href", "src", "poster", "cite"}

_markdown = (
    MarkdownIt("commonmark", {"html": True})
    .enable(["table", "strikethrough"])
    .use(footnote_plugin)
    .use(deflist_plugin)
)


@dataclass(frozen=True, slots=True)
class Body:
    """Sanitised HTML, and what reading it changed or left out."""

    html: str
    notes: tuple[str, ...]


def body_from(
    source: str,
    *,
    markdown: bool,
    moved: Callable[[str], str] = lambda address: address,
    address_of_post: Callable[[str], str | None] = lambda _: None,
) -> Body:
    """The body of a post as HTML that may be stored.

    Args:
        source: what stands below the front matter.
        markdown: whether it is Markdown (which may hold HTML) or HTML.
        moved: where a link or an image that is written in the body points now.
        address_of_post: see `without_liquid`.

    Raises:
        Unreadable: elements lie in elements more than `NESTING_MAX` deep.
    """
    plain = without_liquid(CONTROLS.sub("", source), address_of_post)
    rendered = str(_markdown.render(plain.text)) if markdown else plain.text
    _refuse_depth(rendered)
    notes = [f"left out Liquid: {left_out}" for left_out in plain.left_out]
    linked, frames = _EMBEDDED.subn(_link_to_embedded, rendered)
    if frames:
        notes.append(f"made embedded frames links. frames={frames}")
    dropped = sorted({found.lower() for found in _DROPPED.findall(rendered)})
    if dropped:
        notes.append(f"left out elements: {', '.join(dropped)}")
    return Body(sanitised(linked, moved), tuple(notes))


def sanitised(unsafe: str, moved: Callable[[str], str] = lambda address: address) -> str:
    """HTML without scripts, event handlers, styles, frames and strange addresses.

    Args:
        unsafe: HTML from anybody.
        moved: as in `body_from`; what it answers is not trusted either.
    """

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "class":
            return value if tag == "code" and _LANGUAGE.fullmatch(value) else None
        return _safe_address(moved(value)) if attribute in _ADDRESSES else value

    clean = nh3.clean(
        unsafe,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "title", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
    return clean.strip()


def _refuse_depth(rendered: str) -> None:
    """Count what is open, kind by kind, without building the tree."""
    unclosed: Counter[str] = Counter()
    depth = 0
    for closing, written in _ELEMENT.findall(rendered):
        element = written.lower()
        if element in _SHALLOW or (closing and not unclosed[element]):
            continue
        step = -1 if closing else 1
        unclosed[element] += step
        depth += step
        assert depth >= 0
        if depth > NESTING_MAX:
            raise Unreadable(
                f"its elements nest too deep. element={element!r}",
                hint=f"close elements; {NESTING_MAX} may be open at a time",
            )


def _safe_address(address: str) -> str | None:
    """The address, unless it names a scheme that is not known as harmless."""
    scheme, colon, _ = re.split(r"[/?#]", address, maxsplit=1)[0].partition(":")
    return address if not colon or scheme.strip().lower() in _SCHEMES else None


def _link_to_embedded(element: re.Match[str]) -> str:
    """A link in front of the element; the sanitiser then takes the element away."""
    source = _SOURCE.search(element[1])
    address = html.unescape(next(filter(None, source.groups()), "")) if source else ""
    if not address:
        return element[0]
    shown = re.sub(r"^(?:https?:)?//", "", address)
    for player, page in _PLAYERS:
        if found := player.fullmatch(shown):
            shown, address = page + found[1], f"https://{page}{found[1]}"
    return f'<a href="{html.escape(address)}">{html.escape(shown)}</a>{element[0]}'
