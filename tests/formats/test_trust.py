"""Trust, folded from records: who may do what, and who holds which secret."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from skygarth.formats.principals import Identity, Principal
from skygarth.formats.trust import Trust, boxes_for, epoch_text, purpose_of
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
from skygarth.model.errors import Damaged
from skygarth.model.position import Incarnation

REPOSITORY = "0f" * 16
ADMIN, TOKEN, A, B, STRANGER = (Identity(letter * 32) for letter in (b"r", b"t", b"a", b"b", b"x"))
HIDDEN = "00" * 17
FIRST, SECOND = b"1" * 32, b"2" * 32


def _boxes(*recipients: Identity, epoch: int, secret: bytes) -> dict[str, str]:
    purpose = purpose_of(REPOSITORY, epoch)
    return {each.id: each.principal.wrap(secret, purpose) for each in recipients}


FOUNDING = write_record(
    Found(admin=ADMIN.principal, boxes=_boxes(ADMIN, epoch=1, secret=FIRST)),
    repository=REPOSITORY,
    number=1,
    previous="",
    by=ADMIN.id,
    sign=ADMIN.sign,
)


@dataclass
class History:
    """A log of trust that grows."""

    trust: Trust = field(
        default_factory=lambda: Trust(
            repository=REPOSITORY, anchor=record_digest(FOUNDING)
        ).following(FOUNDING)
    )

    def add(self, deed: Deed, by: Identity = ADMIN, **changes: str | int) -> Trust:
        """One more deed; what the record says of its place can be changed."""
        place: dict[str, str | int] = {
            "repository": REPOSITORY,
            "number": self.trust.number + 1,
            "previous": self.trust.digest,
            **changes,
        }
        body = write_record(deed, by=by.id, sign=by.sign, **place)  # type: ignore[arg-type]
        self.trust = self.trust.following(body)
        return self.trust

    def handed(self, who: Principal) -> dict[str, str]:
        """Every epoch's secret for a newcomer, as the admin has them."""
        return boxes_for(self.trust, who, self.trust.secrets(ADMIN))

    def admit(self, node: Identity, by: Identity = ADMIN) -> Trust:
        """Admit a node."""
        deed = Admit(node=node.principal, name=HIDDEN, boxes=self.handed(node.principal))
        return self.add(deed, by)

    def invite(self, uses: int = 0) -> Trust:
        """Make `TOKEN` a token."""
        boxes = self.handed(TOKEN.principal)
        return self.add(Invite(token=TOKEN.principal, uses=uses, note=HIDDEN, boxes=boxes))

    def expel(self, node: Identity, to: tuple[Identity, ...] = (ADMIN,)) -> Trust:
        """Expel a node whose log `a1…` counts through 5."""
        boxes = _boxes(*to, epoch=self.trust.epochs + 1, secret=SECOND)
        logs = {Incarnation("a1" * 16): 5}
        return self.add(Expel(node=node.id, logs=logs, boxes=boxes))


def test_a_newcomer_is_handed_every_secret() -> None:
    """What was sealed before it came can be read (SEA-7)."""
    history = History()
    history.add(Epoch(boxes=_boxes(ADMIN, epoch=2, secret=SECOND)))
    trust = history.admit(A)

    assert trust.secrets(A) == {1: FIRST, 2: SECOND}
    assert trust.secrets(A, known={1}) == {2: SECOND}
    assert trust.secrets(STRANGER) == {}


def test_a_token_admits_as_many_as_it_may() -> None:
    """The order of the log decides who was the last (SEA-7)."""
    history = History()
    history.invite(uses=1)
    trust = history.admit(A, by=TOKEN)

    assert not trust.tokens[TOKEN.id].is_open
    with pytest.raises(Damaged) as caught:
        history.admit(B, by=TOKEN)

    assert caught.value.code == "SG-TRUST-003"
    assert trust.nodes.keys() == {A.id}


def test_a_revoked_token_admits_nobody() -> None:
    """Those whom it admitted stay (SEA-7)."""
    history = History()
    history.invite()
    history.admit(A, by=TOKEN)
    history.add(Revoke(token=TOKEN.id))
    with pytest.raises(Damaged):
        history.admit(B, by=TOKEN)

    assert history.trust.signer(A.id) == A.principal


