"""Bodies become HTML that may be stored: what they say is kept, what they do is not."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.documents import Unreadable
from skygarth.content_import.markup import NESTING_MAX, body_from, sanitised


def _html(source: str, *, markdown: bool = True) -> str:
    return body_from(source, markdown=markdown).html


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A *b* ~~c~~", "<p>A <em>b</em> <s>c</s></p>"),
        ("|a|\n|-|\n|b|", "<table>"),
        ("```python\na < b\n```", '<pre><code class="language-python">a &lt; b\n</code></pre>'),
        ("Term\n: What it is", "<dd>What it is</dd>"),
        ("A[^1]\n\n[^1]: B", 'href="#fn1"'),
        ("<div>\n\n*a*\n\n</div>", "<p><em>a</em></p>"),
        ('<p align="x">\n*a*\n</p>', "*a*"),
        ("![b](a.png 'c')", '<img src="a.png" alt="b" title="c">'),
    ],
)
def test_markdown_is_rendered(source: str, expected: str) -> None:
    """With tables, code, footnotes, definitions, and HTML in between."""
    assert expected in _html(source)


def test_html_is_not_read_as_markdown() -> None:
    """Stars and indentation are nothing in HTML."""
    assert _html("<p>*a*</p>\n\n    <p>b</p>", markdown=False) == "<p>*a*</p>\n\n    <p>b</p>"


def test_links_keep_no_hold_on_the_page() -> None:
    """A page that is opened must not reach back."""
    assert '<a href="http://a.example" rel="noopener">b</a>' in _html("[b](http://a.example)")


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>a",
        "<style>p {display: none}</style>a",
        '<p onclick="x()" style="color: red">a</p>',
        "<iframe>fallback</iframe>a",
        "<form action=x><input name=y></form>a",
        '<img src="javascript:x()" onerror=x()>a',
        '<a href="java&#9;script:x()">a</a>',
        '<a href="vbscript:x()">a</a>',
        '<a href="data:text/html,x">a</a>',
        '<svg><a xlink:href="javascript:x()">b</a></svg>a',
        '<math href="javascript:x()">a</math>',
        "<base href=//evil.example>a",
        "<meta http-equiv=refresh content=0>a",
    ],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_what_acts_is_left_out(source: str, markdown: bool) -> None:
    """Whatever the format says, the text stays and the deed goes."""
    clean = _html(source, markdown=markdown)

    assert _acting(clean) == []
    assert "a" in clean


def test_players_become_links_to_what_they_show() -> None:
    """A player's own address shows nothing outside a frame, so the page is linked."""
    body = body_from(
        '<iframe width="9" src="//www.youtube.com/embed/aB-9?rel=0"></iframe>\n'
        "<object><param name=movie value=x><embed src='http://www.youtube.com/v/cD'></object>\n"
        '<iframe src="https://player.vimeo.com/video/12?title=0&amp;x=1">no</iframe>\n'
        "<iframe src=http://a.example/b?c=1&amp;d=2></iframe>",
        markdown=False,
    )

    assert re.findall(r'href="([^"]+)"', body.html) == [
        "https://www.youtube.com/watch?v=aB-9",
        "https://www.youtube.com/watch?v=cD",
        "https://vimeo.com/12",
        "http://a.example/b?c=1&amp;d=2",
    ]
    assert body.notes == ("made embedded frames links. frames=4", "left out elements: object")


def test_what_is_left_out_is_noted() -> None:
    """The report names scripts and Liquid; code that shows a script is no script."""
    assert body_from("<script>x</script>", markdown=True).notes == ("left out elements: script",)
    assert body_from("`<script>`", markdown=True).notes == ()
    assert body_from("{% include x %}", markdown=True).notes == ("left out Liquid: {% include %}",)


def test_links_and_pictures_move() -> None:
    """In Markdown and in HTML alike."""

    def moved(address: str) -> str:
        return f"/new{address}"

    body = body_from('[a](/b) ![c](/d) <a href="/e">f</a>', markdown=True, moved=moved)

    assert re.findall(r'(?:href|src)="([^"]*)"', body.html) == ["/new/b", "/new/d", "/new/e"]


def test_an_address_that_was_moved_is_not_trusted() -> None:
    """Whoever moves addresses may be fooled too."""
    assert sanitised('<a href="/a">b</a>', lambda _: "JavaScript:x()") == (
        '<a rel="noopener">b</a>'
    )


def test_control_characters_do_not_pass() -> None:
    """Neither a feed nor a database wants them."""
    assert _html("a\x0bb\x1f") == "<p>ab</p>"


def test_the_same_body_gives_the_same_html() -> None:
    """Footnotes, too, are counted anew for each body."""
    source = "A[^x] and B[^x]\n\n[^x]: Note"

    assert _html(source) == _html(source)


def test_deep_nesting_is_survived() -> None:
    """Markdown stops by itself, HTML is refused; neither takes an hour."""
    assert _html("> " * 100_000 + "a").count("<blockquote>") < NESTING_MAX
    assert _html("<div>" * NESTING_MAX + "a", markdown=False).count("<div>") == NESTING_MAX
    with pytest.raises(Unreadable, match="too deep"):
        _html("<div>" * 1_000_000, markdown=False)


def test_old_html_does_not_count_as_deep() -> None:
    """Nobody closed paragraphs, items and lines once."""
    assert _html("<p>a<br><img src=b><li>c</span>" * 600, markdown=False).count("<p>") >= 600


_SHARDS = (
    *("<script", "<img src=", "<a href=", "<svg>", "<math>", "<style>", "<iframe src=", "<!--"),
    *("onerror=", "onclick='", "javascript:", "java\tscript:", "&#106;avascript:", "data:", "x()"),
    *(">", "/>", "</", '"', "'", "`", "```\n", "\n\n", "    ", "[a](", ")", "]: ", "<", " ", "a"),
    *("{% raw %}", "{% endraw %}", "{% highlight x %}", "{% endhighlight %}", "<embed src="),
)


@given(st.lists(st.one_of(st.sampled_from(_SHARDS), st.text(max_size=3)), max_size=25))
def test_no_body_becomes_an_act(parts: list[str]) -> None:
    """However shards of attacks are put together, no script, handler or address passes."""
    source = "".join(parts).encode("utf-8", "replace").decode()

    assert _acting(_html(source)) == []
    assert _acting(_html(source, markdown=False)) == []


@given(st.lists(st.sampled_from(_SHARDS), max_size=25))
def test_clean_html_stays_as_it_is(parts: list[str]) -> None:
    """Otherwise every import of an export would change every article."""
    clean = sanitised("".join(parts))

    assert clean == sanitised(clean)


def _acting(clean: str) -> list[str]:
    """What in some HTML could act, as a parser of its own sees it."""
    finder = _Finder()
    finder.feed(clean)
    finder.close()
    return finder.found


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object", "embed", "form", "svg", "base", "meta"}:
            self.found.append(tag)
        for attribute, value in attrs:
            scheme = re.sub(r"[\x00-\x20]", "", value or "").partition(":")[0].lower()
            if attribute.startswith("on") or attribute == "style":
                self.found.append(attribute)
            if attribute in {"href", "src", "poster"} and scheme in {
                *("javascript", "vbscript", "data")
            }:
                self.found.append(scheme)
