"""Liquid, the template language inside Jekyll's posts, as far as posts need it.

There is no template engine here. Code samples become ``<pre>``, links to posts
become addresses, quoted texts become themselves, ``raw`` protects its inside;
every other tag is left out and named, and the text around it stays.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_OPENING = re.compile(r"\{[%{]")
_CLOSING = {"{%": "%}", "{{": "}}"}
_QUOTED = re.compile(r"""(?P<mark>["'])(?P<text>[^"']*)(?P=mark)\s*(?:\|.*)?""", re.DOTALL)
_SITE_ADDRESS = re.compile(r"site\.(?:url|baseurl|github\.url)\s*")
_ENCLOSING = frozenset({"raw", "comment", "highlight"})
_TO_POSTS = frozenset({"post_url", "link"})


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without Liquid, and what was left out of it, each once, in order."""

    text: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text, or what stands between two marks."""

    source: str
    mark: str = ""

    @property
    def inside(self) -> str:
        """Without the marks and their whitespace control."""
        return self.source[2:-2].strip("-").strip()

    @property
    def tag(self) -> str:
        """The first word of a tag; empty for all else."""
        return self.inside.partition(" ")[0] if self.mark == "{%" else ""


def without_liquid(source: str, address_of_post: Callable[[str], str | None]) -> Plain:
    """Resolve the Liquid of a post.

    Args:
        source: the body, Markdown or HTML.
        address_of_post: from ``2012-09-24-slug`` to where the post will be, None
            where there is no such post.
    """
    if not _OPENING.search(source):
        return Plain(source, ())
    writer = _Writer(address_of_post)
    for piece in _pieces(source):
        writer.take(piece)
    return writer.finish()


def _pieces(source: str) -> Iterator[_Piece]:
    """Cut at the marks. An opening without its closing is text like any other."""
    done = 0
    endless: set[str] = set()
    for opening in _OPENING.finditer(source):
        if opening.start() < done or opening[0] in endless:
            continue
        end = source.find(_CLOSING[opening[0]], opening.end())
        if end < 0:
            endless.add(opening[0])
            continue
        yield _Piece(source[done : opening.start()])
        done = end + 2
        yield _Piece(source[opening.start() : done], opening[0])
    yield _Piece(source[done:])


@dataclass(slots=True)
class _Writer:
    """Puts the pieces together again; inside an enclosing tag it only collects."""

    address_of_post: Callable[[str], str | None]
    written: list[str] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    enclosing: _Piece | None = None
    collected: list[_Piece] = field(default_factory=list)

    def take(self, piece: _Piece) -> None:
        """Go on by one piece."""
        if self.enclosing is not None:
            if piece.tag == f"end{self.enclosing.tag}":
                self._close(self.enclosing)
            else:
                self.collected.append(piece)
        elif piece.tag in _ENCLOSING:
            self.enclosing = piece
        else:
            self.written.append(self._resolved(piece))

    def finish(self) -> Plain:
        """The whole; an enclosing tag that never ended leaves its inside as text."""
        if self.enclosing is not None:
            self.left_out[f"{{% {self.enclosing.tag} %}} without its end"] = None
            self.written += [piece.source for piece in self.collected]
        return Plain("".join(self.written), tuple(self.left_out))

    def _close(self, enclosing: _Piece) -> None:
        inside = [piece.source for piece in self.collected if not _is_raw_mark(piece, enclosing)]
        if enclosing.tag == "raw":
            self.written += inside
        elif enclosing.tag == "highlight":
            self.written.append(_code_block(enclosing, "".join(inside)))
        self.enclosing = None
        self.collected = []

    def _resolved(self, piece: _Piece) -> str:
        if not piece.mark:
            return piece.source
        if piece.tag in _TO_POSTS:
            return self._link(piece)
        if piece.mark == "{{" and (quoted := _QUOTED.fullmatch(piece.inside)):
            return quoted["text"]
        if not _SITE_ADDRESS.fullmatch(piece.inside):
            self._leave_out(piece)
        return ""

    def _link(self, piece: _Piece) -> str:
        post = piece.inside.partition(" ")[2].strip().rpartition("/")[2]
        address = self.address_of_post(re.sub(r"\.\w+$", "", post))
        if address is None:
            self._leave_out(piece)
        return address or ""

    def _leave_out(self, piece: _Piece) -> None:
        shown = f"{{% {piece.tag} %}}" if piece.tag else f"{{{{ {piece.inside[:40]} }}}}"
        self.left_out[" ".join(shown.split())] = None


def _is_raw_mark(piece: _Piece, enclosing: _Piece) -> bool:
    """Whether a mark inside a code sample only protects the sample from Liquid."""
    return enclosing.tag == "highlight" and piece.tag in {"raw", "endraw"}


def _code_block(opening: _Piece, code: str) -> str:
    """Blank lines around it, so that Markdown takes it for a block."""
    words = opening.inside.split()
    language = words[1] if len(words) > 1 else ""
    mark = f' class="language-{html.escape(language)}"' if language else ""
    return (
        f"\n\n<pre><code{mark}>{html.escape(code.strip(chr(10)), quote=False)}\n</code></pre>\n\n"
    )
