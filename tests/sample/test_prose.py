"""Whatever a body holds, what reaches a page is safe and readable."""

from __future__ import annotations

import pytest

from skygarth.sample.prose import (
    beginning,
    for_xml,
    in_feed,
    part_at,
    plain,
    reading_minutes,
    rendered,
    summary,
)


@pytest.mark.parametrize("text_format", ["html", "markdown", "text"])
@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<p style="position:fixed">x</p>',
        '<iframe src="https://evil.example"></iframe>',
        "<svg><script>alert(1)</script></svg>",
        '<form action="https://evil.example"><input name="password"></form>',
        '<base href="https://evil.example">',
        "[x](javascript:alert(1))",
    ],
)
def test_no_format_lets_an_attack_through(attack: str, text_format: str) -> None:
    """The format is a field that anybody may set: it earns no trust."""
    made = rendered(attack, text_format)

    for forbidden in ("<script", "<iframe", "<svg", "<form", "<base", "<input"):
        assert forbidden not in made
    for tag in made.split("<")[1:]:
        inside = tag.partition(">")[0].lower()
        assert not any(word in inside for word in ("onerror", "javascript:", "style="))


def test_markdown_becomes_html() -> None:
    """With tables and strikethrough, and HTML where the author wrote some."""
    made = rendered("## A\n\n*b* ~~c~~ <kbd>d</kbd>\n\n|x|y|\n|-|-|\n|1|2|\n", "markdown")

    assert "<h2>A</h2>" in made
    assert "<em>b</em> <s>c</s> <kbd>d</kbd>" in made
    assert "<td>2</td>" in made


def test_plain_text_keeps_its_lines_and_says_what_it_says() -> None:
    """Markup in it is text."""
    assert rendered("a <b>\nc\n\nd", "text") == "<p>a &lt;b&gt;<br>c</p>\n<p>d</p>"


def test_links_within_a_text_lead_to_its_own_anchors() -> None:
    """An anchor cannot take the name of one of the page's."""
    made = rendered('<a href="#content">x</a><h2 id="content">T</h2>', "html")

    assert 'href="#body-content"' in made
    assert 'id="body-content"' in made


def test_pictures_wait_until_they_are_looked_at() -> None:
    """Old articles are long."""
    assert 'loading="lazy"' in rendered('<img src="/a.jpg" alt="A">', "html")


def test_running_text_keeps_words_apart() -> None:
    """Where a block ends, a word ends; entities are characters again."""
    assert plain("<p>a &amp; b</p><p>c<br>d</p><script>e</script>", "html") == "a & b c d"


def test_a_summary_ends_between_words() -> None:
    """It is cut only where it must be, and never much too long."""
    assert summary("one two three", 9) == "one two…"
    assert summary("one, two", 5) == "one…"
    assert summary("one two", 7) == "one two"
    assert summary("x" * 300, 10) == f"{'x' * 10}…"


@pytest.mark.parametrize("text_format", ["html", "markdown", "text"])
def test_a_list_looks_at_the_beginning_of_a_long_body_only(text_format: str) -> None:
    """A body of megabytes costs a list what a short one does, and gives the same summary."""
    body = (
        "<p>A long story.</p> " * 100_000 if text_format == "html" else "A long story. " * 100_000
    )
    begun = beginning(body, text_format)

    assert len(begun) < 10_000
    assert summary(begun) == summary(plain(body, text_format))


def test_half_a_tag_at_the_cut_is_no_text() -> None:
    """What a browser would not show is no part of a summary."""
    body = "x" * 7_990 + '<a href="https://example.org/">more</a>'

    assert beginning(body, "html") == "x" * 7_990


def test_signs_that_are_no_tags_stay_at_the_cut() -> None:
    """A body begins where it begins, and other formats than HTML have no tags to be cut."""
    assert beginning("5 > 3 " + "x" * 9_000, "html").startswith("5 > 3")
    assert beginning("3 < 5 " + "x" * 9_000, "text").startswith("3 < 5 x")


@pytest.mark.parametrize("text_format", ["html", "markdown", "text"])
def test_a_part_of_a_long_body_holds_what_stands_at_its_place(text_format: str) -> None:
    """However far behind in the body; what lies far from it is left out."""
    body = "word " * 50_000 + "needle " + "word " * 50_000
    part = part_at(body, text_format, body.index("needle"))

    assert "needle" in part
    assert len(part) < 10_000


def test_half_a_tag_before_the_part_is_no_text() -> None:
    """A cut within a tag leaves nothing of it in the text."""
    body = f"{'x' * 20_000}<a href='https://example.org/'>{'y' * 20_000}"
    part = part_at(body, "html", body.index("example") + 4_000)

    assert part == "y" * len(part)


def test_a_feed_holds_no_very_long_body() -> None:
    """Every reader fetches all of a feed again and again: of megabytes it gets the beginning."""
    short = in_feed("<p>Short.</p>", "html")
    long = in_feed("<p>Long &amp; longer.</p> " * 20_000, "html")

    assert short == "<p>Short.</p>"
    assert long.startswith("<p>Long &amp; longer. Long")
    assert len(long) < 400


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (220, 1), (1100, 5)])
def test_reading_takes_at_least_a_minute(words: int, minutes: int) -> None:
    """Short texts, too."""
    assert minutes == reading_minutes("word " * words)


def test_xml_is_spared_what_it_cannot_hold() -> None:
    """A control character would make a whole feed unreadable."""
    assert for_xml("a\x00b\x1fc\ud800d\te😀") == "abcd\te😀"
