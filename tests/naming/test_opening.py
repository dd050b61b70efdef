"""A zone is opened without a word to the network, and secrets are not shown."""

from __future__ import annotations

from dataclasses import replace
from importlib import machinery

import pytest

from skygarth.model.errors import Invalid, Unsupported
from skygarth.naming import opening
from skygarth.naming.opening import ZoneAccess, check_access, open_zone
from skygarth.naming.port import Zone

ACCESS = ZoneAccess(
    provider="rfc2136", server="ns.example.org", zone="example.org", key_name="k", secret="c2VjcmV0"
)


def test_zones_are_opened_by_provider() -> None:
    """Nobody is asked yet: the servers named here do not exist."""
    zones: list[Zone] = [open_zone(ACCESS), open_zone(ZoneAccess(provider="route53", zone="Z1"))]

    assert [zone.describe() for zone in zones] == [
        "example.org on ns.example.org:53",
        "Z1 on Route 53",
    ]
    for zone in zones:
        zone.close()


@pytest.mark.parametrize("wrong", [{"secret": "no base64!"}, {"algorithm": "hmac-rot13"}])
def test_a_key_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    """Without showing it."""
    access = replace(ACCESS, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as caught:
        open_zone(access)

    assert caught.value.code == "SG-DNS-014"
    assert access.secret not in str(caught.value)
    assert access.secret not in repr(access)


def test_a_library_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it."""

    def absent(_name: str) -> machinery.ModuleSpec | None:
        return None

    monkeypatch.setattr(opening, "find_spec", absent)
    with pytest.raises(Unsupported) as caught:
        check_access(ACCESS)

    assert caught.value.code == "SG-DNS-012"
    assert caught.value.hint == "pip install 'skygarth[dns]'"
