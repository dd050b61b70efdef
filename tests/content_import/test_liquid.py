"""Liquid is resolved as far as posts need it; the rest is left out and named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.liquid import Plain, without_liquid


def _address(stem: str) -> str | None:
    return "/blog/first" if stem == "2012-01-02-first" else None


def _plain(source: str) -> Plain:
    return without_liquid(source, _address)


def test_code_samples_become_pre() -> None:
    """Escaped, with their language, and as a block of their own."""
    plain = _plain("a {% highlight ruby linenos %}\nif 1 < 2\n\n{% endhighlight %} b")
    block = '<pre><code class="language-ruby">if 1 &lt; 2\n</code></pre>'

    assert Plain(f"a \n\n{block}\n\n b", ()) == plain


def test_raw_protects_its_inside() -> None:
    """In running text and inside a code sample."""
    assert _plain("{% raw %}{{ x }} {% y %}{%- endraw -%}") == Plain("{{ x }} {% y %}", ())
    nested = _plain("{% highlight html %}{% raw %}{{ x }}{% endraw %}{% endhighlight %}")
    assert '<pre><code class="language-html">{{ x }}\n</code></pre>' in nested.text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ site.url }}/about", "/about"),
        ("{{site.baseurl}}/about", "/about"),
        ("{{ '/a.png' | relative_url }}", "/a.png"),
        ("{% post_url 2012-01-02-first %}", "/blog/first"),
        ("{% link _posts/2012-01-02-first.md %}", "/blog/first"),
        ("{% comment %}not {% now %}{% endcomment %}", ""),
    ],
)
def test_what_has_a_plain_meaning_gets_it(source: str, text: str) -> None:
    """Addresses of the site and of posts, quoted texts, comments."""
    assert Plain(text, ()) == _plain(source)


def test_the_rest_is_left_out_and_named() -> None:
    """Each once, in order; the text around it stays."""
    plain = _plain("{% include a.html %}{% if x %}b{% endif %}{{ page.title }}{% include c %}")

    assert Plain("b", ("{% include %}", "{% if %}", "{% endif %}", "{{ page.title }}")) == plain


def test_a_post_that_is_not_there_is_named() -> None:
    """A dead link is better seen in the report than on the page."""
    assert Plain("", ("{% post_url %}",)) == _plain("{% post_url 1999-01-01-gone %}")


def test_braces_without_their_end_are_text() -> None:
    """And what follows is still read."""
    assert Plain("{% a { {{b", ()) == _plain("{% a { {{b")
    assert Plain("{% a b", ()) == _plain("{% a {{ site.url }}b")


def test_an_enclosing_tag_without_its_end_hides_nothing() -> None:
    """The text after it stays, and the report says what is missing."""
    plain = _plain("{% raw %}a {{ b }}")

    assert Plain("a {{ b }}", ("{% raw %} without its end",)) == plain


def test_a_flood_of_openings_is_read_in_one_go() -> None:
    """Time grows with the text, not with its square."""
    flood = "{% " * 200_000 + "{{ " * 200_000

    assert Plain(flood, ()) == _plain(flood)


@given(st.lists(st.sampled_from(["{%", "%}", "{{", "}}", " raw ", " endraw ", "x", "-"])))
def test_any_order_of_marks_is_survived(parts: list[str]) -> None:
    """Nothing is invented: without a code sample, no text grows."""
    source = "".join(parts)

    assert len(_plain(source).text) <= len(source)
