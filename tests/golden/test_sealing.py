"""What was sealed once is opened by every version that follows.

Boxes are made with chance that is not handed in (HPKE makes its own), so the records of
trust are not made again and compared, but read.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.formats.hidden_names import HiddenNames, HiddenWords
from skygarth.formats.principals import Identity
from skygarth.formats.sealing import SealHeader, read_sealed, seal
from skygarth.formats.trust import Trust, boxes_for, purpose_of
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

STORED = Path(__file__).parent / "v1"
REPOSITORY = "0f" * 16
SECRETS = {1: b"1" * 32, 2: b"2" * 32, 3: b"3" * 32}
ADMIN, NODE, TOKEN, GONE = (Identity(letter * 32) for letter in (b"r", b"n", b"t", b"g"))
NODE_LOG = NODE.principal.incarnation(bytes(range(8)))
GONE_LOG = GONE.principal.incarnation(bytes(range(8)))
KEY = f"tail/{NODE_LOG}-0000000000000001"
PLAIN = b"a plain object"
RECORDS = 7
WORDS = HiddenWords(SECRETS[1])


def _sealed() -> bytes:
    return seal(
        PLAIN,
        key=KEY,
        repository=REPOSITORY,
        epoch=2,
        secret=SECRETS[2],
        signer=NODE.id,
        sign=NODE.sign,
        chance=bytes(16),
    )


def _write_trust() -> None:
    """A log with one deed of each kind."""
    trust: Trust | None = None

    def add(deed: Deed, by: Identity = ADMIN) -> Trust:
        number = 1 if trust is None else trust.number + 1
        body = write_record(
            deed,
            repository=REPOSITORY,
            number=number,
            previous="" if trust is None else trust.digest,
            by=by.id,
            sign=by.sign,
        )
        (STORED / f"trust-{number}.json").write_bytes(body)
        before = trust or Trust(repository=REPOSITORY, anchor=record_digest(body))
        return before.following(body)

    def boxes(epoch: int, *recipients: Identity) -> dict[str, str]:
        purpose = purpose_of(REPOSITORY, epoch)
        return {each.id: each.principal.wrap(SECRETS[epoch], purpose) for each in recipients}

    trust = add(Found(admin=ADMIN.principal, boxes=boxes(1, ADMIN)))
    handed = boxes_for(trust, TOKEN.principal, SECRETS)
    trust = add(
        Invite(token=TOKEN.principal, uses=0, note=WORDS.hidden(TOKEN.id, "web"), boxes=handed)
    )
    for node, by in ((NODE, TOKEN), (GONE, ADMIN)):
        handed = boxes_for(trust, node.principal, SECRETS)
        trust = add(Admit(node=node.principal, name=WORDS.hidden(node.id, "n"), boxes=handed), by)
    trust = add(Epoch(boxes=boxes(2, ADMIN, NODE, GONE, TOKEN)))
    trust = add(Revoke(token=TOKEN.id))
    add(Expel(node=GONE.id, logs={GONE_LOG: 4}, boxes=boxes(3, ADMIN, NODE)))


@pytest.fixture(autouse=True)
def _stored(rewrite: bool) -> None:
    """Write the golden files where that was asked for."""
    if rewrite:
        (STORED / "sealed.bin").write_bytes(_sealed())
        _write_trust()


def test_a_sealed_object_of_old_is_opened() -> None:
    """Its header is read and its seal opens (SEA-3)."""
    found = read_sealed((STORED / "sealed.bin").read_bytes(), key=KEY, repository=REPOSITORY)
    found.refuse_forged(NODE.principal)

    assert found.open(SECRETS[2]) == PLAIN
    assert found.header == SealHeader(
        epoch=2,
        key=KEY,
        order=0,
        repository=REPOSITORY,
        salt=found.header.salt,
        signer=NODE.id,
    )


def test_the_same_is_sealed_to_the_same_bytes() -> None:
    """Given the same chance: nothing else may enter."""
    assert (STORED / "sealed.bin").read_bytes() == _sealed()


def test_a_log_of_trust_of_old_is_followed() -> None:
    """Each kind of deed means what it meant (SEA-5)."""
    bodies = [(STORED / f"trust-{n}.json").read_bytes() for n in range(1, RECORDS + 1)]
    trust = Trust(repository=REPOSITORY, anchor=record_digest(bodies[0]))
    for body in bodies:
        trust = trust.following(body)

    assert trust.secrets(NODE) == SECRETS
    assert trust.secrets(GONE) == {1: SECRETS[1], 2: SECRETS[2]}
    assert trust.nodes[GONE.id].logs == {GONE_LOG: 4}
    assert trust.tokens[TOKEN.id].used == 1
    assert trust.tokens[TOKEN.id].is_revoked
    assert WORDS.shown(TOKEN.id, trust.tokens[TOKEN.id].note) == "web"


def test_names_of_old_are_found() -> None:
    """Chunks that older snapshots share stand where they stood (SEA-10)."""
    hidden = HiddenNames(SECRETS[1]).hidden("chunk/ab/" + "ab" * 32)

    assert hidden == "chunk/32/324d8544ba9ea944d9f43f082a0a555a1f6e3cac5dbb8ff1666133eac3a845c0"
