"""Each family of errors has its status, and says the same as the command line."""

from __future__ import annotations

import msgspec
import pytest

from skygarth.model.errors import (
    Conflict,
    Damaged,
    Denied,
    Fenced,
    Invalid,
    InvalidValue,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
    Unsupported,
)
from skygarth.web.problem import problem_of
from skygarth.web.routes import MethodRefused


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (Invalid("x"), 400),
        (InvalidValue("title", "too long", "max_length=80"), 422),
        (MethodRefused("PUT", "/", ("GET",)), 405),
        (Conflict("x"), 409),
        (Denied("x"), 403),
        (Unavailable("x"), 503),
        (TimedOut("x"), 503),
        (Fenced("x"), 503),
        (Unsupported("x"), 501),
        (Damaged("x"), 500),
        (SkygarthError("x"), 500),
    ],
)
def test_the_family_decides_the_status(error: SkygarthError, status: int) -> None:
    """What the reader does next is what the status says."""
    assert status == problem_of(error).status


def test_every_family_has_a_status() -> None:
    """No error of ours is left without a place in the table."""
    for family in SkygarthError.__subclasses__():
        if family is not MethodRefused:
            assert problem_of(family("x")).status >= 400


def test_a_problem_says_what_the_command_line_says() -> None:
    """Code, message and hint travel unchanged, in the fields of RFC 9457."""
    error = NotFound("there is no such object. path='/x'", code="SG-OBJECT-001", hint="look")
    response = problem_of(error, instance="/api/v1/tree/x").response()

    assert response.media_type == "application/problem+json"
    assert msgspec.json.decode(response.body) == {
        "type": "/problems/SG-OBJECT-001",
        "title": "Not found",
        "status": 404,
        "detail": "there is no such object. path='/x'",
        "code": "SG-OBJECT-001",
        "hint": "look",
        "instance": "/api/v1/tree/x",
    }


def test_a_refused_value_names_field_and_rule() -> None:
    """A form can put the fault beside its field."""
    document = problem_of(InvalidValue("title", "too long", "max_length=80")).document

    assert (document["field"], document["rule"]) == ("title", "max_length=80")


def test_an_unexpected_error_keeps_its_inside_to_itself() -> None:
    """What is not ours may hold secrets: the log has them, the reader does not."""
    problem = problem_of(RuntimeError("password=hunter2"))

    assert problem.status == 500
    assert "hunter2" not in str(problem.document)


def test_a_stranger_is_asked_who_he_is() -> None:
    """Denied is 403 for somebody we know and 401 for somebody we do not."""
    known, stranger = problem_of(Denied("x")), problem_of(Denied("x"), is_known=False)

    assert (known.status, stranger.status) == (403, 401)
    assert stranger.headers == {"WWW-Authenticate": "Bearer"}


def test_a_status_may_be_given() -> None:
    """The API tells a stale If-Match from other conflicts."""
    assert problem_of(Conflict("x"), status=412).status == 412


def test_headers_follow_the_status() -> None:
    """503 says when to come back, 405 says what is allowed."""
    assert problem_of(Unavailable("x")).headers == {"Retry-After": "2"}
    assert problem_of(MethodRefused("PUT", "/", ("GET", "HEAD"))).headers == {"Allow": "GET, HEAD"}
