"""``skygarth dns``: the names under which visitors find the cloud, seen and mended by hand.

Nodes enter and leave by themselves; these commands are for what stands outside
the cloud, for looking, and for the day on which something has to go at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import App, Parameter

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.cli.waiting import MACHINE
from skygarth.clock.chance import Chance
from skygarth.model.errors import Invalid, NotFound
from skygarth.naming import codes
from skygarth.naming.claim import Claim
from skygarth.naming.deciding import Holder, claims_of
from skygarth.naming.names import own_addresses
from skygarth.naming.port import Standing, family_of
from skygarth.naming.round_robin import Change
from skygarth.node.dns_names import ANYWHERE, OpenedName, open_names
from skygarth.node.settings import Settings

app = App(
    name="dns",
    help="See and mend the names under which visitors find the cloud.",
    help_format="plaintext",
)

BY_HAND = "by-hand:"
"""Before the node's name, in claims that no running node makes: peers never sweep these."""

_FLAG = Parameter(negative="", show_default=False)


@app.command
def show(*, name: str | None = None, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Print what stands at the names, and whose it is.

    Args:
        name: Only this name.
    """
    settings = where.settings(refuse_unsupported=False)
    rows = [row for opened in names_of(settings, name) for row in _rows(opened, opened.name.look())]
    Terminal(output).facts(
        [each.raw() for each in rows],
        lambda: table(
            ["name", "view", "address", "node", "since", "until", "ttl"],
            [each.cells() for each in rows],
        ),
    )


@app.command
def register(
    *,
    name: str | None = None,
    address: Annotated[list[str] | None, Parameter(negative="")] = None,
    dry_run: Annotated[bool, _FLAG] = False,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Enter this node's addresses by hand; they stay until they are withdrawn by hand.

    A running node does this by itself. Here it is for what runs outside the
    cloud's sight, such as a proxy before it.

    Args:
        name: Only this name; by default every name of the node's pools.
        address: An address, given once for each; by default those of the settings.
        dry_run: Print what would change and change nothing.
    """
    settings = where.settings(refuse_unsupported=False)
    me = Holder(_repository(settings), f"{BY_HAND}{settings.node.name}", settings.node.name)

    def enter(opened: OpenedName) -> Change:
        said = own_addresses(address, listen_host="", towards=ANYWHERE) if address else None
        return opened.name.enter(
            me,
            said or opened.addresses(),
            now_ms=MACHINE.now_ms(),
            until_ms=None,
            dry_run=dry_run,
        )

    names = names_of(settings, name)
    _report([(each, enter(each)) for each in names if each.is_member or name], output, dry_run)


@app.command
def withdraw(
    *,
    name: str | None = None,
    node: str | None = None,
    address: str | None = None,
    dry_run: Annotated[bool, _FLAG] = False,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Remove what a node has entered, by itself or by hand; a node that runs enters again.

    Only what this cloud's nodes claim is ever removed.

    Args:
        name: Only from this name.
        node: Name of the node; by default this one.
        address: Only this address.
        dry_run: Print what would change and change nothing.
    """
    settings = where.settings(refuse_unsupported=False)
    repository, of_node = _repository(settings), node or settings.node.name

    def is_meant(claim: Claim) -> bool:
        return claim.node == of_node and address in {None, claim.address}

    changes = [
        (each, each.name.release(repository, is_meant, dry_run=dry_run))
        for each in names_of(settings, name)
    ]
    _report(changes, output, dry_run)


# -- what commands share ----------------------------------------------------------------------


def names_of(settings: Settings, only: str | None) -> list[OpenedName]:
    """The names of the settings, or the one that was asked for.

    Raises:
        Invalid: the settings name nothing in DNS, or lack something.
        NotFound: they have no such name.
    """
    if not settings.dns.is_used:
        raise Invalid(
            "the settings name nothing in DNS",
            code=codes.INCOMPLETE,
            hint="set dns.provider and dns.name; docs/dns.md shows a whole example",
        )
    chance = Chance()
    opened = open_names(
        settings.dns,
        pools=settings.node.pools,
        listen_host=settings.node.listen.host,
        wait=lambda seconds: MACHINE.sleep(chance.uniform(0, seconds)),
    )
    found = [each for each in opened if only in {None, each.name.name}]
    if not found:
        raise NotFound(
            f"the settings have no such name. name='{only}'",
            code=codes.BAD_NAME,
            hint="they have " + ", ".join(sorted({each.name.name for each in opened})),
        )
    return found


def _repository(settings: Settings) -> str:
    """Which cloud this is, by its bucket."""
    from skygarth.bucket.opening import open_bucket  # only here: --help must be fast
    from skygarth.formats.bucket_keys import REPOSITORY_KEY
    from skygarth.formats.records import decode_repository

    chance = Chance()
    bucket = open_bucket(
        settings.replication.bucket,
        sleep=MACHINE.sleep,
        random=lambda: chance.uniform(0, 1),
        now_ms=MACHINE.now_ms,
    )
    try:
        return decode_repository(bucket.get(REPOSITORY_KEY).body, has_key=True).repository
    finally:
        bucket.close()


@dataclass(frozen=True, slots=True)
class _Row:
    """One address at one name, with one claim to it or none."""

    name: str
    view: str
    address: str
    ttl: int | None
    claim: Claim | None

    def raw(self) -> dict[str, object]:
        """As JSON values."""
        claim = self.claim
        return {
            "name": self.name,
            "view": self.view,
            "address": self.address,
            "node": claim.node if claim else None,
            "incarnation": claim.incarnation if claim else None,
            "repository": claim.repository if claim else None,
            "since": _moment(claim.since_ms) if claim else None,
            "until": _moment(claim.until_ms) if claim else None,
            "borrowed": claim.borrowed if claim else None,
            "ttl": self.ttl,
        }

    def cells(self) -> tuple[object, ...]:
        """As a person reads it."""
        claim = self.claim
        if claim is None:
            whose, since, until = "nobody's: entered by a person", None, None
        else:
            whose = f"{claim.node} (stood before)" if claim.borrowed else claim.node
            since, until = _moment(claim.since_ms), _moment(claim.until_ms) or "withdrawn by hand"
        return self.name, self.view or None, self.address, whose, since, until, self.ttl


def _rows(opened: OpenedName, standing: Standing) -> list[_Row]:
    claims = sorted(claims_of(standing).values(), key=lambda each: (each.address, each.node))
    claimed = [(claim.address, claim) for claim in claims]
    bare = standing.addresses - {claim.address for claim in claims}
    return [
        _Row(
            opened.name.name,
            opened.view.label,
            address if address in standing.addresses else f"{address} (missing)",
            standing.ttls.get(family_of(address)),
            claim,
        )
        for address, claim in [*claimed, *((address, None) for address in sorted(bare))]
    ]


def _report(changes: Iterable[tuple[OpenedName, Change]], output: Output, dry_run: bool) -> None:
    rows = [
        (opened.name.name, opened.view.label or None, what, address)
        for opened, change in changes
        for what, addresses in (("entered", change.added), ("removed", change.removed))
        for address in addresses
    ]
    raw = [
        {"name": name, "view": view or "", "what": what, "address": address}
        for name, view, what, address in rows
    ]
    terminal = Terminal(output)
    terminal.facts(raw, lambda: table(["name", "view", "what", "address"], rows))
    if not rows:
        terminal.done("no address changes")
    elif dry_run:
        terminal.done("nothing was changed")


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
