"""Objects and rows: giving, taking back, and what survives in between."""

from __future__ import annotations

from typing import cast

from skygarth.model.attributes import Attr, attr
from skygarth.model.binding import assigned_values, bind, given_values, hydrate, rebind, unbind
from skygarth.model.home import Home
from skygarth.model.types import Type


class Coin(Type):
    """Something with two fields."""

    face: Attr[str] = attr()
    marks: Attr[list[str]] = attr(default=[])


HOME = cast("Home", object())  # nobody asks it anything here
META = (0, "ada", 0, "ada", 1, None, 0, 0)
ROW = (b"c" * 16, *META, "king", '["a"]')
LATER = (b"c" * 16, *META, "queen", '["a"]')


def test_a_row_becomes_an_object() -> None:
    """Nothing is decoded before it is read."""
    coin = hydrate(Coin, ROW, HOME)

    assert given_values(coin) == {}
    assert (coin.face, coin.marks) == ("king", ["a"])


def test_another_row_replaces_all() -> None:
    """What had been decoded or assigned is forgotten."""
    coin = hydrate(Coin, ROW, HOME)
    coin.face = "ace"
    bind(coin, LATER, HOME)

    assert coin.face == "queen"
    assert assigned_values(coin) == {}


def test_an_update_keeps_what_was_assigned_and_not_written() -> None:
    """Assigning to one field and updating another loses neither."""
    coin = hydrate(Coin, ROW, HOME)
    coin.face = "ace"
    rebind(coin, LATER, {"marks": "[]"})
    kept = assigned_values(coin)
    rebind(coin, LATER, {"face": "queen"})

    assert kept == {"face": "ace"}
    assert assigned_values(coin) == {}
    assert coin.face == "queen"


def test_an_object_can_be_taken_back() -> None:
    """With the values it was to be created with."""
    coin = hydrate(Coin, ROW, HOME)
    unbind(coin)

    assert not coin.is_created
    assert given_values(coin) == {"face": "king", "marks": ["a"]}
