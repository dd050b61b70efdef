"""Principals: pairs of keys, what they own, and how they are written."""

from __future__ import annotations

import pytest

from skygarth.formats.principals import (
    Identity,
    Principal,
    WrittenKey,
    read_key,
    read_request,
    write_request,
)
from skygarth.model.errors import Damaged, Invalid
from skygarth.model.position import Incarnation

ALICE, BOB = Identity(b"a" * 32), Identity(b"b" * 32)


def test_a_seed_gives_the_same_principal_for_ever() -> None:
    """Keys are derived from it, by a rule that must not change (SEA-2)."""
    assert ALICE.id == "2c17c48c372f78df089af9dec7c87293"
    assert Identity(b"a" * 32).principal == ALICE.principal
    assert len({ALICE.principal.sign, ALICE.principal.seal, BOB.principal.sign}) == 3


def test_a_signature_is_its_signers_alone() -> None:
    """Neither other bytes nor another key fit it."""
    signature = ALICE.sign(b"words")

    assert ALICE.principal.has_signed(b"words", signature)
    assert not ALICE.principal.has_signed(b"other", signature)
    assert not BOB.principal.has_signed(b"words", signature)


def test_a_box_opens_for_its_recipient_and_purpose_alone() -> None:
    """A box that is carried elsewhere stays shut (SEA-7)."""
    box = ALICE.principal.wrap(b"secret", b"epoch 1")

    assert ALICE.unwrap(box, b"epoch 1") == b"secret"
    for other, purpose in ((ALICE, b"epoch 2"), (BOB, b"epoch 1")):
        with pytest.raises(Damaged) as caught:
            other.unwrap(box, purpose)

        assert caught.value.code == "SG-TRUST-008"


def test_nothing_is_wrapped_for_a_key_that_is_none() -> None:
    """A point of low order would make a secret that everybody knows."""
    with pytest.raises(Damaged) as caught:
        Principal(ALICE.principal.sign, "00" * 32).wrap(b"secret", b"epoch 1")

    assert caught.value.code == "SG-TRUST-008"


def test_an_incarnation_is_bound_to_its_key() -> None:
    """Whose a log is can be told from its name (SEA-6)."""
    mine = ALICE.principal.incarnation(bytes(range(8)))

    assert mine.startswith(bytes(range(8)).hex())
    assert ALICE.principal.owns(mine)
    assert not BOB.principal.owns(mine)
    assert not ALICE.principal.owns(Incarnation(mine[:16] + "0" * 16))


@pytest.mark.parametrize("kind", ["admin", "join", "node"])
def test_a_key_survives_its_file(kind: str) -> None:
    """As it was written it is read, blanks around it forgiven."""
    key = WrittenKey(kind, "0f" * 16, "ab" * 32, b"s" * 32)

    assert read_key(f" {key.text}\n", kind) == key


def test_where_to_belong_is_no_secret() -> None:
    """It names repository and anchor, and nothing else."""
    key = WrittenKey("trust", "0f" * 16, "ab" * 32, b"")

    assert read_key(key.text, "join", "trust") == key


@pytest.mark.parametrize(
    "text",
    ["", "skyjoin_", "skykey_" + "a" * 64, "skytrust_" + "a" * 160, "skynode_" + "a" * 160],
)
def test_another_kind_of_key_is_refused(text: str) -> None:
    """With a way out, and without repeating what may be a secret."""
    with pytest.raises(Invalid) as caught:
        read_key(text, "join", "admin", "trust")

    assert caught.value.code == "SG-TRUST-007"
    assert "skygarth keys" in caught.value.hint
    assert "a" * 64 not in str(caught.value)


def test_no_secret_shows_in_a_message() -> None:
    """Only ids and repositories do (SEA-12)."""
    key = WrittenKey("join", "0f" * 16, "ab" * 32, b"s" * 32)

    assert b"s".hex() * 32 not in repr(key) + str(key)
    assert repr(ALICE) == f"Identity({ALICE.id})"


def test_a_request_names_public_keys() -> None:
    """What an admin is shown is read back, and nothing else is one."""
    assert read_request(write_request(ALICE.principal)) == ALICE.principal
    with pytest.raises(Invalid) as caught:
        read_request("skyrequest_12")

    assert caught.value.code == "SG-TRUST-007"
