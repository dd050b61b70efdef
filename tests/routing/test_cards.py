"""Cards as a router takes them."""

from __future__ import annotations

from tests.routing.signers import KeySigner

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import Card, encode_record, sign_card
from skygarth.model.position import Incarnation
from skygarth.routing.cards import cards_in

A, B = Incarnation("a" * 32), Incarnation("b" * 32)


def card(name: str, incarnation: Incarnation) -> Card:
    """A ready node's card."""
    return Card(
        incarnation=incarnation,
        name=name,
        address=f"http://{name}:8000",
        pools=("web", "search"),
        versions={"skygarth": "1"},
        state="ready",
        started_ms=5,
        written_ms=6,
        lag_seconds=0.0,
        vector={A: 3},
        components={"blog": "2"},
    )


def test_a_front_end_reads_cards_and_has_none() -> None:
    """It learns who is there and where, and whose card the cloud did not sign (MBR-4)."""
    bucket = MemoryBucket()
    signed = sign_card(card("a", A), KeySigner().sign)
    bucket.put(keys.card_key(A), encode_record(signed))
    bucket.put(keys.card_key(B), encode_record(card("b", B)))
    seen = cards_in(bucket, WallClock(), KeySigner())()

    assert [(s.name, s.state, s.trusted) for s, _ in seen] == [
        ("a", "ready", True),
        ("b", "untrusted", False),
    ]
    assert (sorted(seen[0][0].pools), dict(seen[0][0].vector)) == (["search", "web"], {A: 3})
    assert seen[0][1].versions == (("blog", "2"), ("skygarth", "1"))
