"""The sample site shows a reader what there is for him, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient
from tests.sample.conftest import NOON

from skygarth.repository import Repository
from skygarth.sample import Article, SampleSite, Section, SiteFacts
from skygarth.web import Site

ATOM = "{http://www.w3.org/2005/Atom}"
FACTS = SiteFacts(title="Sky & Garden", tagline="What grows here", author="Ada")


@pytest.fixture
def client(repository: Repository) -> TestClient:
    """A reader of the site, at noon of the first day of 2026."""
    site = Site({"/": SampleSite(FACTS)}, repository=repository, now=lambda: NOON)
    return TestClient(site.asgi, headers={"accept": "text/html"})


def _titles(page: str) -> list[str]:
    """The titles of the articles in a list, in order."""
    return re.findall(r'<h[23]><a href="[^"]*">([^<]*)</a></h[23]>', page)


def test_an_empty_site_says_how_to_fill_it(client: TestClient) -> None:
    """The first thing that somebody sees tells what to do next."""
    page = client.get("/").text

    assert "skygarth import PATH" in page


@pytest.mark.usefixtures("content")
def test_the_front_page_has_the_latest_first(client: TestClient) -> None:
    """What was just written without a date stands on top; the rest follows by date."""
    page = client.get("/").text

    assert _titles(page) == [
        "Undated",
        "Hello &lt;b&gt;",
        "Middle",
        "Old",
        "About",
        *(f"Twin {name}" for name in "cba"),
    ]
    assert "Sky &amp; Garden" in page


def test_a_site_without_a_name_is_called_after_its_only_section(repository: Repository) -> None:
    """An import brings the site's name along; the menu does not repeat it."""
    site = Site({"/": SampleSite()}, repository=repository, now=lambda: NOON)
    client = TestClient(site.asgi)
    nameless = client.get("/").text
    repository.create(Section(name="blog", title="Sky Diary"))
    named = client.get("/").text

    assert "<title>A Skygarth site</title>" in nameless
    assert "<title>Sky Diary</title>" in named
    assert '<a href="/blog">Articles</a>' in named


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("name", ["hidden", "future", "deleted", "nothing"])
def test_what_is_not_for_readers_is_not_found(client: TestClient, name: str) -> None:
    """Hidden, deleted or ahead of its hour: it looks as though it did not exist."""
    response = client.get(f"/news/{name}")

    assert response.status_code == 404
    assert "This page is not here" in response.text
    for address in ("/", "/news", "/feed.atom", "/categories", "/search?q=secret"):
        assert "Secret" not in client.get(address).text


@pytest.mark.usefixtures("content")
def test_an_article_shows_when_its_hour_has_come(repository: Repository) -> None:
    """Nothing needs to happen at that moment."""
    later = NOON + timedelta(days=2)
    site = Site({"/": SampleSite()}, repository=repository, now=lambda: later)

    assert TestClient(site.asgi).get("/news/future").status_code == 200


@pytest.mark.usefixtures("content")
def test_a_section_lists_its_articles_and_sections(client: TestClient) -> None:
    """Only those that stand in it directly."""
    page = client.get("/news").text

    assert _titles(page) == ["Hello &lt;b&gt;", "Middle", "Old"]
    assert 'href="/news/archive"' in page
    assert '<li><a href="/news" aria-current="page">News</a></li>' in page


def test_a_long_section_comes_in_pages(client: TestClient, repository: Repository) -> None:
    """Twenty articles each; a page that is not there is not found."""
    repository.register(Section, Article)
    with repository.transaction("many") as tx:
        section = tx.create(Section(name="many", title="Many"))
        for number in range(45):
            date = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)
            tx.create(
                Article(name=f"a{number}", title=f"A {number}", published=date, section=section)
            )
    last = client.get("/many?page=3").text

    assert _titles(client.get("/many").text)[0] == "A 44"
    assert _titles(last) == [f"A {number}" for number in (4, 3, 2, 1, 0)]
    assert 'rel="prev" href="/many?page=2"' in last
    assert client.get("/many?page=4").status_code == 404


@pytest.mark.usefixtures("content")
def test_an_article_is_shown_with_its_surroundings(client: TestClient) -> None:
    """Its section, its date, its categories, and its neighbours in the section."""
    response = client.get("/news/middle")
    page = response.text

    assert response.headers["last-modified"]
    assert "<title>Middle – Sky &amp; Garden</title>" in page
    assert '<time datetime="2025-06-01T00:00:00+00:00">1 June 2025</time>' in page
    assert 'rel="prev" href="/news/old"' in page
    assert 'rel="next" href="/news/hello"' in page
    assert 'href="/categories/green%20things"' in page


@pytest.mark.usefixtures("content")
def test_neighbours_of_one_moment_are_all_visited(client: TestClient) -> None:
    """Dates are often dates of days only: the name decides, and nobody is left out."""
    visited, address = [], "/twins/c"
    while address:
        visited.append(address)
        found = re.search(r'rel="prev" href="(/twins[^"]*)"', client.get(address).text)
        address = found[1] if found else ""

    assert visited == ["/twins/c", "/twins/b", "/twins/a"]


@pytest.mark.usefixtures("content")
def test_an_article_may_stand_at_the_root(client: TestClient) -> None:
    """It has no section, and Markdown if it says so."""
    page = client.get("/about").text

    assert "<em>us</em>" in page


