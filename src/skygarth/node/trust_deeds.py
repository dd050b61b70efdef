"""What an admin does about trust: found, invite, admit, expel, rotate (SEA-7, SEA-8).

An admin needs nothing but his key and the bucket; no node has to run. Each deed is one
record in the log of trust, and nodes follow it within minutes.
"""

from __future__ import annotations

from collections.abc import Callable

from skygarth.bucket.keyring import Forgetful, Keyring
from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.formats import bucket_keys as keys
from skygarth.formats.hidden_names import HiddenWords
from skygarth.formats.principals import (
    EPOCH_SECRET_BYTES,
    SEED_BYTES,
    Identity,
    Principal,
    WrittenKey,
)
from skygarth.formats.records import (
    SEALED,
    RepositoryRecord,
    decode_repository,
    encode_record,
)
from skygarth.formats.trust import MemberNode, Trust, boxes_for, purpose_of
from skygarth.formats.trust_record import (
    Admit,
    Deed,
    Epoch,
    Expel,
    Found,
    Invite,
    Revoke,
    record_digest,
    write_record,
)
from skygarth.model.errors import Conflict, Denied, NotFound
from skygarth.model.position import Incarnation

NO_MEMBER = "SG-KEY-006"
NOT_EMPTY = "SG-KEY-007"
NO_ADMIN = "SG-KEY-008"


def plan_founding(chance: Chance) -> tuple[WrittenKey, bytes]:
    """The admin's key of a new repository, and the record of trust that it begins with."""
    repository = chance.bytes(16).hex()
    admin = Identity(chance.bytes(SEED_BYTES))
    secret = chance.bytes(EPOCH_SECRET_BYTES)
    boxes = {admin.id: admin.principal.wrap(secret, purpose_of(repository, 1))}
    record = write_record(
        Found(admin=admin.principal, boxes=boxes),
        repository=repository,
        number=1,
        previous="",
        by=admin.id,
        sign=admin.sign,
    )
    return WrittenKey("admin", repository, record_digest(record), admin.seed), record


def found(bucket: Bucket, key: WrittenKey, record: bytes) -> None:
    """Make an empty bucket a sealed repository.

    Raises:
        Conflict: the bucket is not empty (SG-KEY-007).
    """
    refuse_used(bucket)
    sealed = RepositoryRecord(key.repository, features=(SEALED,))
    if not bucket.put_if_absent(keys.trust_key(1), record):
        raise _used(keys.trust_key(1))
    bucket.put_if_absent(keys.REPOSITORY_KEY, encode_record(sealed))
    standing = bucket.get(keys.REPOSITORY_KEY).body
    if decode_repository(standing, has_key=True).repository != key.repository:
        raise _used(keys.REPOSITORY_KEY)


def refuse_used(bucket: Bucket) -> None:
    """Raise unless nothing of a repository stands in the bucket.

    Raises:
        Conflict: something does (SG-KEY-007).
    """
    prefixes = (keys.TRUST_PREFIX, keys.TAIL_PREFIX, keys.SNAPSHOT_PREFIX, keys.NODE_PREFIX)
    for prefix in (keys.REPOSITORY_KEY, *prefixes):
        for entry in bucket.list(prefix):
            raise _used(entry.key)


