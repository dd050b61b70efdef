"""Lists and queries over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode, Shelf

PAGES = {"ask": 3, "bor": None, "dag": 1, "eir": 3, "fen": None, "gna": 2, "hel": 3}


@pytest.fixture(scope="module", autouse=True)
def books(node: CloudNode) -> None:
    """Seven books, some with equally many pages and some with none, one of them hidden."""
    repository = node.repository
    with repository.transaction():
        for name in ("low", "high"):
            repository.create(Shelf(name=name))
        low, _ = repository.query(Shelf).all()
        for number, (name, pages) in enumerate(PAGES.items()):
            book = Book(name=name, title=f"Book {number} of {name}", pages=pages, words=[name, "x"])
            if number % 2:
                book.shelf = low
            repository.create(book, hidden=name == "hel")


def _walk(client: TestClient, address: str) -> list[str]:
    """The names of all objects of a list, page by page."""
    names: list[str] = []
    following = ""
    while True:
        page = client.get(address + (f"&after={following}" if following else "")).json()
        names += [item["fields"]["name"] for item in page["items"]]
        following = page["next"]
        if following is None:
            return names


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_give_every_object_once_by_age(editor: TestClient, limit: int) -> None:
    """Whatever the size of pages, together they hold each object once, the oldest first."""
    assert _walk(editor, f"book?limit={limit}") == list(PAGES)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("pages", "bor fen dag gna ask eir hel"),
        ("-pages", "ask eir hel gna dag bor fen"),
        ("pages,-name", "fen bor dag gna hel eir ask"),
        ("-pages,name", "ask eir hel gna dag bor fen"),
        ("-name", "hel gna fen eir dag bor ask"),
        ("-meta.created", "ask bor dag eir fen gna hel"),
        ("-guid", "hel gna fen eir dag bor ask"),
        ("shelf.name,name", "ask dag fen hel bor eir gna"),
    ],
)
def test_pages_keep_any_order(editor: TestClient, order: str, expected: str, limit: int) -> None:
    """Pages in an order, with equal and absent values in it, repeat and skip nothing."""
    assert " ".join(_walk(editor, f"book?order={order}&limit={limit}")) == expected


def test_pages_do_not_move_while_others_write(editor: TestClient) -> None:
    """An object that comes in front of a page already read moves nothing onto the next."""
    first = editor.get("book?order=name&limit=3").json()
    made = editor.post("book", json={"fields": {"name": "aaa", "title": "First"}}).json()
    second = editor.get(f"book?order=name&limit=3&after={first['next']}").json()
    editor.delete(f"objects/{made['guid']}", headers={"If-Match": "*"}).raise_for_status()

    assert [b["fields"]["name"] for b in second["items"]] == ["eir", "fen", "gna"]


def test_a_list_says_where_it_goes_on(editor: TestClient) -> None:
    """The address of the next page stands in the Link header, filters and order included."""
    answer = editor.get("book?pages=3&order=-name&limit=2")
    link = answer.headers["Link"]

    assert link.startswith("</api/v1/book?pages=3&order=-name&limit=2&after=")
    assert link.endswith('>; rel="next"')
    rest = editor.get(link[1 : link.index(">")].removeprefix("/api/v1/"))
    assert [b["fields"]["name"] for b in rest.json()["items"]] == ["ask"]
    assert "Link" not in rest.headers


def test_head_counts(editor: TestClient, visitor: TestClient) -> None:
    """HEAD answers how many there are, of those that the caller may see."""
    assert editor.head("book").headers["Skygarth-Count"] == "7"
    assert visitor.head("book").headers["Skygarth-Count"] == "6"
    assert editor.head("book?pages=3").headers["Skygarth-Count"] == "3"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("name=dag", "dag"),
        ("pages=null", "bor fen"),
        ("shelf.name=low", "bor eir gna"),
        ("meta.hidden=true", "hel"),
        ("lent=false&pages=1", "dag"),
        ("match=eir", "eir"),
        ("pages=3&name=ask", "ask"),
    ],
)
def test_lists_are_filtered_by_fields(editor: TestClient, filters: str, expected: str) -> None:
    """Any field, metadatum or field of a linked object is a filter."""
    found = editor.get(f"book?{filters}").json()["items"]

    assert " ".join(book["fields"]["name"] for book in found) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"where": [["pages", ">=", 2]]}, "ask eir gna hel"),
        ({"where": [["pages", "=", None]]}, "bor fen"),
        ({"where": [["name", "in", ["ask", "hel"]]], "order": "-name"}, "hel ask"),
        ({"where": [["title", "starts with", "Book 1"]]}, "bor"),
        ({"where": [["title", "like", "%of e%"]]}, "eir"),
        ({"where": [["words", "contains", "gna"]]}, "gna"),
        ({"where": [["title", "matches", "book fen"]]}, "fen"),
        ({"any": [["name", "=", "ask"], ["pages", "=", 1]]}, "ask dag"),
        ({"where": [["meta.created", ">", "2020-01-01T00:00:00Z"], ["pages", "<", 2]]}, "dag"),
        ({"where": [["shelf.name", "=", "low"]], "match": "book", "limit": 1}, "bor"),
        ({"where": [["price", "<=", "0.00"]], "limit": 2}, "ask bor"),
    ],
)
def test_queries_are_the_query_builder_as_json(
    editor: TestClient, question: dict[str, object], expected: str
) -> None:
    """What `repo.query` can ask, `POST query` can."""
    answer = editor.post("query", json={"type": "book", **question})

    assert " ".join(b["fields"]["name"] for b in answer.json()["items"]) == expected


def test_a_query_goes_on(editor: TestClient) -> None:
    """The cursor of a query's page, sent with the same question, gives the next page."""
    question = {"type": "book", "order": "-pages", "limit": 4}
    first = editor.post("query", json=question).json()
    second = editor.post("query", json={**question, "after": first["next"]}).json()
    names = [book["fields"]["name"] for page in (first, second) for book in page["items"]]

    assert names == ["ask", "eir", "hel", "gna", "dag", "bor", "fen"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("book?limit=0", "SG-API-002", "1000"),
        ("book?limit=1001", "SG-API-002", "1000"),
        ("book?limit=ten", "SG-API-002", "1000"),
        ("book?titel=x", "SG-QUERY-001", "did you mean title?"),
        ("book?meta.creatd=x", "SG-QUERY-001", "did you mean created?"),
        ("book?title.x=1", "SG-QUERY-001", "shelf"),
        ("book?order=nme", "SG-QUERY-001", "did you mean name?"),
        ("book?order=words", "SG-QUERY-004", ""),
        ("book?after=%21", "SG-API-007", "next"),
        ("book?after=WyJuYW1lIl0", "SG-API-007", "next"),
        ("book?pages=many", "SG-VALUE-001", "kind=integer"),
        ("book?guid=7", "SG-VALUE-001", "kind=link"),
    ],
)
def test_a_wrong_question_is_refused_with_what_was_meant(
    editor: TestClient, address: str, code: str, said: str
) -> None:
    """Limits, names and cursors that make no sense are never guessed at."""
    problem = editor.get(address).json()

    assert problem.get("code") == code, problem
    assert said in problem["hint"]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"type": "book", "wher": []}, "SG-API-005"),
        ({"type": "boook"}, "SG-TYPE-404"),
        ({"type": 3}, "SG-API-001"),
        ({"type": "book", "where": {}}, "SG-API-008"),
        ({"type": "book", "where": [["name", "is", "x"]]}, "SG-API-008"),
        ({"type": "book", "where": [["name"]]}, "SG-API-008"),
        ({"type": "book", "where": [["name", "in", "x"]]}, "SG-API-008"),
        ({"type": "book", "where": [["name", "like", 3]]}, "SG-API-008"),
        ({"type": "book", "where": [["words", "<", "x"]]}, "SG-QUERY-004"),
        ({"type": "book", "where": [["pages", "<", None]]}, "SG-QUERY-004"),
        ({"type": "book", "where": [["printed", ">", "yesterday"]]}, "SG-VALUE-001"),
        ({"type": "book", "limit": True}, "SG-API-002"),
    ],
)
def test_a_wrong_query_is_refused(
    editor: TestClient, question: dict[str, object], code: str
) -> None:
    """A query that says something else than it means is refused, not half understood."""
    answer = editor.post("query", json=question)

    assert answer.json().get("code") == code, answer.text
    assert answer.status_code in {400, 404, 422}


def test_visitors_do_not_see_what_is_hidden(visitor: TestClient) -> None:
    """Neither a list, nor a filter, nor a query gives a visitor what is hidden or deleted."""
    everything = visitor.get("book").json()["items"]

    assert "hel" not in {book["fields"]["name"] for book in everything}
    assert visitor.get("book?meta.hidden=true").json()["items"] == []
    question = {"type": "book", "where": [["name", "=", "hel"]]}
    assert visitor.post("query", json=question).json()["items"] == []
    assert visitor.get("book?deleted=true").status_code == 401
