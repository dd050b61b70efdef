"""What a node of a sealed repository keeps beside its database (SEA-11).

::

    node.key    its own secret, made here, never sent anywhere; for its owner's eyes alone
    trust.log   the records of trust that it has verified, one a line
    orders.json how new the newest `app.json` was that it has seen

A node without `node.key` makes one, if its settings have a key that says which repository
it is to belong to. Whoever copies a data folder copies its key; the copy takes another
incarnation, as ever, and both are the same member of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from skygarth.bucket.keyring import Keyring
from skygarth.bucket.port import Bucket
from skygarth.bucket.sealed import SealedBucket
from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.formats import codes
from skygarth.formats.principals import SEED_BYTES, Identity, WrittenKey, read_key
from skygarth.formats.trust import Trust
from skygarth.formats.wire import Unreadable, read_json, write_json
from skygarth.model.errors import Conflict, Damaged, Denied, Invalid, Unavailable

KEY_FILE = "node.key"
TRUST_FILE = "trust.log"
ORDERS_FILE = "orders.json"
OWNER_ONLY = 0o600
KEY_UNREADABLE = "SG-KEY-005"


def read_node_key(data: Path) -> WrittenKey | None:
    """The key in a data folder; None if there is none: the node does not seal.

    Raises:
        Denied: this user may not read it (SG-KEY-005).
        Damaged: it is no key any more (SG-KEY-005).
    """
    path = data / KEY_FILE
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as cause:
        raise Denied(
            f"the node's key cannot be read. file={str(path)!r}",
            code=KEY_UNREADABLE,
            hint="run as the user who owns the data folder",
        ) from cause
    try:
        return read_key(text, "node")
    except Invalid as cause:
        raise Damaged(
            f"the node's key is damaged. file={str(path)!r}",
            code=KEY_UNREADABLE,
            hint="put it back from a backup; or remove it, and let the node join anew",
        ) from cause


def settle_node_key(data: Path, given: str | None, chance: Chance) -> WrittenKey | None:
    """The node's key, made now if the settings say which repository it is for.

    Args:
        given: ``skyjoin_…`` or ``skytrust_…``; None if the settings have none.

    Raises:
        Invalid: what was given is no such key (SG-TRUST-007).
        Conflict: it is another repository's than the one the node belongs to (SG-SEAL-019).
    """
    known = read_node_key(data)
    if given is None:
        return known
    told = read_key(given, "join", "trust")
    if known is None:
        known = WrittenKey("node", told.repository, told.anchor, chance.bytes(SEED_BYTES))
        write_secret(data / KEY_FILE, known.text)
    elif (known.repository, known.anchor) != (told.repository, told.anchor):
        raise Conflict(
            "replication.key is another repository's than the one this node belongs to. "
            f"key='{told.repository}' node='{known.repository}'",
            code=codes.KEY_UNSEALED,
            hint="give it the right key, or a data folder of its own",
        )
    return known


def open_sealed(
    bucket: Bucket,
    data: Path,
    *,
    given: str | None,
    name: str,
    clock: Clock,
    chance: Chance,
) -> Bucket:
    """The bucket as this node is to use it: sealed if it has a key, else as it is.

    Asks the bucket nothing yet.

    Raises:
        Invalid, Conflict, Denied, Damaged: as `settle_node_key` and `read_node_key`.
    """
    key = settle_node_key(data, given, chance)
    if key is None:
        return bucket
    keyring = Keyring(
        bucket,
        repository=key.repository,
        anchor=key.anchor,
        identity=Identity(key.seed),
        name=name,
        token=_token(given),
        memory=TrustFile(data / TRUST_FILE, Trust(repository=key.repository, anchor=key.anchor)),
        monotonic=clock.monotonic,
    )
    return SealedBucket(
        bucket,
        keyring,
        chance=chance.bytes,
        now_ms=clock.now_ms,
        orders=OrdersFile(data / ORDERS_FILE),
    )


def write_secret(path: Path, text: str) -> None:
    """Put a secret into a new file that only its owner reads, and have it on the disk.

    Raises:
        FileExistsError: it is there already.
        Unavailable: it cannot be written (SG-DATA-001).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(file, "w", encoding="ascii") as opened:
            opened.write(f"{text}\n")
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError:
        raise
    except OSError as cause:
        raise Unavailable(
            f"a key cannot be written. file={str(path)!r} reason={cause.strerror!r}",
            code="SG-DATA-001",
            hint="choose a folder that this user may write",
        ) from cause


class TrustFile:
    """Verified records, one a line; what was torn by a crash is read from the bucket again.

    Args:
        start: the trust before the first record, to tell whole records from torn ones.
    """

    def __init__(self, path: Path, start: Trust) -> None:
        self._path = path
        self._start = start

    def load(self) -> list[bytes]:
        """The records that follow each other; lines that do not are passed over."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        trust, records = self._start, []
        for line in lines:
            try:
                trust = trust.following(line)
            except Damaged:
                continue  # torn by a crash, or written by two processes at once
            records.append(line)
        return records

    def append(self, record: bytes) -> None:
        """One more, on the disk before anything is believed because of it."""
        with self._path.open("ab") as file:
            file.write(b"\n" + record + b"\n")  # a torn line must not spoil this one
            file.flush()
            os.fsync(file.fileno())


class OrdersFile:
    """How new the newest states were; a file that is lost or torn is begun anew.

    It is written whole beside the old one and put in its place, and need not be on the disk
    at once: it guards against an old application, not against a power cut.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, int]:
        """Order by key."""
        try:
            return read_json(self._path.read_bytes(), dict[str, int])
        except (OSError, Unreadable):
            return {}

    def save(self, orders: Mapping[str, int]) -> None:
        """All of them."""
        beside = self._path.with_suffix(".new")
        with suppress(OSError):  # a full disk must not keep anybody from reading
            beside.write_bytes(write_json(dict(orders)))
            beside.replace(self._path)


def _token(given: str | None) -> Identity | None:
    if given is None:
        return None
    key = read_key(given, "join", "trust")
    return Identity(key.seed) if key.kind == "join" else None
