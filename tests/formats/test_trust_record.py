"""A record of trust, written, read and refused."""

from __future__ import annotations

import json

import pytest

from skygarth.formats.principals import Identity
from skygarth.formats.trust_record import (
    Found,
    Revoke,
    read_record,
    record_digest,
    refuse_unsigned,
    write_record,
)
from skygarth.model.errors import Damaged, Unsupported

ADMIN = Identity(b"a" * 32)
REPOSITORY = "0f" * 16


def _body() -> bytes:
    deed = Found(admin=ADMIN.principal, boxes={ADMIN.id: "00" * 80})
    return write_record(
        deed, repository=REPOSITORY, number=1, previous="", by=ADMIN.id, sign=ADMIN.sign
    )


def _changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(_body()), **changes}).encode()


def test_a_record_survives_the_bucket() -> None:
    """It is read as it was written, under the digest of its bytes (SEA-5)."""
    record = read_record(_body())

    assert record.digest == record_digest(_body())
    assert record.deed == Found(admin=ADMIN.principal, boxes={ADMIN.id: "00" * 80})
    refuse_unsigned(_body(), record, ADMIN.principal)


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"repository": "1f" * 16}, {"later": 1}, {"previous": "ab" * 32}]
)
def test_a_signature_covers_all_members(change: dict[str, object]) -> None:
    """Those of later versions included (SEA-5)."""
    body = _changed(**change)
    with pytest.raises(Damaged) as caught:
        refuse_unsigned(body, read_record(body), ADMIN.principal)

    assert caught.value.code == "SG-TRUST-003"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        _changed(deed={"deed": "crown"}),
        _changed(signature="00"),
        _changed(number=0),
        _changed(deed={"deed": "found", "admin": {"sign": "x", "seal": "y"}, "boxes": {}}),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    """Rubbish is called rubbish, whatever its shape (SEA-5)."""
    with pytest.raises(Damaged) as caught:
        read_record(body)

    assert caught.value.code == "SG-TRUST-001"
    assert caught.value.hint


def test_a_later_version_is_not_called_damaged() -> None:
    """Deeds that this version does not know must not be skipped: upgrade."""
    with pytest.raises(Unsupported) as caught:
        read_record(_changed(format=2, deed={"deed": "crown"}))

    assert caught.value.code == "SG-TRUST-006"


def test_a_deed_is_told_by_its_name() -> None:
    """Deeds of equal shape are not mistaken for each other."""
    body = write_record(
        Revoke(token=ADMIN.id),
        repository=REPOSITORY,
        number=2,
        previous="ab" * 32,
        by=ADMIN.id,
        sign=ADMIN.sign,
    )

    assert json.loads(body)["deed"] == {"deed": "revoke", "token": ADMIN.id}
