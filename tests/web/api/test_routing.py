"""The API's edge: addresses, methods, bodies, and answers to every mistake."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode

from skygarth.node.running import RunningNode
from skygarth.web.api import routing
from skygarth.web.safety import SAFETY_HEADERS


def test_unknown_addresses_and_methods_are_problems_too(visitor: TestClient) -> None:
    """404 and 405 have the form of every refusal, and 405 says what the address takes."""
    absent = visitor.get("objects/x/y/z")
    wrong = visitor.put("types")

    assert absent.status_code == 404
    assert absent.json()["code"] == "SG-API-404"
    assert absent.json()["instance"] == "/api/v1/objects/x/y/z"
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]
    assert wrong.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_long_is_refused(
    editor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body is not read beyond its limit, and 413 says so."""
    monkeypatch.setattr(routing, "BODY_BYTES_MAX", 100)
    answer = editor.post("book", json={"fields": {"title": "x" * 200}})

    assert answer.status_code == 413
    assert answer.json()["code"] == "SG-API-413"


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "\xff", "1"])
def test_a_body_that_is_no_object_is_refused(editor: TestClient, body: str) -> None:
    """Anything but a JSON object is refused with what would be right."""
    answer = editor.post("book", content=body.encode("latin-1"))

    assert (answer.status_code, answer.json()["code"]) == (400, "SG-API-001")


def test_answers_are_safe_to_read_in_a_browser(visitor: TestClient) -> None:
    """Each answer, refusals included, carries the headers that protect readers."""
    for address in ("types", "node", "objects/x", "no/such/address"):
        answer = visitor.get(address)
        assert answer.headers["Cache-Control"] == "no-store"
        for name, value in SAFETY_HEADERS.items():
            assert answer.headers[name] == value


def test_a_bug_is_told_without_its_inside(
    node: CloudNode, reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody expected is a 500 that says nothing of how we are made."""

    def broken(_node: RunningNode) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(RunningNode, "cost", broken)
    answer = reader.get("cost")

    assert answer.status_code == 500
    assert answer.json()["code"] == "SG-WEB-001"
    assert "secret" not in answer.text


def test_head_answers_as_get_without_a_body(reader: TestClient) -> None:
    """HEAD is taken wherever GET is."""
    answer = reader.head("types")

    assert answer.status_code == 200
