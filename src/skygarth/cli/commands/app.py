"""``skygarth app``: which application the nodes of a cloud run.

It is published into the bucket, where every node looks: which components a node
must have, and, if you like, the wheels that they are in. Then a new node needs
nothing but the bucket's address and the cluster's key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import App, Parameter
from packaging.requirements import InvalidRequirement, Requirement
from rich.console import Group, RenderableType

from skygarth.cli.faults import UsageFault
from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, details, table
from skygarth.cli.waiting import MACHINE
from skygarth.formats.application_record import ApplicationRecord
from skygarth.model.errors import Denied, NotFound
from skygarth.node.application_store import UNSIGNED, ApplicationStore

app = App(name="app", help="The application that the nodes run.", help_format="plaintext")

NONE_PUBLISHED = "SG-APP-404"


@app.command
def publish(
    *wheels: Path,
    version: str,
    entry: str = "",
    require: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    bucket: str | None = None,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> None:
    """Publish what nodes must have, and the application itself if wheels are given.

    Nodes that run the bucket's application take the new version one after the other.
    Wheels are loaded once here before anything is published.

    Args:
        wheels: The application's wheels and those of what it needs, Skygarth excepted.
        version: What to call this version.
        entry: What nodes load from the wheels, module:attribute.
        require: A component that a node must have to take traffic, such as "blog>=2".
        bucket: URL of the bucket; by default that of the settings.
    """
    if bool(wheels) != bool(entry):
        raise UsageFault(
            "wheels and --entry belong together",
            hint="skygarth app publish site-2.0-py3-none-any.whl --entry site:application "
            "--version 2.0",
        )
    from skygarth.assembly.application_wheels import read_wheels  # only here: --help is fast

    bodies = read_wheels(wheels)
    record = ApplicationRecord(
        version,
        dict(_required(each) for each in require),
        entry,
        tuple(bodies),
        MACHINE.now_ms(),
    )
    terminal = Terminal(output)
    with _store(bucket, where) as store:
        if wheels:
            _refuse_without_key(store)
            record = _tried(record, wheels)
        record = store.publish(record, bodies)
    terminal.facts(
        _document(record),
        lambda: (
            f"published {record.version}"
            + (f" with {len(record.wheels)} wheels" if record.wheels else "")
            + (", signed" if record.signature else ", not signed: there is no cluster key")
        ),
    )


@app.command
def show(*, bucket: str | None = None, output: Output = SPEAK, where: SettingsFile = USUAL) -> None:
    """Print what is published.

    Args:
        bucket: URL of the bucket; by default that of the settings.
    """
    with _store(bucket, where) as store:
        record = store.read()
    if record is None:
        raise NotFound(
            "no application is published in this bucket",
            code=NONE_PUBLISHED,
            hint="nodes run what they are given; `skygarth app publish` changes that",
        )
    facts = details(
        [
            ("version", record.version),
            ("entry", record.entry or "nodes bring it themselves"),
            ("signed", "yes" if record.signature else "no"),
        ]
    )
    components = [(name, accepted or "any") for name, accepted in sorted(record.components.items())]
    files = [(wheel.name, wheel.size, wheel.digest[:12]) for wheel in record.wheels]
    shown: list[RenderableType] = [facts]
    if components:
        shown += ["", table(["component", "version"], components)]
    if files:
        shown += ["", table(["wheel", "bytes", "sha-256"], files)]
    Terminal(output).facts(_document(record), lambda: Group(*shown))


@contextmanager
def _store(bucket: str | None, where: SettingsFile) -> Iterator[ApplicationStore]:
    from skygarth.assembly.application_source import application_store  # only here
    from skygarth.assembly.wiring import open_settings_bucket

    settings = where.settings({"replication.bucket": bucket}, refuse_unsupported=False)
    opened = open_settings_bucket(settings)
    try:
        yield application_store(opened, settings.cluster.keys)
    finally:
        opened.close()


def _refuse_without_key(store: ApplicationStore) -> None:
    if not store.is_sealed:
        raise Denied(
            "wheels are published with a cluster key only: nobody would run them otherwise",
            code=UNSIGNED,
            hint="`skygarth keys create --out FILE` makes one; set SKYGARTH_CLUSTER__KEY "
            "or [cluster] key = { file = … }",
        )


def _tried(record: ApplicationRecord, wheels: tuple[Path, ...]) -> ApplicationRecord:
    """The record, once its wheels have been loaded and fulfil it."""
    from skygarth.assembly.application_wheels import (  # only here: --help is fast
        refuse_lacking,
        try_application,
        unpack_wheels,
    )

    with TemporaryDirectory() as folder:
        unpack_wheels(wheels, Path(folder) / "packages")
        trial = try_application(record.entry, Path(folder) / "packages")
    refuse_lacking(record, trial)
    return record


def _required(text: str) -> tuple[str, str]:
    """A component and the versions that will do.

    Raises:
        UsageFault: it is neither a name nor a name with versions.
    """
    try:
        read = Requirement(text)
    except InvalidRequirement as cause:
        raise UsageFault(
            f"this names no component. require={text!r}", hint='write "blog", or "blog>=2,<3"'
        ) from cause
    return read.name.replace("-", "_"), str(read.specifier)


def _document(record: ApplicationRecord) -> dict[str, object]:
    return {
        "version": record.version,
        "entry": record.entry,
        "components": dict(record.components),
        "wheels": [
            {"name": each.name, "sha256": each.digest, "bytes": each.size} for each in record.wheels
        ],
        "signed": bool(record.signature),
    }