@pytest.mark.usefixtures("content")
def test_what_others_wrote_cannot_act(client: TestClient) -> None:
    """Titles are escaped, bodies sanitised."""
    page = client.get("/news/hello").text

    assert "<h1>Hello &lt;b&gt;</h1>" in page
    assert "alert(1)" not in page
    assert "<p>Good day, cloud</p>" in page


@pytest.mark.usefixtures("content")
def test_a_search_marks_what_it_found(client: TestClient) -> None:
    """With the passage, and the words in the field again."""
    page = client.get("/search", params={"q": "cloud"}).text

    assert _titles(page) == ["Hello &lt;b&gt;"]
    assert "Good day, <mark>cloud</mark>" in page
    assert 'value="cloud"' in page
    assert "1 article with “cloud”" in page


def test_a_cloud_without_a_pool_for_it_can_be_searched(repository: Repository) -> None:
    """Nodes that are made for it answer where there are some, and else every node."""
    site = Site({"/": SampleSite()}, repository=repository, now=lambda: NOON)
    routes = [route for page in site.pages for route in page.routes if route.pool is not None]

    assert [(route.name, route.pool, route.fallback) for route in routes] == [
        ("search", "search", "here")
    ]


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    "words", ["", "   ", '"', "a AND", "*", "(", "näyttö", "x" * 5000, "title:hello", "-", "^ +"]
)
def test_a_search_takes_whatever_is_typed(client: TestClient, words: str) -> None:
    """People do not know the syntax of full text."""
    response = client.get("/search", params={"q": words})

    assert response.status_code == 200
    assert "Search" in response.text


@pytest.mark.usefixtures("content")
def test_categories_are_counted_and_listed(client: TestClient) -> None:
    """A category has its articles; one without any is not found."""
    assert 'href="/categories/green%20things">green things</a> <span class="count">2</span>' in (
        client.get("/categories").text
    )
    assert _titles(client.get("/categories/green things").text) == ["Hello &lt;b&gt;", "Middle"]
    assert client.get("/categories/blue").status_code == 404


@pytest.mark.usefixtures("content")
def test_the_feed_is_what_feed_readers_expect(client: TestClient) -> None:
    """RFC 4287: each feed and entry has an id, a title, a date, and somebody who wrote it."""
    response = client.get("/feed.atom")
    feed = ElementTree.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")

    assert response.headers["content-type"].startswith("application/atom+xml")
    assert feed.findtext(f"{ATOM}id") == "http://testserver/feed.atom"
    assert feed.findtext(f"{ATOM}title") == "Sky & Garden"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Ada"
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    assert len(set(ids)) == len(entries) > 3
    for element in [feed, *entries]:
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
    assert all(id_.startswith("urn:uuid:") for id_ in ids)
    contents = [entry.findtext(f"{ATOM}content") or "" for entry in entries]
    assert "<p>Good day, cloud</p>" in contents[1]
    assert all("alert" not in content for content in contents)


def test_an_empty_feed_is_a_feed(client: TestClient) -> None:
    """A reader may subscribe before the first article."""
    feed = ElementTree.fromstring(client.get("/feed.atom").content)

    assert feed.findall(f"{ATOM}entry") == []


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("address", ["/", "/news", "/news/hello", "/feed.atom", "/categories"])
def test_a_reader_who_has_the_page_is_told_so(client: TestClient, address: str) -> None:
    """Until something on it changes."""
    tag = client.get(address).headers["etag"]

    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("address", ["/", "/news", "/news/hello", "/search?q=cloud", "/nothing"])
def test_every_page_can_be_read_without_seeing_it(client: TestClient, address: str) -> None:
    """Language, one main heading, one main part, a way past the menu, names for all fields."""
    page = client.get(address).text

    assert '<html lang="en">' in page
    assert page.count("<h1") == 1
    assert page.count("<main") == 1
    assert '<a class="skip" href="#content">' in page
    labelled = set(re.findall(r'<label class="unseen" for="(\w+)"', page))
    assert labelled == set(re.findall(r'<input id="(\w+)"', page))
    assert "<script" not in page
    assert "style=" not in page


@pytest.mark.parametrize("name", ["a/b", "", ".", "..", "a\nb", "ä ö", "100%", "a?b#c", "<b>"])
def test_a_category_may_be_called_anything(
    client: TestClient, repository: Repository, name: str
) -> None:
    """One that no address can hold is shown nowhere, and breaks nothing."""
    repository.create(Article(name="odd", title="Odd", categories=[name, "plain"]))
    page = client.get("/categories")
    links = re.findall(r'href="(/categories/[^"]*)"', page.text)

    assert client.get("/odd").status_code == 200
    assert "/categories/plain" in links
    for link in links:
        assert client.get(link).status_code == 200


@pytest.mark.usefixtures("content")
def test_a_site_may_stand_anywhere(repository: Repository) -> None:
    """All its links lead below its place."""
    site = Site({"/magazine": SampleSite()}, repository=repository, now=lambda: NOON)
    client = TestClient(site.asgi)
    links = set(re.findall(r'href="(/[^"]*)"', client.get("/magazine/news/middle").text))

    assert {link for link in links if not link.startswith(("/magazine", "/static/"))} == set()
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200
