"""A sealed object: opened where it belongs by who may, and refused everywhere else."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.formats.principals import Identity
from skygarth.formats.sealing import MAGIC, read_sealed, seal
from skygarth.model.errors import Damaged, Unsupported

REPOSITORY = "0f" * 16
KEY = "tail/" + "a1" * 16 + "-0000000000000003"
SECRET = b"e" * 32
SIGNER = Identity(b"s" * 32)
PLAIN = b"SKYGSEG\nas good as any"
_seal = partial(
    seal,
    key=KEY,
    repository=REPOSITORY,
    epoch=1,
    secret=SECRET,
    signer=SIGNER.id,
    sign=SIGNER.sign,
    chance=b"c" * 16,
)


def _open(body: bytes, *, key: str = KEY, secret: bytes = SECRET) -> bytes:
    found = read_sealed(body, key=key, repository=REPOSITORY)
    found.refuse_forged(SIGNER.principal)
    return found.open(secret)


def _hashed(body: bytes) -> bytes:
    """With a last hash that fits, as whoever forges would see to."""
    return body[:-32] + hashlib.sha256(body[:-32]).digest()


@given(st.binary(max_size=300))
def test_what_was_sealed_is_opened(plain: bytes) -> None:
    """Any bytes, none included, come back as they were (SEA-3)."""
    assert _open(_seal(plain)) == plain


def test_nothing_of_the_content_shows() -> None:
    """Neither bytes nor, for equal contents, their equality."""
    one, other = _seal(PLAIN), _seal(PLAIN, chance=b"d" * 16)

    assert b"SEG" not in one
    assert one[-200:-96] != other[-200:-96]


def test_equal_chance_does_not_make_equal_keys() -> None:
    """A machine that was cloned with its chance seals two contents under two keys (SEA-3)."""
    one = read_sealed(_seal(b"one"), key=KEY, repository=REPOSITORY)
    two = read_sealed(_seal(b"two"), key=KEY, repository=REPOSITORY)

    assert one.header.salt != two.header.salt


@given(st.data())
def test_no_altered_byte_goes_unseen(data: st.DataObject) -> None:
    """Wherever it is, and even with a hash that was made to fit (SEA-4)."""
    body = bytearray(_seal(PLAIN))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    for altered in (bytes(body), _hashed(bytes(body))):
        if altered != _seal(PLAIN):
            with pytest.raises((Damaged, Unsupported)):
                _open(altered)


@given(st.integers(0, len(_seal(PLAIN)) - 1))
def test_no_truncation_goes_unseen(length: int) -> None:
    """A torn object is refused at every length."""
    body = _seal(PLAIN)[:length]
    for torn in (body, _hashed(body + bytes(32))):
        with pytest.raises(Damaged):
            _open(torn)


def test_an_object_belongs_where_it_was_sealed_for() -> None:
    """At another key, or in another repository, it is refused (SEA-4)."""
    for changed, code in (
        ({"key": KEY[:-1] + "4"}, "SG-SEAL-008"),
        ({"repository": "00" * 16}, "SG-SEAL-007"),
    ):
        with pytest.raises(Damaged) as caught:
            read_sealed(_seal(PLAIN), **{"key": KEY, "repository": REPOSITORY, **changed})

        assert caught.value.code == code


def test_only_its_epochs_secret_opens_it() -> None:
    """Another one does not, and says so rather than giving rubbish."""
    with pytest.raises(Damaged) as caught:
        _open(_seal(PLAIN), secret=b"f" * 32)

    assert caught.value.code == "SG-SEAL-014"


def test_who_holds_the_secret_cannot_sign_for_another() -> None:
    """Members share an epoch's secret, and no member's signature (SEA-4)."""
    forged = _seal(PLAIN, sign=Identity(b"m" * 32).sign)
    with pytest.raises(Damaged) as caught:
        _open(forged)

    assert caught.value.code == "SG-SEAL-009"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"SKYGSEG\n plain", "SG-SEAL-004"),
        (b"", "SG-SEAL-004"),
        (MAGIC + b"\0\1", "SG-SEAL-002"),
        (_hashed(MAGIC + b"\0\1\0\0\0\0" + bytes(200)), "SG-SEAL-005"),
        (_hashed(MAGIC + b"\0\1\xff\0\0\0" + bytes(200)), "SG-SEAL-005"),
        (_hashed(MAGIC + b"\0\1\0\0\0\2{}" + bytes(200)), "SG-SEAL-005"),
        (_seal(PLAIN)[:-1] + b"\0", "SG-SEAL-003"),
    ],
)
def test_what_is_no_sealed_object_is_named(body: bytes, code: str) -> None:
    """Each fault has a code and a way out (SEA-4)."""
    with pytest.raises(Damaged) as caught:
        _open(body)

    assert caught.value.code == code
    assert KEY in caught.value.message
    assert caught.value.hint


def test_a_later_seal_is_not_called_damaged() -> None:
    """Whoever meets it is told to upgrade."""
    with pytest.raises(Unsupported) as caught:
        _open(_hashed(MAGIC + b"\0\2\0\0\0\2{}" + bytes(200)))

    assert caught.value.code == "SG-SEAL-006"
