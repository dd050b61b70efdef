"""What stands in a class where a field was declared."""

from __future__ import annotations

import pytest

from skygarth.model.attributes import UNSET, Attr, Declared, LinkAttr, attr
from skygarth.model.expressions import Field
from skygarth.model.types import Type


class Pin(Type):
    """Something with a link."""

    label: Attr[str] = attr(default="x")
    next: Attr[Pin | None] = attr(default=None)


def test_attr_collects_what_is_said() -> None:
    """Until the class is made, it is only a note."""
    declared = attr(max_length=3)

    assert isinstance(declared, Declared)
    assert (declared.max_length, declared.default, declared.merge) == (3, UNSET, "latest")


def test_the_class_shows_expressions() -> None:
    """Objects show values."""
    assert isinstance(Pin.label, Field)
    assert isinstance(vars(Pin)["next"], LinkAttr)
    assert Pin().label == "x"
    assert Pin().next is None


def test_a_value_is_decoded_once() -> None:
    """Afterwards it stands in the object's own dictionary."""
    pin = Pin()
    before = "label" in vars(pin)

    assert not before
    assert pin.label == vars(pin)["label"]


def test_positional_options_are_refused() -> None:
    """Options have names, so that declarations can be read."""
    with pytest.raises(TypeError):
        attr("x")  # type: ignore[call-arg]
