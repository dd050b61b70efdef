"""The key of a cloud signs, each purpose apart, and can be exchanged without a gap."""

from __future__ import annotations

import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from skygarth.model.errors import Invalid
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey, ClusterKeys, parse_key

OLD, NEW = ClusterKey(b"o" * KEY_BYTES), ClusterKey(b"n" * KEY_BYTES)


def test_a_key_is_written_and_read() -> None:
    """As it stands in a file, with the line's end that an editor leaves."""
    assert parse_key(f"{OLD.text}\n") == OLD


@pytest.mark.parametrize("text", ["", "skykey_", "skykey_zz", OLD.text[:-1], f"{OLD.text}0", "x"])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    """A mistyped key is a secret too."""
    with pytest.raises(Invalid) as refusal:
        parse_key(text)

    assert refusal.value.code == "SG-KEY-001"
    assert not text or text not in str(refusal.value)


def test_a_key_does_not_show_itself() -> None:
    """Neither in a log nor by its id."""
    assert OLD.secret.hex() not in repr(OLD)
    assert OLD.id not in OLD.text


@given(some.binary(), some.binary())
def test_only_what_was_signed_verifies(message: bytes, other: bytes) -> None:
    """A signature is of these bytes, by this key, for this purpose."""
    signer = ClusterKeys([OLD]).signer("forward")
    stranger = ClusterKeys([NEW]).signer("forward")
    elsewhere = ClusterKeys([OLD]).signer("application")
    assert signer
    assert stranger
    assert elsewhere
    signature = signer.sign(message)

    assert signer.verify(message, signature)
    assert signer.verify(other, signature) == (message == other)
    assert not stranger.verify(message, signature)
    assert not elsewhere.verify(message, signature)


@given(some.text())
def test_garbage_is_no_signature(text: str) -> None:
    """Whatever stands in the header."""
    signer = ClusterKeys([OLD]).signer("forward")
    assert signer

    assert not signer.verify(b"message", text)


def test_a_key_is_exchanged_without_a_gap() -> None:
    """At each step every node accepts what every other signs."""
    steps = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]
    for before, after in itertools.pairwise(steps):
        one, other = ClusterKeys(before).signer("x"), ClusterKeys(after).signer("x")
        assert one
        assert other

        assert other.verify(b"said", one.sign(b"said"))
        assert one.verify(b"said", other.sign(b"said"))


def test_without_a_key_nothing_is_signed() -> None:
    """A cloud without a key has no signer, which whoever needs one must say."""
    assert ClusterKeys([]).signer("x") is None
    assert not ClusterKeys([])


@given(some.binary(max_size=200))
def test_a_signature_is_the_standard_keyed_hash(message: bytes) -> None:
    """Its shortcut changes nothing: an id of 8 digits, then HMAC-SHA-256 (RFC 2104)."""
    key = ClusterKey(bytes(range(KEY_BYTES)))
    signer = ClusterKeys([key]).signer("forward")
    assert signer is not None

    assert key.id + hmac.digest(key.derived("forward"), message, "sha256").hex() == signer.sign(
        message
    )
