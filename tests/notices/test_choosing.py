"""Names in the settings are transports, or are refused with a way out."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid, Unsupported
from skygarth.notices import choosing
from skygarth.notices.choosing import check_names


def test_an_unknown_name_is_refused() -> None:
    """With the nearest one, or all of them."""
    with pytest.raises(Invalid) as near:
        check_names(["redsi"])
    with pytest.raises(Invalid) as far:
        check_names(["pigeon"])

    assert near.value.hint == "did you mean redis?"
    assert "nats" in far.value.hint


def test_a_name_stands_once() -> None:
    """Saying everything twice over one broker helps nobody."""
    with pytest.raises(Invalid, match="twice"):
        check_names(["nats", "nats"])


def test_an_absent_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the command that mends it."""
    monkeypatch.setattr(choosing, "find_spec", lambda _name: None)
    with pytest.raises(Unsupported) as caught:
        check_names(["nats"])

    assert caught.value.code == "SG-NOTICE-005"
    assert caught.value.hint == "pip install 'skygarth[nats]'"
