"""Which application a node runs: the one it was given, the bucket's, or the sample.

A node that is given none looks into its bucket. What it finds there it installs
below its data folder and remembers, so that it starts again while the bucket is
away, and keeps the version that worked if a newer one does not load.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from skygarth.assembly.application import Application, load_application, sample_application
from skygarth.assembly.application_wheels import folder_of, install_application, try_application
from skygarth.bucket.port import Bucket
from skygarth.formats.application_record import (
    ApplicationRecord,
    decode_application,
    encode_application,
)
from skygarth.model.errors import Damaged, Denied, SkygarthError, Unavailable, Unsupported
from skygarth.node.application_store import ApplicationStore, Seal
from skygarth.node.cluster_key import ClusterKeys

ANSWER_SECONDS = 5.0
_REMEMBERED = Path("applications") / "running.json"
_log = structlog.get_logger("skygarth.application")


def application_store(bucket: Bucket, keys: ClusterKeys) -> ApplicationStore:
    """The application in a bucket, believed by the cluster's keys."""
    signer = keys.signer("application")
    return ApplicationStore(bucket, Seal(signer.sign, signer.verify) if signer else None)


@dataclass(frozen=True, slots=True)
class ChosenApplication:
    """An application and where it came from.

    Attributes:
        record: the bucket's record that it was installed from; None if it did not come from there.
    """

    application: Application
    record: ApplicationRecord | None = None


def choose_application(
    name: str | None, open_store: Callable[[], ApplicationStore], data: Path
) -> ChosenApplication:
    """The application that a node is to run.

    Args:
        name: what the operator named, ``module:attribute``; None to look into the bucket.
        open_store: gives the bucket's application; not called where a name is given.
        data: the node's data folder.

    Raises:
        Invalid: what was named, or what the bucket carries, does not load, and no
            earlier one is remembered.
        Damaged, Denied, Unsupported: a wheel is not to be believed, and no earlier
            application is remembered.
    """
    if name is not None:
        return ChosenApplication(load_application(name))
    remembered = _remembered(data)
    try:
        store = open_store()
        record = _soon(store.read) or remembered  # an emptied bucket takes no application away
    except (Unavailable, Damaged, Denied, Unsupported) as fault:
        # A node serves without its bucket (I1), and nobody may keep nodes from starting by
        # spoiling one object. What the record asks for is held to once it can be read; where
        # that never was, the node takes no traffic before (`ApplicationWatch`).
        return _what_ran(remembered, data, fault) or _sample_in_spite_of(fault)
    if record is None or not record.wheels:
        return ChosenApplication(sample_application())
    try:
        folder = install_application(record, store, data)
        if record != remembered:
            try_application(record.entry, folder)
    except SkygarthError as fault:
        chosen = _what_ran(remembered, data, fault)
        if chosen is None and isinstance(fault, Unavailable):
            chosen = _sample_in_spite_of(fault)
        if chosen is None:
            raise
        return chosen
    return _loaded(record, data)


def _loaded(record: ApplicationRecord, data: Path) -> ChosenApplication:
    """An application that is installed; from now on it is the one that ran last."""
    application = load_application(record.entry, folder=folder_of(record, data))
    _remember(record, data)
    return ChosenApplication(application, record)


def _what_ran(
    remembered: ApplicationRecord | None, data: Path, fault: SkygarthError
) -> ChosenApplication | None:
    """The application that ran last, if any did."""
    if remembered is None:
        return None
    _log.warning(
        "the bucket's application cannot be followed: the one that ran last runs on",
        version=remembered.version,
        reason=f"{fault.code}: {fault}",
        fix=fault.hint,
    )
    return _loaded(remembered, data)


def _sample_in_spite_of(fault: SkygarthError) -> ChosenApplication:
    _log.warning(
        "what the bucket asks for is not known: the sample runs",
        reason=f"{fault.code}: {fault}",
        fix=fault.hint,
    )
    return ChosenApplication(sample_application())


def _soon(read: Callable[[], ApplicationRecord | None]) -> ApplicationRecord | None:
    """What is read, if the bucket answers soon: a start does not wait for all its retries.

    Raises:
        Unavailable: it does not.
        SkygarthError: as `read`.
    """
    answers: queue.SimpleQueue[ApplicationRecord | SkygarthError | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(read())
        except SkygarthError as fault:
            answers.put(fault)

    threading.Thread(target=ask, name="skygarth-application", daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        raise Unavailable(
            f"the bucket did not answer within {ANSWER_SECONDS:g} s", hint="the node starts alone"
        ) from None
    if isinstance(answer, SkygarthError):
        raise answer
    return answer


def _remembered(data: Path) -> ApplicationRecord | None:
    """What this node ran last, if it is still installed."""
    try:
        record = decode_application((data / _REMEMBERED).read_bytes())
    except (OSError, Damaged, Unsupported):
        return None
    return record if folder_of(record, data).is_dir() else None


def _remember(record: ApplicationRecord, data: Path) -> None:
    """Note what runs here; a note that is lost only costs another look into the bucket."""
    made = data / _REMEMBERED.with_suffix(".new")
    made.write_bytes(encode_application(record))
    made.replace(data / _REMEMBERED)
