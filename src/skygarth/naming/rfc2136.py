"""Dynamic updates (RFC 2136) signed with TSIG (RFC 8945): Knot, BIND, PowerDNS and others.

The prerequisites of an update are what makes `replace` safe. A prerequisite with
values compares the *whole* set of records, which is exactly what is wanted here:
the update is refused if anybody has changed any of the three sets since they
were seen. All goes over TCP: a set of thirty claims is larger than a datagram.
"""

from __future__ import annotations

import base64
import binascii
import socket
from collections.abc import Iterable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset
import dns.tsig
import dns.update

from skygarth.model.errors import Invalid, Unavailable
from skygarth.naming import codes
from skygarth.naming.port import (
    FAMILIES,
    Standing,
    Text,
    absent_address,
    canonical_address,
    claims_name,
)
from skygarth.naming.rfc2136_faults import (
    Attempt,
    fault_of_answer,
    fault_of_failure,
    is_alias,
    wrong_zone,
)
from skygarth.naming.server_address import ServerAddress

ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1", "hmac-md5")
_LOST = {dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN}


class Rfc2136Zone:
    """A zone on its primary server.

    Args:
        zone: its name; "" to ask the server, once, in which one a name is.
        key: signs what is asked, and proves what is answered; None for a server that trusts
            addresses.
        timeout: seconds for one exchange.
    """

    def __init__(
        self,
        server: ServerAddress,
        *,
        zone: str = "",
        key: dns.tsig.Key | None = None,
        timeout: float = 3.0,
    ) -> None:
        self._server = server
        self._zone = zone
        self._key = key
        self._timeout = timeout

    def describe(self) -> str:
        """The server and the zone."""
        return f"{self._zone or 'zone not known yet'} on {self._server}"

    def close(self) -> None:
        """Nothing is kept open between two exchanges."""

    # -- looking ---------------------------------------------------------------------------

    def look(self, name: str) -> Standing:
        """What stands at a name, by three questions on one connection."""
        asked = [(name, family) for family in FAMILIES] + [(claims_name(name), "TXT")]
        queries = [self._query(each, kind) for each, kind in asked]
        answers = self._exchange(queries, self._attempt("look", name))
        sets = {
            kind: self._records(answer, each, kind)
            for answer, (each, kind) in zip(answers, asked, strict=True)
        }
        return Standing(
            addresses=frozenset(
                canonical_address(record.to_text())
                for family in FAMILIES
                for record in sets[family] or ()
            ),
            texts=frozenset(_text(record) for record in sets["TXT"] or ()),
            ttls={kind: found.ttl for kind, found in sets.items() if found},
        )

    def zone_of(self, name: str) -> str:
        """The zone that a name is in, as set or as the server says.

        Raises:
            Invalid: it is in none that this server holds.
        """
        if not self._zone:
            attempt = self._attempt("look", name)
            (answer,) = self._exchange([self._query(name, "SOA")], attempt)
            found = [
                each.name
                for each in [*answer.answer, *answer.authority]
                if each.rdtype == dns.rdatatype.SOA
            ]
            if not found or not answer.flags & dns.flags.AA:
                raise wrong_zone(attempt)
            self._zone = found[0].to_text(omit_final_dot=True).lower()
        return self._zone

    def seconds_ahead(self, name: str, now_seconds: float) -> float | None:
        """By how much a clock is ahead of the time in the server's signature."""
        (answer,) = self._exchange([self._query(name, "SOA")], self._attempt("look", name))
        signature = answer.tsig
        return None if signature is None else now_seconds - signature[0].time_signed

    def _query(self, name: str, kind: str) -> dns.message.QueryMessage:
        query = dns.message.make_query(_absolute(name), kind)
        query.flags &= ~dns.flags.RD
        if self._key is not None:
            query.use_tsig(self._key)
        return query

    def _records(self, answer: dns.message.Message, name: str, kind: str) -> dns.rrset.RRset | None:
        """The records of one kind at a name, where they truly stand."""
        attempt = self._attempt("look", name)
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise fault_of_answer(answer.rcode(), attempt)
        if not answer.flags & dns.flags.AA:
            raise wrong_zone(attempt)
        owner, wanted = _absolute(name), dns.rdatatype.from_text(kind)
        for found in answer.answer:
            if found.name == owner and found.rdtype == dns.rdatatype.CNAME:
                raise is_alias(attempt, found[0].to_text())
            if found.name == owner and found.rdtype == wanted:
                return found
        return None

    # -- changing --------------------------------------------------------------------------

    def replace(self, name: str, seen: Standing, wanted: Standing, *, ttl: int) -> bool:
        """One update: the three sets as they were seen, then what goes and what comes."""
        zone = _absolute(self.zone_of(name))
        attempt = self._attempt("change", name)
        if not _absolute(name).is_subdomain(zone):
            raise wrong_zone(attempt)
        update = dns.update.UpdateMessage(zone, keyring=self._key)
        for owner, kind, before, after in _sets(name, seen, wanted):
            if before:
                update.present(owner, kind, *sorted(before))
            else:
                update.absent(owner, kind)
            for value in sorted(before - after):
                update.delete(owner, kind, value)
            for value in sorted(after - before):
                update.add(owner, ttl, kind, value)
        return self._sent(update, attempt)

    def try_out(self, name: str, seen: Standing) -> bool:
        """An update that removes an absent address, on the condition that nothing has changed."""
        update = dns.update.UpdateMessage(_absolute(self.zone_of(name)), keyring=self._key)
        owner = _absolute(name)
        if seen.of_family("A"):
            update.present(owner, "A", *sorted(seen.of_family("A")))
        else:
            update.absent(owner, "A")
        update.delete(owner, "A", absent_address(seen))
        return self._sent(update, self._attempt("change", name))

    def _sent(self, update: dns.update.UpdateMessage, attempt: Attempt) -> bool:
        (answer,) = self._exchange([update], attempt)
        if answer.rcode() in _LOST:
            return False
        if answer.rcode() != dns.rcode.NOERROR:
            raise fault_of_answer(answer.rcode(), attempt)
        return True

    # -- the wire --------------------------------------------------------------------------

    def _exchange(
        self, messages: Iterable[dns.message.Message], attempt: Attempt
    ) -> list[dns.message.Message]:
        """Send messages over one connection, one after the other."""
        try:
            with socket.create_connection(
                (self._server.host, self._server.port), self._timeout
            ) as connection:
                connection.setblocking(False)
                return [
                    dns.query.tcp(
                        message, self._server.host, timeout=self._timeout, sock=connection
                    )
                    for message in messages
                ]
        except (dns.exception.DNSException, OSError, EOFError) as cause:
            raise fault_of_failure(cause, attempt) from cause

    def _attempt(self, action: str, name: str) -> Attempt:
        key = "" if self._key is None else self._key.name.to_text(omit_final_dot=True)
        return Attempt(action, name, str(self._server), self._zone, key)


