"""A claim is read back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.naming.claim import Claim, decode_claim, encode_claim
from skygarth.naming.port import Text

CLAIM = Claim(
    repository="r-1",
    incarnation="a" * 32,
    node="web 1",
    address="2001:db8::1",
    since_ms=1,
    until_ms=2,
    borrowed=True,
)


def test_a_claim_is_written_for_people_too() -> None:
    """Whoever looks with dig sees what it says, each part a string of its own."""
    assert encode_claim(CLAIM) == (
        "skygarth=1",
        "repository=r-1",
        f"incarnation={'a' * 32}",
        "address=2001:db8::1",
        "since=1",
        "until=2",
        "borrowed=yes",
        "node=web 1",
    )


@given(st.text(max_size=60), st.none() | st.integers(0, 2**53), st.booleans())
def test_a_claim_is_read_back(node: str, until: int | None, borrowed: bool) -> None:
    """Whatever the node is called."""
    text = node.encode(errors="ignore").decode()
    claim = Claim(
        repository="r",
        incarnation="b",
        node=text,
        address="192.0.2.1",
        since_ms=0,
        until_ms=until,
        borrowed=borrowed,
    )

    assert claim == decode_claim(encode_claim(claim))


def test_a_long_name_is_cut_where_a_letter_ends() -> None:
    """A string of a TXT record has at most 255 bytes."""
    claim = decode_claim(
        encode_claim(
            Claim(
                repository="r",
                incarnation="i",
                node="ä" * 200,
                address="192.0.2.1",
                since_ms=0,
                until_ms=0,
            )
        )
    )

    assert claim is not None
    assert claim.node == "ä" * 125


@pytest.mark.parametrize(
    "text",
    [
        (),
        ("v=spf1 -all",),
        ("skygarth=2", *encode_claim(CLAIM)[1:]),
        encode_claim(CLAIM)[:3],
        tuple(part.replace("2001:db8::1", "nowhere") for part in encode_claim(CLAIM)),
        tuple(part.replace("until=2", "until=-2") for part in encode_claim(CLAIM)),
        tuple(part.replace("since=1", "since=²") for part in encode_claim(CLAIM)),
    ],
)
def test_anything_else_is_no_claim(text: Text) -> None:
    """A person's record, another version's or half a claim is nobody's claim."""
    assert decode_claim(text) is None
