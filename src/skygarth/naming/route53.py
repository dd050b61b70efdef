"""Route 53: one simple set of records per family, changed by delete-and-create in one batch.

Route 53 has no conditional write, but it has what makes one. A batch is done as
a whole or not at all, and a DELETE must name the set with exactly the values
that stand. So "delete what I saw, create what I want" is refused if anybody was
quicker (InvalidChangeBatch), and two nodes that decide at once cannot undo each
other's work. UPSERT would overwrite blindly.

Rejected: a multivalue answer per node, with an identifier of its own. There
nobody has to read before writing, but such records cannot stand beside simple
ones of a person's, a resolver sees at most eight, and the claims, which have to
change together with the addresses, would still need the batch.
"""

# ruff: noqa: N803 - the arguments of boto3 are called what Amazon calls them

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from skygarth.model.errors import Invalid, NotFound
from skygarth.naming import codes
from skygarth.naming.port import FAMILIES, Standing, absent_address, canonical_address, claims_name
from skygarth.naming.route53_faults import fault_of, is_lost
from skygarth.naming.route53_text import read_text, write_text

Change = Mapping[str, object]
_ITEMS_MAX = "100"
"""More kinds of records than stand at one name."""


class Route53Client(Protocol):
    """The three calls of boto3's client that are used."""

    def list_resource_record_sets(
        self, *, HostedZoneId: str, StartRecordName: str, StartRecordType: str, MaxItems: str
    ) -> Mapping[str, object]:
        """The sets from a name on, in the order of the zone."""
        ...

    def change_resource_record_sets(
        self, *, HostedZoneId: str, ChangeBatch: Mapping[str, object]
    ) -> Mapping[str, object]:
        """All changes, or none."""
        ...

    def list_hosted_zones_by_name(self, *, DNSName: str, MaxItems: str) -> Mapping[str, object]:
        """The zones from a name on."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class _Value(msgspec.Struct, frozen=True):
    Value: str


class RecordSet(msgspec.Struct, frozen=True):
    """A set of records as Route 53 lists it, as far as it is read."""

    Name: str
    Type: str
    TTL: int = 0
    ResourceRecords: tuple[_Value, ...] = ()
    SetIdentifier: str | None = None
    AliasTarget: Mapping[str, object] | None = None

    @property
    def name(self) -> str:
        """Its name as this package writes names."""
        return self.Name.rstrip(".").lower()

    @property
    def values(self) -> tuple[str, ...]:
        """The values, letter for letter: a DELETE has to repeat them."""
        return tuple(each.Value for each in self.ResourceRecords)


class _Listing(msgspec.Struct, frozen=True):
    ResourceRecordSets: tuple[RecordSet, ...]


class _Metadata(msgspec.Struct, frozen=True):
    HTTPHeaders: dict[str, str] = {}


class _Answer(msgspec.Struct, frozen=True):
    ResponseMetadata: _Metadata = _Metadata()


class _HostedZone(msgspec.Struct, frozen=True):
    Id: str
    Name: str


class _Zones(msgspec.Struct, frozen=True):
    HostedZones: tuple[_HostedZone, ...]


Sets = dict[str, RecordSet]
"""What stands, by kind: A, AAAA, TXT."""


class Route53Zone:
    """A hosted zone.

    Args:
        zone: its id (``Z…``), which also tells a private zone from a public one of the same
            name; or its name.
    """

    def __init__(self, client: Route53Client, zone: str) -> None:
        self._client = client
        self._zone = zone.rstrip(".")
        self._id = "" if "." in self._zone else self._zone
        self._seen: dict[str, tuple[Standing, Sets]] = {}

    def describe(self) -> str:
        """The hosted zone."""
        return f"{self._zone} on Route 53"

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def look(self, name: str) -> Standing:
        """What stands at a name, by two listings."""
        sets = {
            each.Type: each
            for each in [*self._listed(name, FAMILIES), *self._listed(claims_name(name), ("TXT",))]
        }
        standing = Standing(
            addresses=frozenset(
                canonical_address(value)
                for family in FAMILIES
                if family in sets
                for value in sets[family].values
            ),
            texts=frozenset(read_text(value) for value in sets["TXT"].values)
            if "TXT" in sets
            else frozenset(),
            ttls={kind: found.TTL for kind, found in sets.items()},
        )
        self._seen[name] = (standing, sets)
        return standing

    def replace(self, name: str, seen: Standing, wanted: Standing, *, ttl: int) -> bool:
        """One batch: each set that changes is deleted as it was seen, and created anew."""
        looked, sets = self._seen.pop(name, (None, {}))
        assert looked == seen, "what is replaced is what was looked at last"
        changes: list[Change] = []
        for family in FAMILIES:
            after = [(each, each) for each in sorted(wanted.of_family(family))]
            changes += _exchanged(name, family, sets.get(family), after, ttl, canonical_address)
        texts = [(_key_of_text(write_text(each)), write_text(each)) for each in wanted.texts]
        changes += _exchanged(
            claims_name(name), "TXT", sets.get("TXT"), sorted(texts), ttl, _key_of_text
        )
        return not changes or self._sent(name, changes)

    def seconds_ahead(self, name: str, now_seconds: float) -> float | None:
        """By how much a clock is ahead of the date of an answer."""
        answer = self._asked(name, "A")
        date = msgspec.convert(answer, _Answer).ResponseMetadata.HTTPHeaders.get("date")
        return None if date is None else now_seconds - parsedate_to_datetime(date).timestamp()

    def try_out(self, name: str, seen: Standing) -> bool:
        """A batch that deletes what does not stand: who may delete is told that it does not."""
        change = _change("DELETE", name, "A", 1, [absent_address(seen)])
        self._sent(name, [change])
        return True

    def _sent(self, name: str, changes: Sequence[Change]) -> bool:
        try:
            self._client.change_resource_record_sets(
                HostedZoneId=self._zone_id(name), ChangeBatch={"Changes": list(changes)}
            )
        except ClientError as failure:
            if is_lost(failure):
                return False
            raise fault_of(failure, self._attempt("change", name)) from failure
        except BotoCoreError as failure:
            raise fault_of(failure, self._attempt("change", name)) from failure
        return True

    def _listed(self, name: str, kinds: tuple[str, ...]) -> list[RecordSet]:
        """The sets of these kinds at a name."""
        answer = self._asked(name, kinds[0])
        listing = msgspec.convert(answer, _Listing)
        here = [each for each in listing.ResourceRecordSets if each.name == name]
        for each in here:
            self._refuse_unfit(each, kinds)
        return [each for each in here if each.Type in kinds]

    def _asked(self, name: str, kind: str) -> Mapping[str, object]:
        """The listing from a name and a kind on, as it came."""
        try:
            return self._client.list_resource_record_sets(
                HostedZoneId=self._zone_id(name),
                StartRecordName=name,
                StartRecordType=kind,
                MaxItems=_ITEMS_MAX,
            )
        except (ClientError, BotoCoreError) as failure:
            raise fault_of(failure, self._attempt("look", name)) from failure

    def _refuse_unfit(self, found: RecordSet, kinds: tuple[str, ...]) -> None:
        if found.Type == "CNAME":
            raise Invalid(
                f"the name is an alias and cannot have addresses. "
                f"{self._attempt('look', found.name)}",
                code=codes.BAD_NAME,
                hint="enter the target instead, or remove the CNAME",
            )
        if found.Type in kinds and (found.SetIdentifier or found.AliasTarget):
            raise Invalid(
                f"the name has records of another routing policy. kind='{found.Type}' "
                f"{self._attempt('look', found.name)}",
                code=codes.OTHER_POLICY,
                hint="give the cloud a name of its own: simple records cannot stand beside "
                "weighted, latency, failover, multivalue or alias ones",
            )

    def _zone_id(self, name: str) -> str:
        if not self._id:
            self._id = self._found(name)
        return self._id

    def _found(self, name: str) -> str:
        try:
            answer = self._client.list_hosted_zones_by_name(DNSName=self._zone, MaxItems="2")
        except (ClientError, BotoCoreError) as failure:
            raise fault_of(failure, self._attempt("look", name)) from failure
        zones = msgspec.convert(answer, _Zones).HostedZones
        found = [each for each in zones if each.Name.rstrip(".") == self._zone]
        if len(found) != 1:
            raise NotFound(
                f"there is no such hosted zone, or more than one. found='{len(found)}' "
                f"{self._attempt('look', name)}",
                code=codes.NO_HOSTED_ZONE,
                hint="set dns.zone to the zone's id, Z…: a public and a private zone may share "
                "a name",
            )
        return found[0].Id.rpartition("/")[2]

    def _attempt(self, action: str, name: str) -> str:
        return f"action='{action}' name='{name}' zone='{self._zone}'"


def _key_of_text(value: str) -> str:
    """TXT values are equal if their strings are, however they are quoted."""
    return write_text(read_text(value))


def _exchanged(
    name: str,
    kind: str,
    standing: RecordSet | None,
    wanted: list[tuple[str, str]],
    ttl: int,
    key_of: Callable[[str], str],
) -> list[Change]:
    """The changes that make one set another; none if both are equal.

    Args:
        wanted: each value's key and how to write it.
    """
    written = {key_of(value): value for value in standing.values} if standing else {}
    if written.keys() == {key for key, _ in wanted}:
        return []
    changes: list[Change] = []
    if standing is not None:
        changes.append(_change("DELETE", name, kind, standing.TTL, standing.values))
    if wanted:
        values = [written.get(key, value) for key, value in wanted]
        changes.append(_change("CREATE", name, kind, ttl, values))
    return changes


def _change(action: str, name: str, kind: str, ttl: int, values: Sequence[str]) -> Change:
    records = [{"Value": value} for value in values]
    record_set = {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": records}
    return {"Action": action, "ResourceRecordSet": record_set}
