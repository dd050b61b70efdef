"""Every key of a bucket is made and parsed here (BKT-1).

::

    repo.json  app.json  hint         one each
    tail/<incarnation>-<sequence>     segments
    cat/<number>                      catalogs
    snap/<vector hash>/manifest       snapshots, by what they stand at
    chunk/<hh>/<sha256>               their parts, by content
    blob/<hh>/<sha256>                attachments, by content
    node/<incarnation>/card|ack|floor what a node says of itself
    claim/<name>-<number>             who does a chore at present
    keys/<number>                     who may take part in a sealed repository
    probe/…                           what a node tries a store out with

No name is the prefix of a sibling, and names of one kind have one width
(BKT-2): then every store, those that list folder by folder included, sorts and
pages them alike. Parsing gives None for whatever is none of ours, because a
bucket may hold what people and other programs put there (BKT-3).
"""

from __future__ import annotations

import re

from skygarth.model.position import INCARNATION_DIGITS, SEQUENCE_DIGITS, Incarnation, Position

REPOSITORY_KEY = "repo.json"
APPLICATION_KEY = "app.json"
HINT_KEY = "hint"

TAIL_PREFIX = "tail/"
CATALOG_PREFIX = "cat/"
SNAPSHOT_PREFIX = "snap/"
CHUNK_PREFIX = "chunk/"
BLOB_PREFIX = "blob/"
NODE_PREFIX = "node/"
CLAIM_PREFIX = "claim/"
TRUST_PREFIX = "keys/"
PROBE_PREFIX = "probe/"

NUMBER_MAX = 10**SEQUENCE_DIGITS - 1
CLAIM_WIDTH = 40

_INCARNATION = rf"([0-9a-f]{{{INCARNATION_DIGITS}}})"
_NUMBER = rf"([0-9]{{{SEQUENCE_DIGITS}}})"
_SHA256 = r"([0-9a-f]{64})"
_SEGMENT = re.compile(rf"tail/{_INCARNATION}-{_NUMBER}")
_TRUST = re.compile(rf"keys/{_NUMBER}")
_CATALOG = re.compile(rf"cat/{_NUMBER}")
_MANIFEST = re.compile(rf"snap/{_SHA256}/manifest")
_CHUNK = re.compile(rf"chunk/([0-9a-f]{{2}})/{_SHA256}")
_BLOB = re.compile(rf"blob/([0-9a-f]{{2}})/{_SHA256}")
_NODE = re.compile(rf"node/{_INCARNATION}/(card|ack|floor)")
_CLAIM = re.compile(rf"claim/([a-z0-9-]+)(_*)-{_NUMBER}")
_CLAIM_NAME = re.compile(r"[a-z0-9-]+")
_HEX = re.compile(r"[0-9a-f]+")


# -- segments -------------------------------------------------------------------------


def segment_key(position: Position) -> str:
    """Where a segment stands."""
    assert _is_hex(position.incarnation, INCARNATION_DIGITS)
    assert position.sequence <= NUMBER_MAX
    return f"{TAIL_PREFIX}{position.incarnation}-{position.sequence:0{SEQUENCE_DIGITS}d}"


def parse_segment_key(key: str) -> Position | None:
    """The position that a key names, or None."""
    found = _SEGMENT.fullmatch(key)
    if found is None or int(found[2]) < 1:
        return None
    return Position(Incarnation(found[1]), int(found[2]))


# -- catalogs and snapshots -----------------------------------------------------------


def catalog_key(number: int) -> str:
    """Where the catalog of this number stands; numbers begin at 1."""
    assert 1 <= number <= NUMBER_MAX
    return f"{CATALOG_PREFIX}{number:0{SEQUENCE_DIGITS}d}"


def parse_catalog_key(key: str) -> int | None:
    """The number of the catalog that a key names, or None."""
    found = _CATALOG.fullmatch(key)
    return int(found[1]) if found and int(found[1]) >= 1 else None


def manifest_key(vector_hash: str) -> str:
    """Where the manifest of the snapshot at a vector stands."""
    assert _is_hex(vector_hash, 64)
    return f"{SNAPSHOT_PREFIX}{vector_hash}/manifest"


