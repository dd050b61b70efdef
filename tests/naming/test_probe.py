"""The probe finds what would go wrong, and leaves nothing behind."""

from __future__ import annotations

from tests.naming.memory_zone import MemoryZone

from skygarth.model.errors import Denied
from skygarth.naming.port import Standing
from skygarth.naming.probe import NameFinding, probe_name

NAME = "www.example.org"
HERE = frozenset({"192.0.2.1"})


class ClockedZone(MemoryZone):
    """A zone whose server tells the time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def seconds_ahead(self, name: str, now_seconds: float) -> float | None:
        """By the server's clock."""
        return now_seconds - self._seconds


class ForgetfulZone(MemoryZone):
    """A secondary that takes changes and does not show them."""

    def replace(self, name: str, seen: Standing, wanted: Standing, *, ttl: int) -> bool:
        """Forget it."""
        return True


def probed(zone: MemoryZone, found: frozenset[str] = HERE) -> dict[str, NameFinding]:
    """The findings, by code."""
    findings = probe_name(
        zone, NAME, token="t", ttl=5, now_seconds=1000, resolve=lambda _name: found
    )
    return {finding.code: finding for finding in findings}


def test_a_good_zone_passes() -> None:
    """All is tried, and then it looks as before."""
    zone = MemoryZone()
    zone.standing = Standing(addresses=HERE)
    findings = probed(zone)

    assert {finding.verdict for finding in findings.values()} == {"ok"}
    assert zone.standing == Standing(addresses=HERE)
    assert zone.changes == 2


def test_clocks_are_compared() -> None:
    """A minute is well, some are a warning, five break every signature."""
    verdicts = [probed(ClockedZone(1000 - off))["SG-DNS-003"].verdict for off in (59, 61, -301)]

    assert verdicts == ["ok", "weak", "bad"]


def test_a_change_that_does_not_show_is_found() -> None:
    """As where the server is not the primary."""
    finding = probed(ForgetfulZone())["SG-DNS-013"]

    assert finding.verdict == "bad"
    assert "could not be entered" in finding.probed


def test_a_refusal_ends_it() -> None:
    """With its code and its way out."""
    zone = MemoryZone()
    zone.fault = Denied("no", code="SG-DNS-002", hint="compare keys")

    assert probed(zone) == {"SG-DNS-002": NameFinding("SG-DNS-002", "no", "bad", "compare keys")}


def test_what_resolves_elsewhere_is_a_warning() -> None:
    """Both answers are shown."""
    zone = MemoryZone()
    zone.standing = Standing(addresses=HERE)
    finding = probed(zone, frozenset({"198.51.100.1"}))["SG-DNS-006"]

    assert finding.verdict == "weak"
    assert "198.51.100.1" in finding.probed
    assert "192.0.2.1" in finding.probed
