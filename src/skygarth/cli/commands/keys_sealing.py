"""``skygarth keys`` for sealed buckets: who may take part, as the holder of an admin's key decides.

These commands speak to the bucket alone; no node has to run. What they print into a file
is a secret, and shown nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, table
from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Conflict, NotFound

if TYPE_CHECKING:
    from skygarth.bucket.port import Bucket
    from skygarth.formats.principals import WrittenKey
    from skygarth.formats.trust import Token, Trust
    from skygarth.node.trust_deeds import TrustOffice

EXISTS = "SG-KEY-002"
NO_FILE = "SG-KEY-009"


def found(*, admin: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Make the empty bucket of the settings a sealed repository.

    Args:
        admin: File to write the admin's key to, readable for this user alone. Keep it where
            no node can read it: it decides who takes part.
    """
    from skygarth.node import trust_deeds  # only here: --help must be fast

    with _bucket(where) as bucket:
        trust_deeds.refuse_used(bucket)
        key, record = trust_deeds.plan_founding(Chance())
        _write_new(admin, key.text)
        trust_deeds.found(bucket, key, record)
        address = _trust_text(key)
    Terminal(output).facts(
        {"repository": key.repository, "admin_file": str(admin), "trust": address},
        lambda: (
            f"repository {key.repository} is sealed; its admin's key is in {admin}\n"
            f"a token that nodes join with:  skygarth keys invite --admin {admin} --out join.key\n"
            f"or admit each node yourself; give nodes this as replication.key:  {address}"
        ),
    )


