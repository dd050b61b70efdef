"""A passport proves that a node of this cloud forwarded this very request."""

from __future__ import annotations

import pytest
from tests.routing.signers import KeySigner

from skygarth.clock.manual_clock import ManualClock
from skygarth.routing.identity import VISITOR, Identity
from skygarth.routing.passport import (
    WINDOW_MS,
    Forged,
    Passport,
    PassportControl,
    TooFar,
    bound,
    write_passport,
)

OURS = KeySigner()
BINDING = bound(b"GET", b"/search?q=x", b"www.example.org")


def passport(clock: ManualClock, **fields: object) -> Passport:
    """A passport that is given now."""
    said: dict[str, object] = {
        "origin": "a",
        "issued_ms": clock.now_ms(),
        "deadline_ms": clock.now_ms() + 30_000,
        "nonce": "n1",
        "user": "ada",
        "roles": ("editor",),
    }
    return Passport(**(said | fields))  # type: ignore[arg-type]


def test_what_was_said_is_read() -> None:
    """A right passport arrives whole, with the caller's identity."""
    clock = ManualClock()
    given = passport(clock)
    read = PassportControl(OURS, clock.now_ms).read(write_passport(given, BINDING, OURS), BINDING)

    assert given == read
    assert Identity("ada", frozenset({"editor"})) == read.identity


def test_without_a_name_it_is_for_a_visitor() -> None:
    """Roles count for nothing without somebody who has them."""
    clock = ManualClock()

    assert passport(clock, user="").identity is VISITOR


@pytest.mark.parametrize(
    "binding",
    [
        bound(b"POST", b"/search?q=x", b"www.example.org"),
        bound(b"GET", b"/admin", b"www.example.org"),
        bound(b"GET", b"/search?q=y", b"www.example.org"),
        bound(b"GET", b"/search?q=x", b"other.example.org"),
    ],
)
def test_it_fits_no_other_request(binding: bytes) -> None:
    """RTE-6: method, target and host are signed along."""
    clock = ManualClock()
    value = write_passport(passport(clock), BINDING, OURS)

    with pytest.raises(Forged, match="does not fit"):
        PassportControl(OURS, clock.now_ms).read(value, binding)


def test_another_key_opens_nothing() -> None:
    """RTE-6: a stranger can write a passport, not sign it."""
    clock = ManualClock()
    value = write_passport(passport(clock), BINDING, KeySigner(b"key of somebody else"))

    with pytest.raises(Forged, match="does not fit"):
        PassportControl(OURS, clock.now_ms).read(value, BINDING)


def test_it_counts_once() -> None:
    """RTE-6: who overheard a passport cannot show it again, however long it would last."""
    clock = ManualClock()
    control = PassportControl(OURS, clock.now_ms)
    value = write_passport(passport(clock), BINDING, OURS)
    control.read(value, BINDING)
    clock.advance_us(WINDOW_MS * 1000)

    with pytest.raises(Forged, match="shown before"):
        control.read(value, BINDING)


def test_a_replay_is_known_however_the_generations_turn() -> None:
    """A passport from the future of its window is remembered until that is past."""
    clock = ManualClock()
    control = PassportControl(OURS, clock.now_ms)
    value = write_passport(passport(clock, issued_ms=clock.now_ms() + WINDOW_MS), BINDING, OURS)
    control.read(value, BINDING)
    for step in range(20):
        clock.advance_us(WINDOW_MS * 100)
        other = write_passport(passport(clock, nonce=f"x{step}"), BINDING, OURS)
        control.read(other, BINDING)
        with pytest.raises(Forged, match="shown before"):
            control.read(value, BINDING)


@pytest.mark.parametrize("off_ms", [-WINDOW_MS - 1, WINDOW_MS + 1])
def test_it_counts_for_a_while(off_ms: int) -> None:
    """RTE-6: old ones, and those of a clock that is far off, count no more."""
    clock = ManualClock()
    value = write_passport(passport(clock, issued_ms=clock.now_ms() + off_ms), BINDING, OURS)

    with pytest.raises(Forged, match="too old"):
        PassportControl(OURS, clock.now_ms).read(value, BINDING)


def test_hops_are_counted() -> None:
    """RTE-8: beyond the limit a request travels no further."""
    clock = ManualClock()
    value = write_passport(passport(clock, hops=2), BINDING, OURS)

    with pytest.raises(TooFar):
        PassportControl(OURS, clock.now_ms).read(value, BINDING)
    assert PassportControl(OURS, clock.now_ms, hops_max=2).read(value, BINDING).hops == 2


@pytest.mark.parametrize(
    "value",
    [b"", b"x", b".", b"a.b.c", b"%%.%%", b"bm9uZQ==.x", b"x" * 9000, "ä.ö".encode()],
)
def test_what_cannot_be_read_is_forged(value: bytes) -> None:
    """Whatever a stranger sends is refused, and nothing breaks on it."""
    with pytest.raises(Forged):
        PassportControl(OURS, ManualClock().now_ms).read(value, BINDING)


def test_signed_nonsense_is_forged() -> None:
    """Even under our key, what does not read as a passport is none."""
    value = b"bm9uZQ==." + OURS.sign(BINDING + b"bm9uZQ==").encode()

    with pytest.raises(Forged, match="cannot be read"):
        PassportControl(OURS, ManualClock().now_ms).read(value, BINDING)