def test_an_expelled_node_gets_no_new_secret() -> None:
    """It is a signer still, of what counted before (SEA-8)."""
    history = History()
    history.admit(A)
    history.admit(B)
    trust = history.expel(A, to=(ADMIN, B))

    assert trust.secrets(A) == {1: FIRST}
    assert trust.secrets(B) == {1: FIRST, 2: SECOND}
    assert trust.nodes[A.id].expelled_in == 2
    assert trust.nodes[A.id].logs == {Incarnation("a1" * 16): 5}
    assert [each.id for each in trust.recipients()] == [ADMIN.id, B.id]
    assert [each.id for each in trust.recipients(without=B.id)] == [ADMIN.id]


@pytest.mark.parametrize("by", [A, TOKEN, STRANGER])
def test_only_an_admin_does_what_admins_do(by: Identity) -> None:
    """Nodes, tokens and strangers neither invite, nor revoke, expel or begin epochs (SEA-7)."""
    history = History()
    history.admit(A)
    history.invite()
    boxes = _boxes(ADMIN, epoch=2, secret=SECOND)
    deeds: tuple[Deed, ...] = (
        Epoch(boxes=boxes),
        Expel(node=A.id, logs={}, boxes=boxes),
        Revoke(token=TOKEN.id),
        Invite(token=B.principal, uses=0, note=HIDDEN, boxes=history.handed(B.principal)),
    )
    for deed in deeds:
        with pytest.raises(Damaged) as caught:
            history.add(deed, by)

        assert caught.value.code == "SG-TRUST-003"


def test_a_node_admits_nobody() -> None:
    """Only admins and tokens do (SEA-7)."""
    history = History()
    history.admit(A)
    with pytest.raises(Damaged) as caught:
        history.admit(B, by=A)

    assert caught.value.code == "SG-TRUST-003"


@pytest.mark.parametrize(
    "place", [{"number": 3}, {"previous": "ab" * 32}, {"repository": "1f" * 16}, {"number": 1}]
)
def test_a_record_out_of_place_is_refused(place: dict[str, str | int]) -> None:
    """Swapped, skipped or another repository's: the chain does not hold it (SEA-5)."""
    with pytest.raises(Damaged) as caught:
        History().add(Epoch(boxes={}), ADMIN, **place)

    assert caught.value.code == "SG-TRUST-002"


def test_a_log_that_another_admin_began_is_refused() -> None:
    """The anchor, known from the key, tells which log is meant (SEA-5)."""
    mallory = write_record(
        Found(admin=STRANGER.principal, boxes=_boxes(STRANGER, epoch=1, secret=FIRST)),
        repository=REPOSITORY,
        number=1,
        previous="",
        by=STRANGER.id,
        sign=STRANGER.sign,
    )
    with pytest.raises(Damaged) as caught:
        Trust(repository=REPOSITORY, anchor=record_digest(FOUNDING)).following(mallory)

    assert caught.value.code == "SG-TRUST-004"


def test_impossible_deeds_are_refused() -> None:
    """Signed by an admin or not: what makes no sense changes nothing (SEA-5)."""
    history = History()
    history.admit(A)
    boxes = _boxes(ADMIN, A, epoch=2, secret=SECOND)
    handed = history.handed(B.principal)
    deeds: tuple[Deed, ...] = (
        Expel(node=B.id, logs={}, boxes=boxes),
        Expel(node=A.id, logs={}, boxes=boxes),
        Revoke(token=B.id),
        Admit(node=A.principal, name=HIDDEN, boxes=history.handed(A.principal)),
        Admit(node=B.principal, name=HIDDEN, boxes={}),
        Admit(node=B.principal, name=HIDDEN, boxes={**handed, epoch_text(2): "00" * 80}),
        Found(admin=ADMIN.principal, boxes=boxes),
    )
    for deed in deeds:
        with pytest.raises(Damaged) as caught:
            history.add(deed)

        assert caught.value.code == "SG-TRUST-005"
    assert history.trust.number == 2
