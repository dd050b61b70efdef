"""Tokens: made once, kept without their secret, revoked everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.repositories import BEGIN_MS, RepositoryNode, exchange

from skygarth.model.errors import Invalid, NotFound
from skygarth.repository import Repository
from skygarth.repository.tokens import (
    AccessToken,
    Role,
    create_token,
    holder_of,
    list_tokens,
    revoke_token,
    verify_token,
)

NOW_US = BEGIN_MS * 1000
SECRET = bytes(range(32))


def test_a_token_opens_and_its_secret_is_kept_nowhere(repository: Repository) -> None:
    """Who shows the token is known by name and role; the repository holds only a hash."""
    token = create_token(repository, name="ada", role="editor", secret=SECRET)
    holder = verify_token(repository, token, NOW_US)
    (kept,) = list_tokens(repository)

    assert holder is not None
    assert (holder.name, holder.role, holder.guid) == ("ada", Role.EDITOR, kept.guid)
    assert SECRET.hex() in token
    assert SECRET.hex() not in kept.digest
    assert holder_of(repository, kept.guid, NOW_US) == holder


@pytest.mark.parametrize("wrong", ["", "x", "skyg_" + "0" * 64, "skyg_", "é\ud800"])
def test_what_is_no_token_opens_nothing(repository: Repository, wrong: str) -> None:
    """Anything but the token itself is nobody's, texts that are none included."""
    create_token(repository, name="ada", role="editor", secret=SECRET)

    assert verify_token(repository, wrong, NOW_US) is None


def test_each_role_may_what_lesser_ones_may(repository: Repository) -> None:
    """Administrators edit and read, editors read, readers only read."""
    allowed = {}
    for number, role in enumerate(Role):
        token = create_token(repository, name=role, role=role, secret=bytes([number]) * 32)
        holder = verify_token(repository, token, NOW_US)
        assert holder is not None
        allowed[role] = [needed for needed in Role if holder.may(needed)]

    assert allowed == {
        Role.READER: [Role.READER],
        Role.EDITOR: [Role.READER, Role.EDITOR],
        Role.ADMIN: [Role.READER, Role.EDITOR, Role.ADMIN],
    }


def test_a_token_expires(repository: Repository) -> None:
    """From its last moment on it opens nothing more."""
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    token = create_token(repository, name="a", role="reader", secret=SECRET, expires=ends)
    ends_us = round(ends.timestamp()) * 1_000_000
    (kept,) = list_tokens(repository)

    assert verify_token(repository, token, ends_us - 1) is not None
    assert verify_token(repository, token, ends_us) is None
    assert holder_of(repository, kept.guid, ends_us) is None
    assert kept.expires == ends
    assert ends - timedelta(0) == ends


def test_a_token_is_good_and_revoked_on_every_node() -> None:
    """Tokens travel like any object, and so does their end."""
    a, b = RepositoryNode("a"), RepositoryNode("b")
    for node in (a, b):
        node.repository.register(AccessToken)
    token = create_token(a.repository, name="ada", role="admin", secret=SECRET)
    before = verify_token(b.repository, token, NOW_US)
    exchange(a, b)
    known = verify_token(b.repository, token, NOW_US)
    revoke_token(b.repository, "ada")
    exchange(b, a)

    assert before is None
    assert known is not None
    assert verify_token(a.repository, token, NOW_US) is None
    assert list_tokens(a.repository) == []


def test_a_token_is_revoked_by_name_or_guid(repository: Repository) -> None:
    """A name that several have, or nobody, names none; a GUID always does."""
    for number in range(2):
        create_token(repository, name="twin", role="reader", secret=bytes([number]) * 32)
    one, other = list_tokens(repository)
    with pytest.raises(NotFound):
        revoke_token(repository, "twin")
    with pytest.raises(NotFound):
        revoke_token(repository, "nobody")
    revoke_token(repository, str(one.guid))

    assert [token.guid for token in list_tokens(repository)] == [other.guid]


def test_there_are_three_roles(repository: Repository) -> None:
    """Any other role is refused with those there are."""
    with pytest.raises(Invalid) as refused:
        create_token(repository, name="a", role="root", secret=SECRET)

    assert refused.value.code == "SG-TOKEN-001"
    assert "reader, editor, admin" in refused.value.hint
