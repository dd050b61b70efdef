"""Who takes part in a sealed repository, as its records of trust tell (SEA-5, SEA-7, SEA-8).

A pure fold: `Trust.following` takes the next record, verifies that it is the next and that
who signed it may say what it says, and gives the trust after it. The same records give the
same answer on every node, whenever it reads them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from skygarth.formats import codes
from skygarth.formats.principals import Identity, Principal
from skygarth.formats.trust_record import (
    Admit,
    Boxes,
    Epoch,
    Expel,
    Found,
    Invite,
    Revoke,
    TrustRecord,
    bad_record,
    read_record,
    record_digest,
    refuse_unsigned,
)
from skygarth.model.errors import Damaged
from skygarth.model.position import SEQUENCE_DIGITS, Incarnation

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MemberNode:
    """A node that was admitted.

    Attributes:
        name: for people, hidden.
        admitted: number of the record that did.
        by: id of the admin or token that did.
        expelled_in: the epoch that its expulsion began; 0 while it takes part.
        logs: once expelled, the last segment that counts of each of its logs.
    """

    principal: Principal
    name: str
    admitted: int
    by: str
    expelled_in: int = 0
    logs: Mapping[Incarnation, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that nodes join with.

    Attributes:
        note: for people, hidden.
        uses: how many nodes it may admit; 0 for any number. `used`: how many it has.
        is_revoked: it admits nobody any more.
    """

    principal: Principal
    note: str
    uses: int
    used: int = 0
    is_revoked: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still admits nodes."""
        return not self.is_revoked and (not self.uses or self.used < self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the records through `number` say.

    Attributes:
        anchor: digest of the first record.
        digest: of the last one.
        epochs: how many there are; the last is what one seals with.
        boxes: by epoch, then by recipient: the epoch's secret for it.
    """

    repository: str
    anchor: str
    number: int = 0
    digest: str = ""
    epochs: int = 0
    admins: Mapping[str, Principal] = field(default_factory=dict, hash=False)
    nodes: Mapping[str, MemberNode] = field(default_factory=dict, hash=False)
    tokens: Mapping[str, Token] = field(default_factory=dict, hash=False)
    boxes: Mapping[int, Boxes] = field(default_factory=dict, hash=False)

    def following(self, body: bytes) -> Trust:
        """The trust after one more record.

        Raises:
            Damaged: it is not the next one, or may not be (SG-TRUST-001 to 005).
            Unsupported: a later version wrote it (SG-TRUST-006).
        """
        record = read_record(body)
        self._refuse_out_of_place(record, record_digest(body))
        refuse_unsigned(body, record, self._signer_of(record))
        after = self._after(record)
        digest = record_digest(body)
        return replace(after, number=record.number, digest=digest)

    def recipients(self, *, without: str = "") -> list[Principal]:
        """Whoever is given the secret of a new epoch: admins, nodes, open tokens."""
        nodes = [node.principal for node in self.nodes.values() if not node.expelled_in]
        tokens = [token.principal for token in self.tokens.values() if token.is_open]
        every = [*self.admins.values(), *nodes, *tokens]
        return [principal for principal in every if principal.id != without]

    def signer(self, identifier: str) -> Principal | None:
        """The admin or node of this id, expelled ones included; None for a stranger."""
        if identifier in self.admins:
            return self.admins[identifier]
        node = self.nodes.get(identifier)
        return None if node is None else node.principal

    def secrets(
        self, identity: Identity, *, known: Container[int] = frozenset()
    ) -> dict[int, bytes]:
        """The secrets that are there for somebody, by epoch, those that he knows left out.

        Raises:
            Damaged: one cannot be unwrapped (SG-TRUST-008).
        """
        return {
            epoch: identity.unwrap(boxes[identity.id], purpose_of(self.repository, epoch))
            for epoch, boxes in self.boxes.items()
            if identity.id in boxes and epoch not in known
        }

    # -- verifying ---------------------------------------------------------------------

    def _refuse_out_of_place(self, record: TrustRecord, digest: str) -> None:
        number = record.number
        if record.repository != self.repository:
            raise bad_record(number, "it is another repository's", codes.TRUST_CHAIN)
        if number != self.number + 1 or record.previous != self.digest:
            raise bad_record(number, "it does not follow the one before", codes.TRUST_CHAIN)
        if number == 1 and digest != self.anchor:
            raise bad_record(number, "it is not the one this key was made for", codes.TRUST_ANCHOR)

    def _signer_of(self, record: TrustRecord) -> Principal:
        """Who may have signed this deed: an admin, or an open token for its own node."""
        deed = record.deed
        if isinstance(deed, Found):
            signer: Principal | None = deed.admin
        elif isinstance(deed, Admit) and record.by in self.tokens:
            token = self.tokens[record.by]
            signer = token.principal if token.is_open else None
        else:
            signer = self.admins.get(record.by)
        if signer is None or signer.id != record.by:
            fault = f"who signed it may not do that. by='{record.by}'"
            raise bad_record(record.number, fault, codes.TRUST_SIGNATURE)
        return signer

    # -- folding -----------------------------------------------------------------------

    def _after(self, record: TrustRecord) -> Trust:
        match record.deed:
            case Found() as deed:
                if record.number != 1:
                    raise _impossible(record, "the repository has been founded already")
                return replace(
                    self, admins={deed.admin.id: deed.admin}, epochs=1, boxes={1: deed.boxes}
                )
            case Invite() as deed:
                self._refuse_known(record, deed.token)
                token = Token(deed.token, deed.note, deed.uses)
                tokens = {**self.tokens, deed.token.id: token}
                return replace(self, tokens=tokens, boxes=self._given(record, deed.token, deed))
            case Revoke() as deed:
                if deed.token not in self.tokens:
                    raise _impossible(record, "there is no such token")
                revoked = replace(self.tokens[deed.token], is_revoked=True)
                return replace(self, tokens={**self.tokens, deed.token: revoked})
            case Admit() as deed:
                return self._admitted(record, deed)
            case Expel() as deed:
                return self._expelled(record, deed)
            case Epoch() as deed:
                epoch = self.epochs + 1
                return replace(self, epochs=epoch, boxes={**self.boxes, epoch: deed.boxes})

    def _admitted(self, record: TrustRecord, deed: Admit) -> Trust:
        self._refuse_known(record, deed.node)
        node = MemberNode(deed.node, deed.name, record.number, record.by)
        tokens = dict(self.tokens)
        if record.by in tokens:
            tokens[record.by] = replace(tokens[record.by], used=tokens[record.by].used + 1)
        return replace(
            self,
            nodes={**self.nodes, deed.node.id: node},
            tokens=tokens,
            boxes=self._given(record, deed.node, deed),
        )

    def _expelled(self, record: TrustRecord, deed: Expel) -> Trust:
        node = self.nodes.get(deed.node)
        if node is None or node.expelled_in:
            raise _impossible(record, "there is no such node to expel")
        if deed.node in deed.boxes:
            raise _impossible(record, "who is expelled would get the new key")
        epoch = self.epochs + 1
        gone = replace(node, expelled_in=epoch, logs=deed.logs)
        return replace(
            self,
            nodes={**self.nodes, deed.node: gone},
            epochs=epoch,
            boxes={**self.boxes, epoch: deed.boxes},
        )

    def _given(
        self, record: TrustRecord, recipient: Principal, deed: Invite | Admit
    ) -> dict[int, Boxes]:
        """The boxes with those that a newcomer is given: one for each epoch there is."""
        if set(deed.boxes) != {epoch_text(epoch) for epoch in self.boxes}:
            raise _impossible(record, "it does not hand over the key of each epoch")
        return {
            epoch: {**boxes, recipient.id: deed.boxes[epoch_text(epoch)]}
            for epoch, boxes in self.boxes.items()
        }

    def _refuse_known(self, record: TrustRecord, newcomer: Principal) -> None:
        if newcomer.id in {**self.admins, **self.nodes, **self.tokens}:
            raise _impossible(record, f"this key takes part already. principal='{newcomer.id}'")


def purpose_of(repository: str, epoch: int) -> bytes:
    """What a box with an epoch's secret is for; it opens for nothing else."""
    return f"skygarth epoch\0{repository}\0{epoch}".encode()


def epoch_text(epoch: int) -> str:
    """An epoch as a member's name in JSON."""
    return f"{epoch:0{SEQUENCE_DIGITS}d}"


def boxes_for(trust: Trust, recipient: Principal, secrets: Mapping[int, bytes]) -> dict[str, str]:
    """The secret of every epoch, for a newcomer."""
    return {
        epoch_text(epoch): recipient.wrap(secrets[epoch], purpose_of(trust.repository, epoch))
        for epoch in trust.boxes
    }


def _impossible(record: TrustRecord, fault: str) -> Damaged:
    return bad_record(record.number, fault, codes.TRUST_DEED)
