"""How tokens end, and what never was one: at the edges, and where nodes disagree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.repositories import BEGIN_MS, RepositoryNode, exchange

from skygarth.model.errors import NotFound
from skygarth.repository import Repository
from skygarth.repository.tokens import (
    SECRET_BYTES,
    TRUSTED_US,
    AccessToken,
    TokenVerifier,
    create_token,
    holder_of,
    list_tokens,
    revoke_token,
    verify_token,
)

NOW_US = BEGIN_MS * 1000
Pair = tuple[RepositoryNode, RepositoryNode]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two nodes that know tokens and hear of each other when a test says so."""
    both = RepositoryNode("a"), RepositoryNode("b")
    for node in both:
        node.repository.register(AccessToken)
    yield both
    for node in both:
        node.database.close()


def _make(repository: Repository, *, filled: bytes = b"s", expires: datetime | None = None) -> str:
    repository.register(AccessToken)
    return create_token(
        repository, name="guest", role="reader", secret=filled * SECRET_BYTES, expires=expires
    )


def test_the_stored_hash_is_no_token(repository: Repository) -> None:
    """Whoever reads the database cannot speak in a holder's name, with the mark or without."""
    _make(repository)
    (kept,) = list_tokens(repository)

    assert verify_token(repository, kept.digest, NOW_US) is None
    assert verify_token(repository, f"skyg_{kept.digest}", NOW_US) is None


def test_a_token_ends_at_its_very_moment(repository: Repository) -> None:
    """It holds until just before the moment that it was given; its sessions end with it."""
    ends = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOW_US)
    token = _make(repository, expires=ends)
    before = verify_token(repository, token, NOW_US - 1)

    assert before is not None
    assert verify_token(repository, token, NOW_US) is None
    assert holder_of(repository, before.guid, NOW_US) is None


def test_one_token_is_revoked_and_never_two(repository: Repository) -> None:
    """Where a name fits two, nothing is revoked; a GUID tells them apart."""
    tokens = [_make(repository, filled=filled) for filled in (b"1", b"2")]
    first, second = list_tokens(repository)
    with pytest.raises(NotFound) as caught:
        revoke_token(repository, "guest")
    revoke_token(repository, str(first.guid))

    assert caught.value.code == "SG-TOKEN-404"
    assert [token.guid for token in list_tokens(repository)] == [second.guid]
    assert [verify_token(repository, token, NOW_US) is None for token in tokens] == [True, False]


def test_an_empty_name_revokes_nothing(repository: Repository) -> None:
    """A script whose variable is empty does not revoke the only token there is."""
    token = _make(repository)
    with pytest.raises(NotFound):
        revoke_token(repository, "")

    assert verify_token(repository, token, NOW_US) is not None


def test_a_role_of_a_newer_version_lets_nobody_in(pair: Pair) -> None:
    """What this version does not understand it does not grant, and does not break on either."""
    a, _ = pair
    token = _make(a.repository)
    (kept,) = list_tokens(a.repository)
    with a.database.writing("newer") as writing:
        writing.edit(AccessToken.type_name, kept.guid.bytes, {"role": "auditor"})

    assert verify_token(a.repository, token, NOW_US) is None
    assert holder_of(a.repository, kept.guid, NOW_US) is None


def test_a_revocation_holds_against_an_edit_elsewhere(pair: Pair) -> None:
    """While one node revokes a token, another prolongs it: both refuse it afterwards."""
    a, b = pair
    token = _make(a.repository)
    exchange(a, b)
    (on_b,) = list_tokens(b.repository)
    b.repository.update(on_b, expires=datetime(2099, 1, 1, tzinfo=UTC))
    revoke_token(a.repository, "guest")
    exchange(a, b)

    assert verify_token(a.repository, token, NOW_US) is None
    assert verify_token(b.repository, token, NOW_US) is None


def test_a_holder_stays_known_until_something_changes(repository: Repository) -> None:
    """Whoever shows a token again is known at once; a revoked one opens nothing from then on."""
    token = _make(repository)
    verifier = TokenVerifier(repository)
    first = verifier.verify(token, NOW_US)
    again = verifier.verify(token, NOW_US + 1)
    revoke_token(repository, "guest")

    assert first is not None
    assert again == first
    assert verifier.verify(token, NOW_US + 2) is None


def test_a_known_holder_ends_at_his_tokens_very_moment(repository: Repository) -> None:
    """Nothing changes in the database when a token expires: it expires all the same."""
    ends = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOW_US)
    token = _make(repository, expires=ends)
    verifier = TokenVerifier(repository)

    assert verifier.verify(token, NOW_US - 1) is not None
    assert verifier.verify(token, NOW_US) is None


def test_a_token_that_was_unknown_is_asked_for_again(pair: Pair) -> None:
    """A token that arrives from another node is good from that moment."""
    a, b = pair
    verifier = TokenVerifier(b.repository)
    token = _make(a.repository)
    before = verifier.verify(token, NOW_US)
    exchange(a, b)

    assert before is None
    assert verifier.verify(token, NOW_US) is not None


def test_nobody_stays_known_for_long_without_being_looked_up(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot changes tokens without an entry in the feed, so a second is the limit."""
    token = _make(repository)
    verifier = TokenVerifier(repository)
    verifier.verify(token, NOW_US)
    head = repository.change_head()
    revoke_token(repository, "guest")
    monkeypatch.setattr(repository, "change_head", lambda: head)
    soon = verifier.verify(token, NOW_US + TRUSTED_US - 1)
    late = verifier.verify(token, NOW_US + TRUSTED_US)

    assert soon is not None
    assert late is None
