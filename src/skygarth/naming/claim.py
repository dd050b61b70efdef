"""A claim: one TXT record that says whose an address is, and until when without news.

An address record cannot tell who entered it. So whoever enters one says so
beside it, in the same atomic change, and nobody removes an address that no
claim of the own repository covers.
"""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.naming.port import Text, canonical_address

MARK = "skygarth=1"
"""The first string of each claim: the version of its form."""

STRING_BYTES_MAX = 255
_NUMBERS = ("since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a node has entered an address.

    Attributes:
        repository: the cloud that the node belongs to.
        incarnation: the node, as its card is called.
        node: its name, for people.
        address: as `canonical_address` writes it.
        since_ms: when it was entered, by the bucket's clock.
        until_ms: if nothing is heard of the node by then, a peer may remove it;
            None: only by hand.
        borrowed: the address stood here before, without any claim: it is not the
            cloud's to remove.
    """

    repository: str
    incarnation: str
    node: str
    address: str
    since_ms: int
    until_ms: int | None
    borrowed: bool = False

    @property
    def holder(self) -> tuple[str, str]:
        """Whose it is."""
        return self.repository, self.incarnation


def encode_claim(claim: Claim) -> Text:
    """A claim as the strings of one TXT record."""
    pairs = {
        "repository": claim.repository,
        "incarnation": claim.incarnation,
        "address": claim.address,
        "since": str(claim.since_ms),
        "until": "never" if claim.until_ms is None else str(claim.until_ms),
        "borrowed": "yes" if claim.borrowed else "no",
        "node": claim.node,
    }
    text = (MARK, *(_shortened(f"{key}={value}") for key, value in pairs.items()))
    assert decode_claim(text) is not None, f"cannot be read back: {text}"
    return text


def decode_claim(text: Text) -> Claim | None:
    """The claim that a TXT record makes; None for anything else, which is left alone."""
    if not text or text[0] != MARK:
        return None
    pairs = dict(part.partition("=")[::2] for part in text[1:])
    try:
        until = pairs["until"]
        return Claim(
            repository=pairs["repository"],
            incarnation=pairs["incarnation"],
            node=pairs.get("node", ""),
            address=canonical_address(pairs["address"]),
            since_ms=_number(pairs["since"]),
            until_ms=None if until == "never" else _number(until),
            borrowed=pairs.get("borrowed") == "yes",
        )
    except (KeyError, ValueError):
        return None  # of a later version, or a person's: not ours to judge


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _shortened(text: str) -> str:
    """At most as long as one string of a TXT record may be; only a node's name ever is longer."""
    return text.encode()[:STRING_BYTES_MAX].decode(errors="ignore")
