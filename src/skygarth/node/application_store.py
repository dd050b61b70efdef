"""``app.json`` and its wheels in the bucket: published by an operator, read by nodes (BKT-8).

Wheels are blobs, put before the record that names them: whoever can read the
record finds them all. A node that has the cluster key believes only records
that the key has signed, and only wheels whose bytes hash to what the record says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from skygarth.bucket.port import Bucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import (
    ApplicationRecord,
    Wheel,
    decode_application,
    encode_application,
)
from skygarth.formats.wire import signed_part
from skygarth.model.errors import Damaged, Denied, NotFound

UNSIGNED = "SG-APP-002"
WHEEL_ALTERED = "SG-APP-003"
WHEEL_ABSENT = "SG-APP-004"


@dataclass(frozen=True, slots=True)
class Seal:
    """How records are signed and verified; the cluster key hands it in.

    Attributes:
        sign: the signature of some bytes, as text.
        verify: whether a signature is of these bytes, by a key that counts.
    """

    sign: Callable[[bytes], str]
    verify: Callable[[bytes, str], bool]


class ApplicationStore:
    """The application of one repository.

    Args:
        seal: signs and verifies; None where the cluster has no key, and records
            count as they are.
    """

    def __init__(self, bucket: Bucket, seal: Seal | None) -> None:
        self._bucket = bucket
        self._seal = seal
        self._known: tuple[str | None, ApplicationRecord | None] = (None, None)

    @property
    def is_sealed(self) -> bool:
        """Whether there is a key by which records are believed."""
        return self._seal is not None

    def read(self) -> ApplicationRecord | None:
        """The record as it stands; None if nothing was published.

        Raises:
            Damaged, Unsupported: it cannot be read.
            Denied: no key that counts has signed it (SG-APP-002).
            Unavailable: the bucket does not answer.
        """
        etag, known = self._known
        try:
            content = self._bucket.get_if_changed(keys.APPLICATION_KEY, etag)
        except NotFound:
            self._known = (None, None)
            return None
        if content is None:
            return known
        record = decode_application(content.body)
        self._refuse_unsigned(record, content.body)
        self._known = (content.etag, record)
        return record

    def publish(
        self, record: ApplicationRecord, wheels: Mapping[Wheel, bytes]
    ) -> ApplicationRecord:
        """Put the wheels, then the record that names them; the record as it was signed."""
        assert set(record.wheels) == set(wheels)
        for wheel, body in wheels.items():
            assert hashlib.sha256(body).hexdigest() == wheel.digest
            self._bucket.put_if_absent(keys.blob_key(wheel.digest), body)
        assert self._seal is not None or not wheels, "nobody would run unsigned wheels"
        if self._seal is not None:
            signature = self._seal.sign(signed_part(encode_application(record)))
            record = replace(record, signature=signature)
        self._bucket.put(keys.APPLICATION_KEY, encode_application(record))
        return record

    def fetch(self, wheel: Wheel) -> bytes:
        """The bytes of a wheel.

        Raises:
            Denied: there is no key by which anybody could tell whose it is (SG-APP-002).
            Damaged: they are not those that were published (SG-APP-003).
            NotFound: they are not in the bucket (SG-APP-004).
        """
        if self._seal is None:
            raise Denied(
                "the bucket carries an application, and this node has no cluster key to verify it",
                code=UNSIGNED,
                hint="give the node the cluster's key (`skygarth keys create` makes one), "
                "or name the application: skygarth run module:attribute",
            )
        try:
            body = self._bucket.get(keys.blob_key(wheel.digest)).body
        except NotFound as cause:
            raise NotFound(
                f"a wheel of the application is not in the bucket. wheel={wheel.name!r}",
                code=WHEEL_ABSENT,
                hint="publish the application again: skygarth app publish",
            ) from cause
        if len(body) != wheel.size or hashlib.sha256(body).hexdigest() != wheel.digest:
            raise Damaged(
                f"a wheel of the application is not the one that was published. "
                f"wheel={wheel.name!r}",
                code=WHEEL_ALTERED,
                hint="nothing of it was run; find out who can write to the bucket, "
                "then publish again: skygarth app publish",
            )
        return body

    def _refuse_unsigned(self, record: ApplicationRecord, body: bytes) -> None:
        if self._seal is None or self._seal.verify(signed_part(body), record.signature):
            return
        what = (
            "carries no signature" if not record.signature else "is not signed by the cluster key"
        )
        raise Denied(
            f"app.json {what}. version={record.version!r}",
            code=UNSIGNED,
            hint="publish it with the cluster key: skygarth app publish; "
            "if you did not publish it, find out who can write to the bucket",
        )