class TrustOffice:
    """An admin at work on one repository.

    Args:
        bucket: the bucket itself, unsealed.
    """

    def __init__(
        self, bucket: Bucket, key: WrittenKey, chance: Chance, monotonic: Callable[[], float]
    ) -> None:
        self._bucket = bucket
        self._key = key
        self._chance = chance
        self._admin = Identity(key.seed)
        self._keyring = Keyring(
            bucket,
            repository=key.repository,
            anchor=key.anchor,
            identity=self._admin,
            name="admin",
            token=None,
            memory=Forgetful(),
            monotonic=monotonic,
        )

    def trust(self) -> Trust:
        """What the log of trust says now."""
        return self._keyring.follow()

    def fault(self) -> str:
        """What is wrong with the record after the last that can be believed; "" if nothing is."""
        self.trust()
        return "" if self._keyring.fault is None else str(self._keyring.fault)

    def words(self) -> dict[str, str]:
        """What nodes and tokens are called, by id."""
        trust = self.trust()
        secrets = trust.secrets(self._admin)
        if 1 not in secrets:
            raise _no_admin(self._admin)
        words = HiddenWords(secrets[1])
        nodes = {each: words.shown(each, node.name) for each, node in trust.nodes.items()}
        tokens = {each: words.shown(each, token.note) for each, token in trust.tokens.items()}
        return nodes | tokens

    def invite(self, *, uses: int, note: str) -> WrittenKey:
        """A token that nodes join with.

        Args:
            uses: how many nodes it may admit; 0 for any number.
        """
        token = Identity(self._chance.bytes(SEED_BYTES))

        def deed(trust: Trust, secrets: dict[int, bytes]) -> Deed:
            boxes = boxes_for(trust, token.principal, secrets)
            hidden = HiddenWords(secrets[1]).hidden(token.id, note)
            return Invite(token=token.principal, uses=uses, note=hidden, boxes=boxes)

        self._do(deed)
        return WrittenKey("join", self._key.repository, self._key.anchor, token.seed)

    def revoke(self, token: str) -> str:
        """Let a token admit nobody any more; gives its whole id.

        Args:
            token: its id, or how it begins.
        """
        whole = _matching(self.trust().tokens, token, "token")

        def deed(trust: Trust, _: dict[int, bytes]) -> Deed:
            if trust.tokens[whole].is_revoked:
                raise Conflict(f"the token was revoked before. token='{whole}'", code=NO_MEMBER)
            return Revoke(token=whole)

        self._do(deed)
        return whole

    def admit(self, node: Principal, name: str) -> None:
        """Let a node take part."""

        def deed(trust: Trust, secrets: dict[int, bytes]) -> Deed:
            if node.id in trust.nodes:
                is_gone = trust.nodes[node.id].expelled_in
                raise Conflict(
                    f"this key {'was expelled' if is_gone else 'takes part already'}."
                    f" node='{node.id}'",
                    code=NO_MEMBER,
                    hint="a node that was expelled joins anew with a new key: remove node.key"
                    " from its data folder"
                    if is_gone
                    else "",
                )
            hidden = HiddenWords(secrets[1]).hidden(node.id, name)
            return Admit(node=node, name=hidden, boxes=boxes_for(trust, node, secrets))

        self._do(deed)

    def expel(self, which: str) -> MemberNode:
        """Let a node take part no more, and begin an epoch that it cannot read (SEA-8).

        What its logs hold now counts; whatever is added to them later does not. The token
        that it joined with is revoked, for it knows that too.

        Args:
            which: its id, or how that begins, or its name.
        """
        words, nodes = self.words(), self.trust().nodes
        named = [each for each, node in nodes.items() if words[each] == which and not _gone(node)]
        if len(named) > 1:
            raise _several(which, named)
        whole = named[0] if named else _matching(nodes, which, "node")

        token = self.trust().tokens.get(nodes[whole].by)
        if token is not None and token.is_open and not _gone(nodes[whole]):
            self.revoke(token.principal.id)

        def deed(trust: Trust, _: dict[int, bytes]) -> Deed:
            if trust.nodes[whole].expelled_in:
                raise Conflict(f"the node was expelled before. node='{whole}'", code=NO_MEMBER)
            logs = self._logs_of(trust.nodes[whole].principal)
            return Expel(node=whole, logs=logs, boxes=self._new_boxes(trust, without=whole))

        return self._do(deed).nodes[whole]

    def begin_epoch(self) -> int:
        """Seal with a new key from now on; gives the epoch's number (SEA-7)."""
        return self._do(lambda trust, _: Epoch(boxes=self._new_boxes(trust))).epochs

    def _do(self, deed: Callable[[Trust, dict[int, bytes]], Deed]) -> Trust:
        if self._admin.id not in self.trust().admins:
            raise _no_admin(self._admin)
        return self._keyring.add(deed, self._admin)

    def _new_boxes(self, trust: Trust, *, without: str = "") -> dict[str, str]:
        secret = self._chance.bytes(EPOCH_SECRET_BYTES)
        purpose = purpose_of(trust.repository, trust.epochs + 1)
        return {
            recipient.id: recipient.wrap(secret, purpose)
            for recipient in trust.recipients(without=without)
        }

    def _logs_of(self, node: Principal) -> dict[Incarnation, int]:
        heads: dict[Incarnation, int] = {}
        for entry in self._bucket.list(keys.TAIL_PREFIX):
            position = keys.parse_segment_key(entry.key)
            if position is not None and node.owns(position.incarnation):
                known = heads.get(position.incarnation, 0)
                heads[position.incarnation] = max(known, position.sequence)
        return heads


def _no_admin(identity: Identity) -> Denied:
    return Denied(
        f"this is no admin's key of this repository. admin='{identity.id}'",
        code=NO_ADMIN,
        hint="use the file that `skygarth keys found` wrote",
    )


def _gone(node: MemberNode) -> bool:
    return bool(node.expelled_in)


def _matching(known: object, which: str, kind: str) -> str:
    assert isinstance(known, dict)
    found = [identifier for identifier in known if which and identifier.startswith(which)]
    if len(found) > 1:
        raise _several(which, found)
    if not found:
        raise NotFound(
            f"there is no such {kind}. {kind}={which!r}",
            code=NO_MEMBER,
            hint="`skygarth keys list` shows them",
        )
    return str(found[0])


def _several(which: str, found: list[str]) -> Conflict:
    return Conflict(
        f"this may mean several. given={which!r} ids='{', '.join(found)}'",
        code=NO_MEMBER,
        hint="give the id",
    )


def _used(key: str) -> Conflict:
    return Conflict(
        f"the bucket is not empty: a sealed repository begins with nothing. found={key!r}",
        code=NOT_EMPTY,
        hint="give another bucket, or a prefix of its own in this one",
    )
