"""Values of settings are read from TOML and from text alike, and shown as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.node.setting_kinds import (
    ADDRESS,
    AMOUNT,
    DURATION,
    PATH,
    SECRET,
    SWITCH,
    TEXT,
    WORDS,
    Address,
    Kind,
    Secret,
    maybe,
    one_of,
)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("2s", 2.0), ("1m30s", 90.0), ("0.5s", 0.5), ("2h", 7_200.0), ("0s", 0.0)],
)
def test_durations_carry_their_unit(written: str, seconds: float) -> None:
    """A duration is a number with its unit, or several of them."""
    assert DURATION.read(written) == seconds


@given(st.integers(min_value=0, max_value=10**10))
def test_a_duration_survives_being_shown(milliseconds: int) -> None:
    """What `config show` prints for a duration can be written back."""
    seconds = milliseconds / 1_000

    assert DURATION.read(DURATION.show(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("kind", "given_value"),
    [
        (DURATION, 2),
        (DURATION, "2"),
        (DURATION, "2 s"),
        (DURATION, "2s later"),
        (TEXT, ""),
        (TEXT, 5),
        (WORDS, 5),
        (WORDS, [5]),
        (SWITCH, "maybe"),
        (SWITCH, 1),
        (AMOUNT, "-1"),
        (AMOUNT, True),
        (AMOUNT, "inf"),
        (AMOUNT, "nan"),
        (ADDRESS, "localhost"),
        (ADDRESS, "localhost:http"),
        (ADDRESS, "localhost:99999"),
        (one_of("local", "bucket"), "lokal"),
    ],
)
def test_other_values_are_refused(kind: Kind[object], given_value: object) -> None:
    """A value of the wrong kind is no value."""
    with pytest.raises(ValueError):
        kind.read(given_value)


def test_text_is_read_as_toml_would_have_it() -> None:
    """What the environment can only say as text means the same as in the file."""
    assert WORDS.read("web, search,") == WORDS.read(["web", "search"]) == ("web", "search")
    assert SWITCH.read("true") is SWITCH.read(True) is True
    assert AMOUNT.read("5") == AMOUNT.read(5) == 5.0


def test_addresses_know_both_kinds_of_host() -> None:
    """A host may be a name, an IPv4 or an IPv6 address; none means all."""
    read = [str(ADDRESS.read(given)) for given in ("web-1:80", "[::1]:8000", ":8000")]

    assert read == ["web-1:80", "[::1]:8000", "0.0.0.0:8000"]
    assert ADDRESS.read("[::1]:8000") == Address("::1", 8000)


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde stands for the home folder, as in a shell."""
    monkeypatch.setenv("HOME", "/srv/somebody")

    assert PATH.read("~/data") == Path("/srv/somebody/data")


def test_a_secret_is_never_shown() -> None:
    """Neither its repr nor `config show` gives a secret away."""
    secret = Secret("hunter2")

    assert "hunter2" not in f"{secret!r} {secret} {SECRET.show(secret)}"


def test_nothing_can_be_a_value() -> None:
    """An optional kind shows nothing as nothing."""
    assert maybe(TEXT).show(None) is None
    assert maybe(TEXT).show("x") == "x"
