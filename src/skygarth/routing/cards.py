"""Cards as a router needs them: who is there, where, and in what state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skygarth.bucket.port import Bucket
from skygarth.clock.port import Clock
from skygarth.formats.records import Card
from skygarth.model.position import INCARNATION_DIGITS, Incarnation
from skygarth.node.membership import Member, Membership, Signer
from skygarth.routing.router import Sighting
from skygarth.routing.watch import Cards, Generation

_NOBODY = Incarnation("0" * INCARNATION_DIGITS)


def cards_in(bucket: Bucket, clock: Clock, signer: Signer | None) -> Cards:
    """Reads the cards of a cloud to which the reader does not belong.

    What time it is at the bucket it knows from the newest card alone; whoever is dead
    shows by not answering.

    Args:
        signer: verifies the cards; None where the cloud has no key.
    """
    nobody = Card(
        incarnation=_NOBODY,
        name="",
        address="",
        pools=(),
        versions={},
        state="left",
        started_ms=0,
        written_ms=0,
        lag_seconds=0.0,
        vector={},
    )
    membership = Membership(bucket, clock, lambda: nobody, signer=signer)

    def read() -> Sequence[tuple[Sighting, Generation]]:
        members = membership.members(afresh=True)
        return seen_in(each for each in members if each.card.incarnation != _NOBODY)

    return read


def seen_in(members: Iterable[Member]) -> list[tuple[Sighting, Generation]]:
    """What the cards of some nodes tell a router."""
    return [(_sighting(member), _generation(member.card)) for member in members]


def _sighting(member: Member) -> Sighting:
    card = member.card
    return Sighting(
        name=card.name,
        incarnation=card.incarnation,
        address=card.address,
        pools=frozenset(card.pools),
        state=member.state,
        lag_seconds=card.lag_seconds,
        vector=dict(card.vector),
        load=card.load,
        trusted=member.trusted,
    )


def _generation(card: Card) -> Generation:
    versions = sorted({**card.versions, **card.components}.items())
    return Generation(card.incarnation, card.started_ms, tuple(versions))
