"""The keys by which one node seals and opens: read from the bucket's log of trust (SEA-5).

The log is read once at the first request and then followed, one small GET every few
minutes; earlier if an object comes from a signer or an epoch that is not known yet. What
was read is remembered beside the database. So nobody can put an earlier log back unseen,
a node starts while its bucket is away, and a log that somebody deleted is put back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from skygarth.bucket.codes import NO_KEY
from skygarth.bucket.port import Bucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats import codes
from skygarth.formats.hidden_names import HiddenNames, HiddenWords
from skygarth.formats.principals import Identity, write_request
from skygarth.formats.sealing import SealHeader, damaged
from skygarth.formats.trust import MemberNode, Trust, boxes_for
from skygarth.formats.trust_record import Admit, Deed, bad_record, write_record
from skygarth.model.errors import Conflict, Damaged, Denied, NotFound, Unavailable

FOLLOW_SECONDS = 300.0
TRIES = 20


class TrustMemory(Protocol):
    """Remembers the records of trust that were verified, across restarts."""

    def load(self) -> list[bytes]:
        """All of them, in order."""
        ...

    def append(self, record: bytes) -> None:
        """One more."""
        ...


class Forgetful:
    """Remembers until the process ends: for commands of an admin."""

    def __init__(self) -> None:
        self._records: list[bytes] = []

    def load(self) -> list[bytes]:
        """All of them, in order."""
        return list(self._records)

    def append(self, record: bytes) -> None:
        """One more."""
        self._records.append(record)


class Keyring:
    """Threads may share one.

    Args:
        bucket: the bucket itself, where records of trust lie unsealed.
        repository: id of the repository for which the key was made.
        anchor: digest of its first record of trust, known from the key.
        identity: who seals and opens.
        name: what the node is called, for people.
        token: lets this node admit itself; None if an admin has to.
        memory: of verified records.
        monotonic: seconds.
    """

    def __init__(
        self,
        bucket: Bucket,
        *,
        repository: str,
        anchor: str,
        identity: Identity,
        name: str,
        token: Identity | None,
        memory: TrustMemory,
        monotonic: Callable[[], float],
    ) -> None:
        self._bucket = bucket
        self._name = name
        self._token = token
        self._memory = memory
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._records: list[bytes] = []
        self._secrets: dict[int, bytes] = {}
        self._followed_at = float("-inf")
        self._is_checked = False
        self._names: HiddenNames | None = None
        self.repository = repository
        self.identity = identity
        self.trust = Trust(repository=repository, anchor=anchor)
        self.fault: Damaged | None = None

    # -- what is asked of it -------------------------------------------------------------

    def newest(self) -> tuple[int, bytes]:
        """The epoch to seal with, and its secret.

        Raises:
            Denied: this identity does not take part (SG-SEAL-016 to 018).
        """
        self._be_admitted()
        return self.trust.epochs, self._secrets[self.trust.epochs]

    def secret(self, key: str, epoch: int) -> bytes:
        """The secret of an epoch, to open what stands at `key`.

        Raises:
            Damaged: there is no such epoch, or not for this identity (SG-SEAL-013).
            Denied: this identity does not take part.
        """
        self._be_admitted()
        if epoch not in self._secrets:
            self._follow(at_once=True)
        if epoch not in self._secrets:
            raise damaged(key, f"nobody gave us the key of epoch {epoch}", codes.SEAL_EPOCH)
        return self._secrets[epoch]

    def names(self) -> HiddenNames:
        """How keys by content are hidden. Raises Denied as `newest` does."""
        self._be_admitted()
        if self._names is None:
            self._names = HiddenNames(self._secrets[1])
        return self._names

    def member(self, header: SealHeader) -> MemberNode | None:
        """The node that signed an object; None for an admin.

        Raises:
            Damaged: it is a stranger (SG-SEAL-010).
        """
        if self.trust.signer(header.signer) is None:
            self._follow(at_once=True)
        if self.trust.signer(header.signer) is None:
            fault = f"nobody has admitted who signed it. signer='{header.signer}'"
            raise damaged(header.key, fault, codes.SEAL_SIGNER)
        return self.trust.nodes.get(header.signer)

    def follow(self) -> Trust:
        """Read what is new in the log of trust, now.

        Raises:
            NotFound: the bucket has none (SG-SEAL-020).
            Damaged: it is not the one that this key was made for, or was altered.
        """
        self._follow(at_once=True)
        return self.trust

    def add(self, make: Callable[[Trust, dict[int, bytes]], Deed], signer: Identity) -> Trust:
        """Add a deed to the log of trust; made anew if somebody else's came first.

        Args:
            make: the deed, by the trust and the secrets as they are then; raises if it is
                not to be done any more.
            signer: who signs it.
        """
        for _ in range(TRIES):
            trust = self.follow()
            deed = make(trust, trust.secrets(signer))
            body = write_record(
                deed,
                repository=trust.repository,
                number=trust.number + 1,
                previous=trust.digest,
                by=signer.id,
                sign=signer.sign,
            )
            trust.following(body)  # what nobody would believe is not written
            if self.fault is not None and signer.id in trust.admins:
                self._bucket.put(keys.trust_key(trust.number + 1), body)  # over rubbish
                return self.follow()
            if self._bucket.put_if_absent(keys.trust_key(trust.number + 1), body):
                return self.follow()
            if self._found(trust.number + 1) == body:
                return self.follow()  # an earlier try's own, whose answer was lost
            if self.follow().number == trust.number:
                raise self.fault or bad_record(
                    trust.number + 1, "its place is taken", codes.TRUST_CHAIN
                )
        raise Unavailable(
            "the log of trust changes too often", code=codes.TRUST_CHAIN, hint="try again later"
        )

    def put_back(self) -> None:
        """Write the records that the bucket has lost; anybody may, for they are signed (SEA-5)."""
        with self._lock:
            for number, record in enumerate(self._records, start=1):
                self._bucket.put_if_absent(keys.trust_key(number), record)

    # -- following -----------------------------------------------------------------------

    def _be_admitted(self) -> None:
        """Raise unless this identity takes part; with a token it admits itself."""
        with self._lock:
            self._follow(at_once=False)
            identifier = self.identity.id
            if identifier in self.trust.admins:
                return
            node = self.trust.nodes.get(identifier)
            if node is None and self._token is not None:
                self.add(self._own_admission, self._token)
                node = self.trust.nodes.get(identifier)
            if node is None:
                self._follow(at_once=True)
                node = self.trust.nodes.get(identifier)
            if node is None:
                raise _unadmitted(self.identity)
            if node.expelled_in:
                raise Denied(
                    f"this node was expelled from the repository. node='{identifier}'",
                    code=codes.KEY_EXPELLED,
                    hint="if that was a mistake: stop it, remove node.key from its data folder,"
                    " and let it join anew with a token",
                )

    def _own_admission(self, trust: Trust, secrets: dict[int, bytes]) -> Admit:
        assert self._token is not None
        token = trust.tokens.get(self._token.id)
        if token is None or not token.is_open:
            raise Denied(
                f"the token admits nobody{' any more' if token else ''}. token='{self._token.id}'",
                code=codes.KEY_CLOSED,
                hint="an admin makes another one: `skygarth keys invite`",
            )
        newcomer = self.identity.principal
        name = HiddenWords(secrets[1]).hidden(newcomer.id, self._name)
        return Admit(node=newcomer, name=name, boxes=boxes_for(trust, newcomer, secrets))

    def _follow(self, *, at_once: bool) -> None:
        with self._lock:
            if not self._records:
                self._remember()
            now = self._monotonic()
            if not at_once and self._is_checked and now - self._followed_at < FOLLOW_SECONDS:
                return
            try:
                if not self._is_checked:
                    self._refuse_another_log()
                while self._read_next():
                    pass
            except Unavailable:
                if not self._records:
                    raise  # what is remembered serves while the bucket is away
            self._followed_at = now
            if not self.trust.number:
                raise self.fault or _no_log(self.repository)

    def _remember(self) -> None:
        for record in self._memory.load():
            self._take(record)

    def _refuse_another_log(self) -> None:
        """The last record that is remembered must be the bucket's; a lost one is put back."""
        if self._records:
            number = len(self._records)
            found = self._found(number)
            if found is None:
                self.put_back()
            elif found != self._records[-1]:
                fault = "the bucket has another one than this node has seen"
                raise bad_record(number, fault, codes.TRUST_ANCHOR)
        self._is_checked = True

    def _read_next(self) -> bool:
        record = self._found(self.trust.number + 1)
        if record is None:
            self.fault = None
            return False
        try:
            self._take(record)
        except Damaged as fault:
            # Whoever writes to the bucket can put rubbish there; what is known goes on.
            self.fault = fault
            return False
        self._memory.append(record)
        return True

    def _found(self, number: int) -> bytes | None:
        try:
            return self._bucket.get(keys.trust_key(number)).body
        except NotFound as absent:
            if absent.code != NO_KEY:
                raise
            return None

    def _take(self, record: bytes) -> None:
        trust = self.trust.following(record)
        given = trust.secrets(self.identity, known=self._secrets)
        self._records.append(record)
        self._secrets = {**self._secrets, **given}
        self.trust = trust


def _unadmitted(identity: Identity) -> Denied:
    request = write_request(identity.principal)
    return Denied(
        f"no admin has admitted this node yet. node='{identity.id}'",
        code=codes.KEY_UNADMITTED,
        hint=f"have an admin run `skygarth keys admit {request}`; this node looks again by itself",
    )


def _no_log(repository: str) -> Conflict:
    return Conflict(
        "the bucket holds no sealed repository, and this node has the key of one."
        f" repository='{repository}'",
        code=codes.KEY_EMPTY,
        hint="point it at the right bucket; `skygarth keys found` makes a sealed repository,"
        " and `skygarth sync refill` fills a bucket that was emptied",
    )