def invite(
    *,
    admin: Path,
    out: Path,
    uses: int = 0,
    note: str = "",
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Make a token that nodes join a sealed repository with.

    Args:
        admin: The admin's key.
        out: File to write the token to, readable for this user alone.
        uses: How many nodes it may admit; 0 for any number.
        note: What it is for, to be shown by `keys list`.
    """
    with _office(where, admin) as office:
        _refuse_existing(out)
        token = office.invite(uses=max(0, uses), note=note)
        _write_new(out, token.text)
        known = list(office.trust().tokens)[-1]
    Terminal(output).facts(
        {"token": known, "file": str(out), "uses": uses},
        lambda: (
            f"token {known} is in {out}; give it to nodes:\n\n"
            f'  [replication]\n  key = {{ file = "{out}" }}'
        ),
    )


def revoke(token: str, *, admin: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Let a token admit nobody any more; nodes that joined with it stay.

    Args:
        token: Its id, or how that begins.
        admin: The admin's key.
    """
    with _office(where, admin) as office:
        whole = office.revoke(token)
    Terminal(output).facts({"token": whole}, lambda: f"token {whole} admits nobody any more")


def request(*, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Print what this node shows an admin who is to admit it; no secret.

    Makes the node's key if it has none and replication.key says which repository it is for.
    """
    from skygarth.formats.principals import Identity, write_request  # only here: as above
    from skygarth.node.sealing_files import settle_node_key

    settings = where.settings(refuse_unsupported=False)
    given = settings.replication.key
    key = settle_node_key(settings.node.data, given.value if given else None, Chance())
    if key is None:
        raise NotFound(
            f"this node has no key to be admitted with. data='{settings.node.data}'",
            code=NO_FILE,
            hint="set replication.key to the skytrust_… that `skygarth keys list` prints",
        )
    identity = Identity(key.seed)
    text = write_request(identity.principal)
    facts = {"node": identity.id, "repository": key.repository, "request": text}
    Terminal(output).facts(facts, lambda: text)


def admit(
    request: str,
    *,
    admin: Path,
    name: str = "",
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Let a node take part in a sealed repository.

    Args:
        request: What `skygarth keys request` printed on that node.
        admin: The admin's key.
        name: What the node is called, for people.
    """
    from skygarth.formats.principals import read_request  # only here: as above

    node = read_request(request)
    with _office(where, admin) as office:
        office.admit(node, name)
    Terminal(output).facts(
        {"node": node.id, "name": name}, lambda: f"node {node.id} takes part from now on"
    )


def expel(node: str, *, admin: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Let a node take part no more, and seal with a key that it does not get.

    It keeps what it has read. Take its credentials for the bucket away as well.

    Args:
        node: Its name, or its id, or how that begins.
        admin: The admin's key.
    """
    with _office(where, admin) as office:
        gone = office.expel(node)
    facts = {"node": gone.principal.id, "epoch": gone.expelled_in}
    Terminal(output).facts(
        facts,
        lambda: (
            f"node {gone.principal.id} takes part no more; epoch {gone.expelled_in} begins"
            " without it\ntake its credentials for the bucket away as well, and let the cloud"
            " forget it: skygarth node forget"
        ),
    )


def epoch(*, admin: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Seal with a new key from now on; what was sealed before stays readable.

    Args:
        admin: The admin's key.
    """
    with _office(where, admin) as office:
        number = office.begin_epoch()
    Terminal(output).facts(
        {"epoch": number}, lambda: f"epoch {number} begins; nodes follow within five minutes"
    )


def list_members(*, admin: Path, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """List who takes part in the sealed repository, and its tokens.

    Args:
        admin: The admin's key.
    """
    with _office(where, admin) as office:
        words, trust, fault = office.words(), office.trust(), office.fault()
        address = _trust_text(_read(admin))
    rows = _rows(trust, words)
    facts = {
        "repository": trust.repository,
        "trust": address,
        "epoch": trust.epochs,
        "records": trust.number,
        "fault": fault,
        "items": [dict(zip(("id", "kind", "state", "name"), row, strict=True)) for row in rows],
    }
    terminal = Terminal(output)
    if fault:
        terminal.done(f"{fault}\nthe next deed of an admin takes its place")
    terminal.facts(facts, lambda: table(["id", "kind", "state", "name"], rows))


COMMANDS: dict[str, Callable[..., None]] = {
    "found": found,
    "invite": invite,
    "revoke": revoke,
    "request": request,
    "admit": admit,
    "expel": expel,
    "epoch": epoch,
    "list": list_members,
}


def _rows(trust: Trust, words: dict[str, str]) -> list[tuple[str, str, str, str]]:
    admins = [(each, "admin", "takes part", "") for each in trust.admins]
    nodes = [
        (
            each,
            "node",
            f"expelled in epoch {node.expelled_in}" if node.expelled_in else "takes part",
            words[each],
        )
        for each, node in trust.nodes.items()
    ]
    tokens = [
        (
            each,
            "token",
            f"{_openness(token)}, used {token.used} of {token.uses or 'any number'}",
            words[each],
        )
        for each, token in trust.tokens.items()
    ]
    return [*admins, *nodes, *tokens]


def _openness(token: Token) -> str:
    return "open" if token.is_open else "closed"


@contextmanager
def _office(where: SettingsFile, admin: Path) -> Iterator[TrustOffice]:
    from skygarth.node.trust_deeds import TrustOffice  # only here: as above

    key = _read(admin)
    with _bucket(where) as bucket:
        yield TrustOffice(bucket, key, Chance(), WallClock().monotonic)


@contextmanager
def _bucket(where: SettingsFile) -> Iterator[Bucket]:
    """The bucket of the settings, as it is: records of trust are not sealed."""
    from skygarth.bucket.opening import open_bucket  # only here: as above

    clock, chance = WallClock(), Chance()
    opened = open_bucket(
        where.settings(refuse_unsupported=False).replication.bucket,
        sleep=clock.sleep,
        random=lambda: chance.uniform(0.0, 1.0),
        now_ms=clock.now_ms,
    )
    try:
        yield opened
    finally:
        opened.close()


def _trust_text(key: WrittenKey) -> str:
    """What a node is told that an admin will admit; no secret."""
    from skygarth.formats.principals import WrittenKey as Key  # only here: as above

    return Key("trust", key.repository, key.anchor, b"").text


def _read(path: Path) -> WrittenKey:
    from skygarth.formats.principals import read_key  # only here: as above

    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as cause:
        raise NotFound(
            f"the admin's key cannot be read. file={str(path)!r}",
            code=NO_FILE,
            hint="give the file that `skygarth keys found` wrote",
        ) from cause
    return read_key(text, "admin")


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise _exists(path)


def _write_new(path: Path, text: str) -> None:
    from skygarth.node.sealing_files import write_secret  # only here: as above

    try:
        write_secret(path, text)
    except FileExistsError as cause:
        raise _exists(path) from cause


def _exists(path: Path) -> Conflict:
    return Conflict(
        f"the file is there already; a key is not written over. file={str(path)!r}",
        code=EXISTS,
        hint="choose another name",
    )