def parse_manifest_key(key: str) -> str | None:
    """The hash of the vector whose manifest a key names, or None."""
    found = _MANIFEST.fullmatch(key)
    return found[1] if found else None


def chunk_key(digest: str) -> str:
    """Where the chunk with this SHA-256 stands."""
    return _by_content(CHUNK_PREFIX, digest)


def parse_chunk_key(key: str) -> str | None:
    """The SHA-256 of the chunk that a key names, or None."""
    return _content_of(_CHUNK, key)


def blob_key(digest: str) -> str:
    """Where the attachment with this SHA-256 stands."""
    return _by_content(BLOB_PREFIX, digest)


def parse_blob_key(key: str) -> str | None:
    """The SHA-256 of the attachment that a key names, or None."""
    return _content_of(_BLOB, key)


# -- nodes ----------------------------------------------------------------------------


def card_key(incarnation: Incarnation) -> str:
    """Where a node says who and where it is."""
    return _node_key(incarnation, "card")


def ack_key(incarnation: Incarnation) -> str:
    """Where a node says what it has applied."""
    return _node_key(incarnation, "ack")


def floor_key(incarnation: Incarnation) -> str:
    """Where the lowest sequence of a log that is kept stands."""
    return _node_key(incarnation, "floor")


def parse_card_key(key: str) -> Incarnation | None:
    """Whose card a key names, or None."""
    return _parse_node_key(key, "card")


def parse_ack_key(key: str) -> Incarnation | None:
    """Whose ack a key names, or None."""
    return _parse_node_key(key, "ack")


def parse_floor_key(key: str) -> Incarnation | None:
    """Whose floor a key names, or None."""
    return _parse_node_key(key, "floor")


# -- claims ---------------------------------------------------------------------------


def claim_key(name: str, number: int) -> str:
    """Where a claim on a chore stands; padded, so that no claim begins another's key.

    `name` is 1 to 40 of ``a-z``, ``0-9`` and ``-``; `number` is the fencing number.
    """
    assert _CLAIM_NAME.fullmatch(name)
    assert len(name) <= CLAIM_WIDTH
    assert 1 <= number <= NUMBER_MAX
    return f"{CLAIM_PREFIX}{name.ljust(CLAIM_WIDTH, '_')}-{number:0{SEQUENCE_DIGITS}d}"


def parse_claim_key(key: str) -> tuple[str, int] | None:
    """The chore that a key claims and the fencing number, or None."""
    found = _CLAIM.fullmatch(key)
    if found is None or len(found[1]) + len(found[2]) != CLAIM_WIDTH or int(found[3]) < 1:
        return None
    return found[1], int(found[3])


# -- trust ----------------------------------------------------------------------------


def trust_key(number: int) -> str:
    """Where the record of trust of this number stands; numbers begin at 1."""
    assert 1 <= number <= NUMBER_MAX
    return f"{TRUST_PREFIX}{number:0{SEQUENCE_DIGITS}d}"


def parse_trust_key(key: str) -> int | None:
    """The number of the record of trust that a key names, or None."""
    found = _TRUST.fullmatch(key)
    return int(found[1]) if found and int(found[1]) >= 1 else None


def parse_node_key(key: str) -> Incarnation | None:
    """Whose card, ack or floor a key names, or None."""
    found = _NODE.fullmatch(key)
    return Incarnation(found[1]) if found else None


def _by_content(prefix: str, digest: str) -> str:
    assert _is_hex(digest, 64)
    return f"{prefix}{digest[:2]}/{digest}"


def _content_of(pattern: re.Pattern[str], key: str) -> str | None:
    found = pattern.fullmatch(key)
    return found[2] if found and found[2].startswith(found[1]) else None


def _node_key(incarnation: Incarnation, part: str) -> str:
    assert _is_hex(incarnation, INCARNATION_DIGITS)
    return f"{NODE_PREFIX}{incarnation}/{part}"


def _parse_node_key(key: str, part: str) -> Incarnation | None:
    found = _NODE.fullmatch(key)
    return Incarnation(found[1]) if found and found[2] == part else None


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and _HEX.fullmatch(text) is not None
