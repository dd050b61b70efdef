"""Which fields travel on, and which end with their connection or with their sender."""

from __future__ import annotations

import pytest

from skygarth.routing.headers import Kind, kind_of, listed, may_trail


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Proxy-Connection",
    ],
)
def test_what_belongs_to_a_connection_ends_there(name: str) -> None:
    """RTE-3: hop-by-hop fields do not pass, in whatever case they come."""
    kinds = {kind_of(form.encode()) for form in (name, name.lower(), name.upper())}

    assert len(kinds) == 1
    assert Kind.PASS not in kinds


@pytest.mark.parametrize(
    "name", ["Skygarth-Passport", "Skygarth-Refused", "X-Forwarded-For", "Forwarded", "X-Real-IP"]
)
def test_what_only_nodes_may_say_does_not_pass(name: str) -> None:
    """RTE-5: such fields are taken off, with underscores as with hyphens."""
    assert Kind.PASS not in {kind_of(name.encode()), kind_of(name.replace("-", "_").encode())}


@pytest.mark.parametrize("name", ["Accept", "Cookie", "Depth", "Destination", "If", "x_own", "Via"])
def test_the_rest_passes(name: str) -> None:
    """What the message says is nobody's business on the way."""
    assert kind_of(name.encode()) is Kind.PASS


def test_lists_are_read_without_case_and_space() -> None:
    """``Connection`` may name several fields at once."""
    assert listed(b" Close, X-One ,,keep-alive") == {b"close", b"x-one", b"keep-alive"}


def test_trailers_change_nothing_that_was_read_before() -> None:
    """A trailer cannot smuggle in framing, a passport or credentials."""
    named = [b"X-Checksum", b"Content-Length", b"Authorization", b"Skygarth-Passport", b"Host"]

    assert [may_trail(name) for name in named] == [True, False, False, False, False]
