"""Whether a name can be kept up, found out by doing it: for ``skygarth doctor dns``.

Everything is tried that a node will do, and nothing is left behind: a text is
entered beside the name, seen, and removed again; an address that does not stand
there is removed. Each refusal comes with its way out before a node needs it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from skygarth.model.errors import SkygarthError
from skygarth.naming import codes
from skygarth.naming.port import Standing, Zone, canonical_address

Verdict = Literal["ok", "weak", "bad"]
PROBE_MARK = "skygarth-probe"

SECONDS_AHEAD_GOOD = 60.0
SECONDS_AHEAD_MAX = 300.0
"""TSIG's fudge, and what Amazon allows a signature."""

TRIES = 5


@dataclass(frozen=True, slots=True)
class NameFinding:
    """One thing that was probed.

    Attributes:
        code: stable identifier, such as ``SG-DNS-003``.
        probed: what was asked and what came back.
        verdict: ok, weak (works, at a price) or bad (something breaks).
        fix: what to do; empty where the verdict is ok.
    """

    code: str
    probed: str
    verdict: Verdict
    fix: str = ""


def probe_name(
    zone: Zone,
    name: str,
    *,
    token: str,
    ttl: int,
    now_seconds: float,
    resolve: Callable[[str], frozenset[str]],
) -> list[NameFinding]:
    """Try at a name what a node does there; the first thing that is refused ends it.

    Args:
        token: tells this probe's text from others'.
        now_seconds: by the machine's clock, since 1970.
        resolve: the addresses that visitors on this machine get.
    """
    findings: list[NameFinding] = []
    try:
        seen = zone.look(name)
        findings.append(_clock(zone.seconds_ahead(name, now_seconds)))
        findings.append(_texts(zone, name, (f"{PROBE_MARK}={token}",), ttl))
        findings.append(_ok(codes.NOT_AUTHORITATIVE, f"{name} is kept in {zone.describe()}"))
        findings.append(_addresses(zone, name))
    except SkygarthError as fault:
        findings.append(NameFinding(fault.code, fault.message, "bad", fault.hint))
        return findings
    findings.append(_resolving(name, seen, resolve(name)))
    return findings


def resolved_here(name: str) -> frozenset[str]:
    """What this machine's resolver says; nothing if it knows no such name."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(canonical_address(str(each[4][0]).partition("%")[0]) for each in found)


def _ok(code: str, probed: str) -> NameFinding:
    return NameFinding(code, probed, "ok")


def _clock(seconds_ahead: float | None) -> NameFinding:
    if seconds_ahead is None:
        return _ok(codes.BAD_TIME, "answers are not signed, so clocks do not matter")
    probed = f"the clock here is {seconds_ahead:+.0f} s off the server's"
    if abs(seconds_ahead) <= SECONDS_AHEAD_GOOD:
        return _ok(codes.BAD_TIME, probed)
    verdict: Verdict = "weak" if abs(seconds_ahead) <= SECONDS_AHEAD_MAX else "bad"
    fix = f"set both by NTP: beyond {SECONDS_AHEAD_MAX:g} s signatures are refused"
    return NameFinding(codes.BAD_TIME, probed, verdict, fix)


def _texts(zone: Zone, name: str, text: tuple[str, ...], ttl: int) -> NameFinding:
    """Enter a text beside the name, see it, remove it."""
    for add in (True, False):
        for _ in range(TRIES):
            seen = zone.look(name)
            texts = seen.texts | {text} if add else seen.texts - {text}
            if zone.replace(name, seen, replace(seen, texts=texts), ttl=ttl):
                break
        if (text in zone.look(name).texts) is not add:
            return NameFinding(
                codes.CROWDED,
                f"a text beside {name} could not be {'entered' if add else 'removed'}",
                "bad",
                "does another program rewrite this name? Is dns.server the primary?",
            )
    return _ok(codes.REFUSED, f"a text beside {name} was entered, seen and removed")


def _addresses(zone: Zone, name: str) -> NameFinding:
    for _ in range(TRIES):
        if zone.try_out(name, zone.look(name)):
            break
    return _ok(codes.BAD_KEY, f"addresses of {name} may be changed")


def _resolving(name: str, seen: Standing, found: frozenset[str]) -> NameFinding:
    if not seen.addresses:
        return _ok(codes.WRONG_ZONE, f"{name} has no addresses yet")
    if found & seen.addresses:
        return _ok(codes.WRONG_ZONE, f"{name} resolves here to {', '.join(sorted(found))}")
    said = ", ".join(sorted(found)) or "nothing"
    return NameFinding(
        codes.WRONG_ZONE,
        f"{name} resolves here to {said}, and on the server to {', '.join(sorted(seen.addresses))}",
        "weak",
        "is the zone delegated to this server? Resolvers may remember an older answer",
    )
