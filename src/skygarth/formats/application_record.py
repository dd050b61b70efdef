"""``app.json``: which application the nodes of a repository run (BKT-8, BKT-9).

An operator publishes it; every node reads it. It may only name the components
and versions that a node must have, or also carry the application itself: wheels
among the blobs, named here by their hashes, and the entry that a node loads. A
signature by the cluster key covers all of it, so that whoever holds nothing but
the bucket can make no node run his code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import msgspec

from skygarth.formats import codes
from skygarth.formats.wire import Count, DigestText, Unreadable, read_json, write_json
from skygarth.model.errors import Damaged, Unsupported

FORMAT = 1
WHEELS_MAX = 200
WHEEL_BYTES_MAX = 256 << 20

ComponentText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_]{0,63}\Z")]
WheelText: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+!-]*\.whl\Z")
]
EntryText: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"\A([A-Za-z_][\w.]*(:[A-Za-z_]\w*)?)?\Z", max_length=200)
]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the application, kept as the blob with this SHA-256.

    Attributes:
        name: its file name, which tells packages and versions apart.
        size: bytes.
    """

    name: WheelText
    digest: DigestText
    size: Annotated[int, msgspec.Meta(ge=1, le=WHEEL_BYTES_MAX)]


@dataclass(frozen=True, slots=True)
class ApplicationRecord:
    """What nodes must have, and perhaps where they get it.

    Attributes:
        version: of the application, for people and for telling records apart.
        components: the versions that a node must have, by component, each as
            `PEP 440 <https://peps.python.org/pep-0440/#version-specifiers>`_ writes
            what it accepts: ``>=2,<3``; "" accepts any.
        entry: what a node loads from the wheels, as ``module:attribute``; "" if nodes
            bring the application themselves.
        wheels: in the order in which they were given.
        published_ms: when, by the publisher's clock.
        signature: by the cluster key over everything else; "" if there is no key.
    """

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    components: Mapping[ComponentText, str] = field(default_factory=dict, hash=False)
    entry: EntryText = ""
    wheels: Annotated[tuple[Wheel, ...], msgspec.Meta(max_length=WHEELS_MAX)] = ()
    published_ms: Count = 0
    format: Count = FORMAT
    signature: Annotated[str, msgspec.Meta(max_length=1000)] = ""

    def __post_init__(self) -> None:
        if self.wheels and not self.entry:
            raise ValueError("wheels without an entry")


def encode_application(record: ApplicationRecord) -> bytes:
    """The record as canonical JSON."""
    return write_json(record)


def decode_application(body: bytes) -> ApplicationRecord:
    """What the nodes of a repository run.

    Raises:
        Damaged: it cannot be read (SG-RECORD-001).
        Unsupported: a later version of Skygarth wrote it (SG-RECORD-003).
    """
    try:
        record = read_json(body, ApplicationRecord)
    except Unreadable as cause:
        raise Damaged(
            f"app.json cannot be read: {cause}",
            code=codes.RECORD,
            hint="publish the application again (skygarth app publish --help), or delete app.json"
            " if none was ever published",
        ) from cause
    if record.format > FORMAT:
        raise Unsupported(
            f"app.json is of a later version of Skygarth. format='{record.format}'",
            code=codes.APPLICATION_VERSION,
            hint="upgrade this node",
        )
    return record
