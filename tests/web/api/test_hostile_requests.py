"""Whatever is sent, a node answers, says what is wrong, and never that it met a bug."""

from __future__ import annotations

import itertools

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.repository.tokens import AccessToken

DEEP = 100_000
BODIES = {
    "half": b"{",
    "nothing": b"null",
    "a number": b"1",
    "no utf-8": b"\xff\xfe",
    "half a surrogate": b'{"fields":{"name":"x","title":"\\ud800"}}',
    "lists in lists": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"fields":' * DEEP + b"1" + b"}" * DEEP,
    "lists in a field": b'{"fields":{"words":' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "infinity": b'{"fields":{"name":"x","title":"X","pages":1e999}}',
    "no number": b'{"fields":{"name":"x","title":"X","pages":NaN}}',
}
VALUES: dict[str, object] = {
    "a NUL in a name": {"fields": {"name": "a\0b", "title": "X"}},
    "a NUL in a list": {"fields": {"name": "x", "title": "X", "words": ["\0"]}},
    "too great": {"fields": {"name": "x", "title": "X", "pages": 2**63}},
    "far too great": {"fields": {"name": "x", "title": "X", "pages": 10**400}},
    "no price": {"fields": {"name": "x", "title": "X", "price": "NaN"}},
    "a huge price": {"fields": {"name": "x", "title": "X", "price": "1e999999"}},
    "a link to nothing": {"fields": {"name": "x", "title": "X", "shelf": "zz"}},
    "a list as parent": {"fields": {"name": "x", "title": "X"}, "parent": []},
    "an object as parent": {"fields": {"name": "x", "title": "X"}, "parent": {}},
    "a NUL as parent": {"fields": {"name": "x", "title": "X"}, "parent": "/\0"},
    "no guid": {"fields": {"name": "x", "title": "X"}, "guid": 5},
    "deleted from the start": {"fields": {"name": "x", "title": "X"}, "meta": {"deleted": True}},
}
QUERIES = [
    "limit=0",
    "limit=99999999999999999999",
    "after=x",
    "after=%00",
    "after=W10",
    "after=bnVsbA",
    "order=-",
    "order=%00",
    "titel=x",
    "pages=99999999999999999999999999",
    "lent=maybe",
    "price=nan",
    "printed=2020-01-01",
    "guid=%00",
    "meta.created=x",
    "shelf.=x",
    "=x",
]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_cannot_be_read_is_refused(editor: TestClient, body: bytes) -> None:
    """Wrong, endless or bottomless JSON is the sender's fault, at every address that takes some."""
    guid = "0190b0c0-0000-7000-8000-000000000001"
    for method, address in (
        ("POST", "book"),
        ("POST", "query"),
        ("POST", "conflicts/x"),
        ("PATCH", f"objects/{guid}"),
        ("PUT", f"objects/{guid}"),
    ):
        answer = editor.request(method, address, content=body, headers={"If-Match": "*"})

        assert answer.status_code in {400, 404, 422}, (method, address, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("document", VALUES.values(), ids=VALUES.keys())
def test_a_value_that_cannot_be_is_refused(
    node: CloudNode, editor: TestClient, document: object
) -> None:
    """Nothing of a refused request is kept."""
    before = node.repository.query(Book).count()
    answer = editor.post("book", json=document)

    assert answer.status_code in {400, 404, 409, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert node.repository.query(Book).count() == before


@pytest.mark.parametrize("query", QUERIES)
def test_a_question_that_makes_no_sense_is_refused(visitor: TestClient, query: str) -> None:
    """Lists name the parameter that they do not understand, also to strangers."""
    answer = visitor.get(f"book?{query}")

    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_no_condition_breaks_a_query(editor: TestClient) -> None:
    """Any field, with any operator, beside any value, finds something or is refused."""
    fields = ["title", "pages", "price", "printed", "words", "shelf", "zz"]
    operators = ["=", "<", "in", "contains", "matches", "drop", None]
    values: list[object] = [None, True, 10**30, "\0", [], {}, [[]]]
    broken = [
        where
        for where in itertools.product(fields, operators, values)
        if editor.post("query", json={"type": "book", "where": [where]}).status_code
        not in {200, 400, 422}
    ]

    assert broken == []


@pytest.mark.parametrize("tail", ["parameters", "attachments/cover.jpg"])
def test_what_comes_later_says_so(reader: TestClient, tail: str) -> None:
    """Addresses that the contract names and this version does not have are 501, not unknown."""
    answer = reader.get(f"objects/0190b0c0-0000-7000-8000-000000000001/{tail}")

    assert answer.status_code == 501
    assert answer.json()["code"] == "SG-API-501"


def test_tokens_are_seen_by_nobody(node: CloudNode, admin: TestClient) -> None:
    """No address shows a token's object: neither by type, nor by GUID, nor in the feed."""
    node.token("admin")
    (kept,) = node.repository.query(AccessToken).limit(1).all()
    guid = str(kept.guid)
    headers = {"If-Match": "*"}

    assert admin.get("access_token").status_code == 404
    assert admin.get("types/access_token").status_code == 404
    assert admin.post("query", json={"type": "access_token"}).status_code == 404
    assert admin.post("access_token", json={"fields": {}}).status_code == 404
    assert admin.get(f"objects/{guid}").status_code == 404
    assert admin.get(f"objects/{guid}/children").status_code == 404
    assert admin.patch(f"objects/{guid}", json={}, headers=headers).status_code == 404
    assert admin.delete(f"objects/{guid}?purge=true", headers=headers).status_code == 404
    for address in ("changes", "openapi.json", "types", "tree", "conflicts"):
        text = admin.get(address).text
        assert guid not in text
        assert "access_token" not in text
