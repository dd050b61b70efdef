"""What a DNS server's refusal means, and what to do about it.

TSIG answers with three errors of its own, and servers use them loosely: Knot
says BADKEY, too, where a key is known and may not change this name (measured
with 3.2.6), and some answer an error unsigned, which a client cannot tell from
a forged one. Each hint names all that can be behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.tsig

from skygarth.model.errors import Denied, Invalid, SkygarthError, TimedOut, Unavailable
from skygarth.naming import codes


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, for the message.

    Attributes:
        action: look or change.
        name: the name.
        server: host and port.
        zone: the zone, "" while it is not known.
        key: the TSIG key's name, "" without one.
    """

    action: str
    name: str
    server: str
    zone: str
    key: str

    def __str__(self) -> str:
        return (
            f"action='{self.action}' name='{self.name}' zone='{self.zone}' "
            f"server='{self.server}' key='{self.key}'"
        )


def fault_of_failure(
    failure: dns.exception.DNSException | OSError | EOFError, attempt: Attempt
) -> SkygarthError:
    """The error to raise for an exchange that failed."""
    match failure:
        case dns.tsig.PeerBadKey() | dns.message.UnknownTSIGKey():
            return _bad_key(attempt)
        case dns.tsig.PeerBadSignature() | dns.tsig.BadSignature() | dns.tsig.PeerBadTruncation():
            return Denied(
                f"the server knows this key by another secret. {attempt}",
                code=codes.BAD_SIGNATURE,
                hint="compare dns.key and dns.algorithm with the server's: both sides must "
                "hold the same base64",
            )
        case dns.tsig.PeerBadTime() | dns.tsig.BadTime():
            return Denied(
                f"the clocks of this machine and of the server are too far apart. {attempt}",
                code=codes.BAD_TIME,
                hint="set both by NTP: TSIG allows 300 seconds; skygarth doctor dns measures it",
            )
        case dns.exception.Timeout():
            return TimedOut(
                f"the DNS server does not answer in time. {attempt}",
                code=codes.NO_ANSWER,
                hint="it is tried again; is port 53 open over TCP from here?",
            )
        case dns.exception.FormError():
            return _unsigned(attempt)
        case OSError() | EOFError():
            return Unavailable(
                f"the DNS server cannot be reached: {failure}. {attempt}",
                code=codes.NO_ANSWER,
                hint="it is tried again; is dns.server right, and port 53 open over TCP?",
            )
        case _:
            return Unavailable(
                f"the DNS server answers what cannot be understood: {failure}. {attempt}",
                code=codes.OTHER_ANSWER,
                hint="is dns.server a DNS server?",
            )


def fault_of_answer(rcode: dns.rcode.Rcode, attempt: Attempt) -> SkygarthError:
    """The error to raise for an answer that is a refusal."""
    match rcode:
        case dns.rcode.REFUSED if attempt.action == "look":
            return _not_authoritative(attempt)
        case dns.rcode.REFUSED:
            return Denied(
                f"the server refuses this change. {attempt}",
                code=codes.REFUSED,
                hint="let the key change this name, the names below it, and the kinds A, AAAA "
                "and TXT; docs/dns.md has the lines for Knot and BIND",
            )
        case dns.rcode.NOTAUTH if attempt.action == "change" and not attempt.key:
            return Denied(
                f"the server takes no unsigned changes. {attempt}",
                code=codes.BAD_KEY,
                hint="set dns.key_name and dns.key",
            )
        case dns.rcode.NOTAUTH | dns.rcode.NOTIMP:
            return _not_authoritative(attempt)
        case dns.rcode.NOTZONE:
            return wrong_zone(attempt)
        case dns.rcode.BADKEY:
            return _bad_key(attempt)
        case _:
            return Unavailable(
                f"the server failed with {dns.rcode.to_text(rcode)}. {attempt}",
                code=codes.OTHER_ANSWER,
                hint="its log says why; it is tried again",
            )


def wrong_zone(attempt: Attempt) -> Invalid:
    """The name is not in the zone."""
    return Invalid(
        f"the name lies in no zone that this server holds, or in another one. {attempt}",
        code=codes.WRONG_ZONE,
        hint="set dns.zone to the zone that the name is in, or leave it out to have it found",
    )


def is_alias(attempt: Attempt, target: str) -> Invalid:
    """The name is another name."""
    return Invalid(
        f"the name is an alias and cannot have addresses. target='{target}' {attempt}",
        code=codes.BAD_NAME,
        hint="enter the target instead, or remove the CNAME",
    )


def _bad_key(attempt: Attempt) -> Denied:
    return Denied(
        f"the server does not know this key, or does not let it do this. {attempt}",
        code=codes.BAD_KEY,
        hint="is dns.key_name spelt as on the server, and may it change this name and those "
        "below it? Knot says BADKEY for both",
    )


def _not_authoritative(attempt: Attempt) -> Denied:
    return Denied(
        f"the server does not hold this zone as its primary. {attempt}",
        code=codes.NOT_AUTHORITATIVE,
        hint="set dns.server to the zone's primary; a resolver or a secondary takes no changes",
    )


def _unsigned(attempt: Attempt) -> Denied:
    return Denied(
        f"the server answered without a signature, so the answer proves nothing. {attempt}",
        code=codes.NOT_AUTHORITATIVE,
        hint="a server that does not hold the zone, or does not know the key, refuses like this",
    )
