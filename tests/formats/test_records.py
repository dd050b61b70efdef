"""The small records by which nodes know of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.formats.samples import ACK, CARD, HINT, REPOSITORY_RECORD, A

from skygarth.formats.records import (
    Ack,
    Hint,
    HintHead,
    RepositoryRecord,
    decode_ack,
    decode_card,
    decode_hint,
    decode_repository,
    encode_record,
    sign_card,
    signed_part_of_card,
)
from skygarth.model.errors import Damaged, Unsupported


def test_records_survive_the_bucket() -> None:
    """What was encoded is decoded (BKT-4, BKT-6, BKT-7)."""
    assert decode_repository(encode_record(REPOSITORY_RECORD)) == REPOSITORY_RECORD
    assert decode_card(encode_record(CARD)) == CARD
    assert decode_ack(encode_record(ACK)) == ACK
    assert decode_hint(encode_record(HINT)) == HINT


def test_what_is_not_known_is_left_empty() -> None:
    """A digest that nobody computed, and an empty hint, are fine."""
    assert decode_ack(encode_record(Ack({}, ""))) == Ack({}, "")
    assert decode_hint(b'{"heads":{}}') == Hint()
    assert decode_hint(encode_record(Hint({A: HintHead(1)}))).heads[A] == HintHead(1, "", 0)


@pytest.mark.parametrize(
    "record", [replace(REPOSITORY_RECORD, format=2), replace(REPOSITORY_RECORD, features=("seal",))]
)
def test_a_repository_of_the_future_is_not_joined(record: RepositoryRecord) -> None:
    """A node that does not understand a repository keeps out, and says why (BKT-4)."""
    with pytest.raises(Unsupported, match="upgrade this node") as caught:
        decode_repository(encode_record(record))

    assert caught.value.code == "SG-RECORD-002"


def test_unknown_members_are_skipped() -> None:
    """A newer node's card can be read by an older node (BKT-6)."""
    body = encode_record(CARD).replace(b'"name":', b'"mood":{"is":"good"},"name":')

    assert decode_card(body) == CARD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>not found</html>",
        b'{"heads":{"x":{"sequence":1}}}',
        b'{"heads":{"' + A.encode() + b'":{"sequence":0}}}',
        b'{"heads":{"' + A.encode() + b'":1}}',
        b'{"heads":null}',
    ],
)
def test_garbage_is_no_hint(body: bytes) -> None:
    """A hint may be anything; whoever cannot read it lists instead (BKT-7)."""
    with pytest.raises(Damaged) as caught:
        decode_hint(body)

    assert caught.value.code == "SG-RECORD-001"


def test_members_must_have_their_type() -> None:
    """A number that is written as text is no number (FMT-1)."""
    with pytest.raises(Damaged, match="lag_seconds"):
        decode_card(encode_record(CARD).replace(b'"lag_seconds":1.5', b'"lag_seconds":"1.5"'))


def test_our_own_mistakes_stop_before_the_bucket() -> None:
    """Nothing is written that readers would refuse (BKT-5)."""
    with pytest.raises(AssertionError, match="readers would refuse"):
        encode_record(RepositoryRecord("two words"))


def test_a_card_of_an_earlier_version_is_read() -> None:
    """What it could not say yet has a meaning: idle, well, of no component, not signed (BKT-6)."""
    body = (
        b'{"address":"","incarnation":"' + A.encode() + b'","lag_seconds":0.0,"name":"a",'
        b'"pools":["web"],"started_ms":1,"state":"ready","vector":{},"versions":{},"written_ms":2}'
    )
    card = decode_card(body)

    assert (card.components, card.load, card.unwell, card.signature) == ({}, 0.0, (), "")
    assert card.every_seconds == 300.0


def test_a_signature_covers_what_its_reader_does_not_know() -> None:
    """A node of an older version verifies the card of a newer one (MBR-4)."""
    card = sign_card(replace(CARD, signature=""), lambda message: str(len(message)))
    newer = encode_record(card).replace(b'"name":', b'"mood":"good","name":')
    unsigned = encode_record(card).replace(b'"signature":"' + card.signature.encode() + b'",', b"")

    assert len(signed_part_of_card(newer)) == int(card.signature) + len(b'"mood":"good",')
    assert signed_part_of_card(encode_record(card)) == signed_part_of_card(unsigned)


def test_what_is_no_object_has_no_signed_part() -> None:
    """Garbage in place of a card is Damaged, as for whoever reads it (BKT-6)."""
    with pytest.raises(Damaged):
        signed_part_of_card(b"[1]")
