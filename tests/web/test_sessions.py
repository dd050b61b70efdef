"""Who asks: sessions that a token was shown for."""

from __future__ import annotations

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from skygarth.model.errors import Denied
from skygarth.repository import Repository
from skygarth.repository.tokens import create_token, revoke_token
from skygarth.web.sessions import SESSION_SECONDS, Sessions

SECRET = b"a" * 32
NOW_US = 1_767_268_800_000_000


def _request(method: str = "GET", **headers: str) -> HttpRequest:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HttpRequest(
        {
            "type": "http",
            "method": method,
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"here"), *raw],
            "scheme": "http",
            "server": ("here", 80),
        }
    )


class _Door:
    """Sessions at a time that the test sets, and a token that opens one."""

    def __init__(self, repository: Repository) -> None:
        self.now_us = NOW_US
        self.sessions = Sessions(repository, SECRET, lambda: self.now_us)
        self.token = create_token(repository, name="ada", role="admin", secret=b"t" * 32)

    def cookie(self) -> str:
        """What a browser sends back after it was let in."""
        holder = self.sessions.holder_of_token(self.token)
        assert holder is not None
        response = Response()
        self.sessions.begin(holder, _request(), response)
        return response.headers["set-cookie"].partition(";")[0]


@pytest.fixture
def door(repository: Repository) -> _Door:
    """A way in."""
    return _Door(repository)


def test_a_token_or_its_session_says_who_asks(door: _Door) -> None:
    """Both name the same holder; neither is a visitor."""
    by_token = door.sessions.holder(_request(authorization=f"Bearer {door.token}"))
    by_session = door.sessions.holder(_request(cookie=door.cookie()))

    assert by_token is not None
    assert by_token == by_session
    assert door.sessions.holder(_request()) is None


def test_a_session_ends(door: _Door) -> None:
    """After its hours it is a visitor's."""
    cookie = door.cookie()
    door.now_us += SESSION_SECONDS * 1_000_000

    assert door.sessions.holder(_request(cookie=cookie)) is None


def test_a_session_ends_with_its_token(door: _Door, repository: Repository) -> None:
    """Revoking the token closes every session that it opened."""
    cookie = door.cookie()
    revoke_token(repository, "ada")

    assert door.sessions.holder(_request(cookie=cookie)) is None


def test_a_session_is_not_used_by_other_sites(door: _Door) -> None:
    """A change that a page elsewhere sent with the reader's cookie is refused."""
    cookie = door.cookie()
    foreign = _request("POST", cookie=cookie, sec_fetch_site="cross-site")
    with pytest.raises(Denied):
        door.sessions.holder(foreign)

    assert door.sessions.holder(_request("POST", cookie=cookie, origin="http://here")) is not None


def test_sessions_of_one_node_are_nothing_to_another(door: _Door, repository: Repository) -> None:
    """Another secret neither reads the cookie nor uses its name."""
    other = Sessions(repository, b"b" * 32, lambda: NOW_US)
    renamed = door.cookie().replace(door.sessions.cookie, other.cookie)

    assert other.cookie != door.sessions.cookie
    assert other.holder(_request(cookie=renamed)) is None


def test_a_form_belongs_to_a_session(door: _Door) -> None:
    """What one session's form carries is nothing to another session."""
    mine, stranger = _request(cookie=door.cookie()), _request()
    token = door.sessions.form_token(mine)

    assert door.sessions.is_own_form(mine, token)
    assert not door.sessions.is_own_form(stranger, token)
    assert not door.sessions.is_own_form(mine, "é")
