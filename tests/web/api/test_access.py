"""Who may do what over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import HOST, Book, CloudNode

from skygarth.repository.tokens import create_token, revoke_token

READ = [
    ("GET", "node"),
    ("GET", "nodes"),
    ("GET", "cost"),
    ("GET", "sync"),
    ("GET", "changes"),
    ("GET", "conflicts"),
    ("GET", "conflicts/x"),
]
EDIT = [
    ("POST", "book"),
    ("PATCH", "objects/0190b0c0-0000-7000-8000-000000000001"),
    ("PUT", "objects/0190b0c0-0000-7000-8000-000000000001"),
    ("DELETE", "objects/0190b0c0-0000-7000-8000-000000000001"),
    ("POST", "objects/0190b0c0-0000-7000-8000-000000000001/undelete"),
    ("POST", "conflicts/x"),
]
ADMIN = [
    ("POST", "sync/pause"),
    ("POST", "sync/resume"),
    ("POST", "sync/snapshot"),
    ("POST", "sync/quarantine/x/release"),
    ("DELETE", "objects/0190b0c0-0000-7000-8000-000000000001?purge=1"),
]


@pytest.mark.parametrize(("method", "address"), READ + EDIT + ADMIN)
def test_a_visitor_is_asked_who_he_is(visitor: TestClient, method: str, address: str) -> None:
    """Without a token, all but published content answers 401 and says how to come in."""
    answer = visitor.request(method, address)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "SG-API-401"


@pytest.mark.parametrize(("method", "address"), EDIT + ADMIN)
def test_a_reader_may_not_write(reader: TestClient, method: str, address: str) -> None:
    """A reader's token reads, and nothing else."""
    assert reader.request(method, address).status_code == 403


@pytest.mark.parametrize(("method", "address"), ADMIN)
def test_an_editor_may_not_operate(editor: TestClient, method: str, address: str) -> None:
    """An editor's token writes content, but neither steers nodes nor purges."""
    assert editor.request(method, address).status_code == 403


@pytest.mark.parametrize(("method", "address"), READ[:-1])
def test_a_reader_reads_all(reader: TestClient, method: str, address: str) -> None:
    """A reader's token opens whatever can be read."""
    assert reader.request(method, address).status_code == 200


def test_published_content_is_open(node: CloudNode, visitor: TestClient) -> None:
    """Anybody reads published objects, their types and the API's description."""
    book = node.repository.create(Book(name="open", title="Open"))

    for address in ("book", f"objects/{book.guid}", "tree/open", "tree", "types", "openapi.json"):
        assert visitor.get(address).status_code == 200, address


@pytest.mark.parametrize("token", ["x", "skyg_" + "0" * 64, "Ünïcode".encode().decode("latin-1")])
def test_a_wrong_token_is_refused_even_for_open_content(visitor: TestClient, token: str) -> None:
    """Who shows a token that is not valid learns it at once, not at the first write."""
    header = f"Bearer {token}".encode("latin-1")
    answer = visitor.get("book", headers=[(b"authorization", header)])

    assert (answer.status_code, answer.json()["code"]) == (401, "SG-TOKEN-401")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_opens_nothing(node: CloudNode, visitor: TestClient) -> None:
    """Revoking takes effect with the next request."""
    token = create_token(node.repository, name="short", role="reader", secret=b"s" * 32)
    headers = {"Authorization": f"Bearer {token}"}
    before = visitor.get("node", headers=headers)
    revoke_token(node.repository, "short")
    after = visitor.get("node", headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_login_session_is_as_good_as_its_token(node: CloudNode) -> None:
    """Who logged in at the dashboard may use the API, but not from another site's page."""
    browser = node.browser()
    browser.post("/admin/login", data={"token": node.token("admin")})
    fields = {"fields": {"name": "session", "title": "Session"}}
    foreign = browser.post("/api/v1/book", json=fields, headers={"Sec-Fetch-Site": "cross-site"})
    own = browser.post("/api/v1/book", json=fields, headers={"Sec-Fetch-Site": "same-origin"})

    assert browser.get("/api/v1/node").status_code == 200
    assert foreign.status_code == 403
    assert own.status_code == 201
    assert own.json()["meta"]["creator"] == "admin"


def test_a_forged_session_is_none(node: CloudNode) -> None:
    """A cookie that we did not sign, or signed otherwise, lets nobody in."""
    browser = node.browser()
    browser.post("/admin/login", data={"token": node.token("admin")})
    (name, value) = next(iter(browser.cookies.items()))
    other = value[:-1] + ("1" if value.endswith("0") else "0")
    for forged in ("", "x", ".", "9999999999.x.y", other, "9" + value, f"é{value}"):
        answer = TestClient(node.app.app, base_url=HOST).get(
            "/api/v1/node", headers=[(b"cookie", f"{name}={forged}".encode())]
        )
        assert answer.status_code == 401, forged
