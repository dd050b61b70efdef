"""Which addresses and claims should stand at a name: pure, from what stands there now.

Three rules keep the name from lying, and strangers' records from harm:

- an address goes only when its last claim goes, and only if no claim to it is
  `borrowed`: what stood before us stands after us;
- a holder removes its own claims; anybody else's only if its node is dead by
  its card *and* its claim has run out. A node that is cut off from the bucket
  and serves on keeps renewing its claim; one that is cut off from the DNS
  server keeps its card fresh. Only the dead do neither;
- texts that are no claims, and claims of other repositories, are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from skygarth.naming.claim import Claim, decode_claim, encode_claim
from skygarth.naming.port import Standing, Text


@dataclass(frozen=True, slots=True)
class Holder:
    """Who claims.

    Attributes:
        repository: the cloud.
        incarnation: the node, as its card is called.
        node: its name, for people.
    """

    repository: str
    incarnation: str
    node: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What claims are compared by: a node may be renamed."""
        return self.repository, self.incarnation


def claims_of(standing: Standing) -> dict[Text, Claim]:
    """Every claim that stands, ours and others', by its record."""
    read = ((text, decode_claim(text)) for text in standing.texts)
    return {text: claim for text, claim in read if claim is not None}


def entered(
    standing: Standing,
    me: Holder,
    addresses: Iterable[str],
    *,
    now_ms: int,
    until_ms: int | None,
    known_as_ours: frozenset[str] = frozenset(),
) -> Standing:
    """With exactly these addresses claimed by me, anew where I claimed them already.

    Args:
        until_ms: when a peer may remove them if I am dead; None for never.
        known_as_ours: addresses that I know I entered, should their claim have got lost.
    """
    wanted = frozenset(addresses)
    kept = _without(standing, lambda claim: claim.holder == me.key and claim.address not in wanted)
    texts = {text for text in kept.texts if not _is_of(text, me)}
    for address in sorted(wanted):
        claims = [claim for claim in claims_of(kept).values() if claim.address == address]
        since = [claim.since_ms for claim in claims if claim.holder == me.key]
        claim = Claim(
            repository=me.repository,
            incarnation=me.incarnation,
            node=me.node,
            address=address,
            since_ms=min(since, default=now_ms),
            until_ms=until_ms,
            borrowed=address not in known_as_ours and _is_borrowed(address, standing, claims),
        )
        texts.add(encode_claim(claim))
    return replace(kept, addresses=kept.addresses | wanted, texts=frozenset(texts))


def withdrawn(standing: Standing, me: Holder) -> Standing:
    """Without anything that I claim."""
    return _without(standing, lambda claim: claim.holder == me.key)


def swept(standing: Standing, repository: str, alive: frozenset[str], *, now_ms: int) -> Standing:
    """Without what the dead of this repository claim.

    Args:
        alive: incarnations whose cards are fresh.
        now_ms: by the bucket's clock.
    """
    return _without(
        standing,
        lambda claim: (
            claim.incarnation not in alive and _has_lapsed(claim, repository, now_ms=now_ms)
        ),
    )


def lapsed(standing: Standing, repository: str, *, now_ms: int) -> frozenset[str]:
    """The incarnations of this repository of which DNS has heard nothing for a lease."""
    return frozenset(
        claim.incarnation
        for claim in claims_of(standing).values()
        if _has_lapsed(claim, repository, now_ms=now_ms)
    )


def released(standing: Standing, repository: str, is_meant: Callable[[Claim], bool]) -> Standing:
    """Without the claims of this repository that a person means."""
    return _without(standing, lambda claim: claim.repository == repository and is_meant(claim))


def _without(standing: Standing, goes: Callable[[Claim], bool]) -> Standing:
    """Without some claims, and without the addresses that nobody claims any more."""
    claims = claims_of(standing)
    going = {text: claim for text, claim in claims.items() if goes(claim)}
    staying = {claim.address for text, claim in claims.items() if text not in going}
    borrowed = {claim.address for claim in claims.values() if claim.borrowed}
    freed = {claim.address for claim in going.values()} - staying - borrowed
    after = replace(
        standing, addresses=standing.addresses - freed, texts=standing.texts - going.keys()
    )
    assert standing.addresses - after.addresses <= {claim.address for claim in going.values()}
    return after


def _is_borrowed(address: str, standing: Standing, claims: list[Claim]) -> bool:
    """Whether the address stood here before any claim to it.

    A claim whose address is gone was overruled by somebody: what is entered then is ours.
    """
    if address not in standing.addresses:
        return False
    return any(claim.borrowed for claim in claims) if claims else True


def _has_lapsed(claim: Claim, repository: str, *, now_ms: int) -> bool:
    is_ours = claim.repository == repository
    return is_ours and claim.until_ms is not None and claim.until_ms < now_ms


def _is_of(text: Text, me: Holder) -> bool:
    claim = decode_claim(text)
    return claim is not None and claim.holder == me.key