def tsig_key(name: str, secret: str, algorithm: str) -> dns.tsig.Key:
    """A key as the server's configuration spells it.

    Args:
        secret: base64.

    Raises:
        Invalid: that is no key (SG-DNS-014); the secret is not in the message.
    """
    try:
        decoded = base64.b64decode(secret, validate=True)
        known = f"{ALGORITHMS[ALGORITHMS.index(algorithm)]}."
        return dns.tsig.Key(_absolute(name), decoded, known)
    except (binascii.Error, ValueError, dns.exception.DNSException) as cause:
        raise Invalid(
            f"this is no TSIG key. key='{name}' algorithm='{algorithm}'",
            code=codes.BAD_SECRET,
            hint="dns.key is the base64 that `keymgr -t NAME` or `tsig-keygen` prints; "
            f"algorithms are {', '.join(ALGORITHMS)}",
        ) from cause


def _sets(
    name: str, seen: Standing, wanted: Standing
) -> Iterable[tuple[dns.name.Name, str, set[str], set[str]]]:
    """Owner, kind, values before and after, of each of the three sets."""
    for family in FAMILIES:
        before, after = set(seen.of_family(family)), set(wanted.of_family(family))
        yield _absolute(name), family, before, after
    before, after = ({_record_text(text) for text in each.texts} for each in (seen, wanted))
    yield _absolute(claims_name(name)), "TXT", before, after


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(name, dns.name.root)


def _text(record: dns.rdata.Rdata) -> Text:
    if not isinstance(record, dns.rdtypes.ANY.TXT.TXT):
        raise Unavailable(
            f"the server calls this a TXT record. record='{record}'", code=codes.OTHER_ANSWER
        )
    return tuple(each.decode(errors="surrogateescape") for each in record.strings)


def _record_text(text: Text) -> str:
    """Strings as a zone file has them: dnspython reads them back to the same bytes."""
    strings = [each.encode(errors="surrogateescape") for each in text]
    record = dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
    return record.to_text()
