"""A pattern reads what it writes, accepts canonical text only, and refuses nonsense."""

from __future__ import annotations

import math
import re
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.errors import Invalid
from skygarth.routing.route_pattern import RouteValue, compile_pattern

GUID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

_segment_text = st.text(
    st.characters(exclude_characters="/", exclude_categories=["Cs", "Cc"]), min_size=1
).filter(lambda text: text not in {".", ".."})
_VALUES: dict[str, st.SearchStrategy[RouteValue]] = {
    "int": st.integers(-(10**18) + 1, 10**18 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "guid": st.uuids(),
    "slug": st.from_regex(r"[a-z0-9_-]+", fullmatch=True),
    "token": st.from_regex(r"[A-Za-z0-9._~-]+", fullmatch=True).filter(
        lambda text: text not in {".", ".."}
    ),
    "text": _segment_text,
    "path": st.lists(_segment_text, min_size=1, max_size=4).map("/".join),
}


@st.composite
def _written_routes(draw: st.DrawFn) -> tuple[str, dict[str, RouteValue]]:
    """A pattern, with values for its placeholders."""
    parts, values = [], {}
    kinds = draw(st.lists(st.sampled_from(sorted(_VALUES.keys() - {"path"})), max_size=4))
    for index, kind in enumerate(kinds):
        before, after = draw(st.sampled_from([("", ""), ("page-", ""), ("", ".html"), ("v", "x")]))
        parts.append(f"{before}{{a{index}:{kind}}}{after}")
        values[f"a{index}"] = draw(_VALUES[kind])
    if draw(st.booleans()):
        parts.append("{rest:path}")
        values["rest"] = draw(_VALUES["path"])
    return "/" + "/".join(parts), values


@given(_written_routes())
def test_a_route_reads_what_it_writes(route: tuple[str, dict[str, RouteValue]]) -> None:
    """Whatever values an address is built with, reading it gives them back."""
    text, values = route
    pattern = compile_pattern(text)
    address = pattern.build(values)

    assert values == pattern.match(unquote(address))
    assert re.fullmatch(r"[!-~]+", address), "an address is plain ASCII without blanks"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("/", "/", {}),
        ("/news", "/news", {}),
        ("/{name:slug}", "/hello-world", {"name": "hello-world"}),
        ("/{id:int}", "/-12", {"id": -12}),
        ("/{x:float}", "/2.50", {"x": 2.5}),
        ("/{guid:guid}", f"/{GUID}", {"guid": GUID}),
        ("/{t}", "/Hello.World~1", {"t": "Hello.World~1"}),
        ("/{t:text}", "/Grüße aus Tallinn", {"t": "Grüße aus Tallinn"}),
        ("/x/{rest:path}", "/x/a/b.c", {"rest": "a/b.c"}),
        ("/{name:slug}.atom", "/news.atom", {"name": "news"}),
    ],
)
def test_a_pattern_reads_typed_values(
    text: str, path: str, expected: dict[str, RouteValue]
) -> None:
    """Each kind gives the Python value it stands for."""
    assert expected == compile_pattern(text).match(path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/", "/x"),
        ("/news", "/news/"),
        ("/news", "/News"),
        ("/{id:int}", "/007"),
        ("/{id:int}", "/-0"),
        ("/{id:int}", "/" + "9" * 5000),
        ("/{x:float}", "/1e3"),
        ("/{x:float}", "/nan"),
        ("/{name:slug}", "/Hello"),
        ("/{name:slug}", "/hello\n"),
        ("/{guid:guid}", f"/{str(GUID).upper()}"),
        ("/{t}", "/.."),
        ("/{t:text}", "/a/b"),
        ("/{t:text}", "/a\x00b"),
        ("/{rest:path}", "/"),
        ("/{rest:path}", "/a//b"),
        ("/{rest:path}", "/a/../b"),
        ("/{rest:path}", "/a/"),
        ("/a.b", "/axb"),
    ],
)
def test_a_pattern_accepts_canonical_text_only(text: str, path: str) -> None:
    """One thing has one address, and nothing of an address is left over."""
    assert compile_pattern(text).match(path) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("news", "does not begin with '/'"),
        ("", "does not begin with '/'"),
        ("/news/", "empty segment"),
        ("//", "empty segment"),
        ("/{name:slag}", "there is no kind 'slag'"),
        ("/{name:}", "there is no kind ''"),
        ("/{:slug}", "cannot be called ''"),
        ("/{1st:slug}", "cannot be called '1st'"),
        ("/{self}", "cannot be called 'self'"),
        ("/{request}", "cannot be called 'request'"),
        ("/{a}/{a}", "two placeholders have one name"),
        ("/{rest:path}/more", "is not the whole last segment"),
        ("/x{rest:path}", "is not the whole last segment"),
        ("/{a}{b}", "no plain address has"),
        ("/{a", "no plain address has"),
        ("/a b", "no plain address has"),
        ("/a?b", "no plain address has"),
        ("/a/../b", "browsers resolve"),
    ],
)
def test_a_bad_pattern_is_refused_with_its_fault(text: str, fault: str) -> None:
    """Who writes a wrong pattern is told what is wrong with it."""
    with pytest.raises(Invalid, match=re.escape(fault)) as caught:
        compile_pattern(text)

    assert caught.value.code == "SG-ROUTE-001"
    assert caught.value.hint


def test_a_misspelt_kind_is_met_with_the_right_one() -> None:
    """The hint names the kind that was probably meant."""
    with pytest.raises(Invalid) as caught:
        compile_pattern("/{name:slugg}")

    assert caught.value.hint == "did you mean slug?"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("/{name:slug}", {}),
        ("/{name:slug}", {"name": "a", "more": 1}),
        ("/{name:slug}", {"name": "A b"}),
        ("/{id:int}", {"id": "x"}),
        ("/{id:int}", {"id": 10**18}),
        ("/{id:int}", {"id": True}),
        ("/{x:float}", {"x": math.inf}),
        ("/{x:float}", {"x": math.nan}),
        ("/{x:float}", {"x": GUID}),
        ("/{t:text}", {"t": ""}),
        ("/{t:text}", {"t": "a/b"}),
        ("/{t:text}", {"t": "\ud800"}),
        ("/{rest:path}", {"rest": "a/../b"}),
    ],
)
def test_an_address_that_would_not_lead_back_is_not_written(
    text: str, values: dict[str, RouteValue]
) -> None:
    """A value that its placeholder cannot hold is refused rather than bent."""
    with pytest.raises(Invalid):
        compile_pattern(text).build(values)


def test_the_more_specific_pattern_comes_first() -> None:
    """Literal text goes before placeholders, narrow kinds before wide ones."""
    ordered = [
        "/news",
        "/news-{name:slug}",
        "/{name:slug}.at",
        "/{x:guid}",
        "/{x:int}",
        "/{x:float}",
        "/{x:slug}",
        "/{x}",
        "/{x:text}",
        "/{x:path}",
    ]
    patterns = [compile_pattern(text) for text in reversed(ordered)]

    assert ordered == [
        pattern.text for pattern in sorted(patterns, key=lambda pattern: pattern.precedence)
    ]
