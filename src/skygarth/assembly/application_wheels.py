"""An application that lies in the bucket: installed beside the content, then loaded from there.

Each set of wheels gets a folder of its own, named by what it holds: two versions
stand side by side, and a folder that is there is whole. pip unpacks the wheels
without the network and without their dependencies, which are published with
them. Before a node changes over, another process tries whether the new version
loads at all.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from skygarth.formats.application_record import WHEEL_BYTES_MAX, ApplicationRecord, Wheel
from skygarth.model.errors import Invalid, NotFound
from skygarth.node.application_store import ApplicationStore
from skygarth.node.application_watch import lacking

NOT_INSTALLED = "SG-APP-005"
NOT_LOADED = "SG-APP-006"
NO_WHEEL = "SG-APP-007"
INSTALL_SECONDS = 300
TRIAL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Trial:
    """What an application turned out to be when another process loaded it.

    Attributes:
        components: version by name.
    """

    components: dict[str, str]


def install_application(record: ApplicationRecord, store: ApplicationStore, data: Path) -> Path:
    """The folder that holds a record's wheels, below a node's data folder; made if need be.

    Raises:
        Invalid: pip could not unpack them (SG-APP-005).
        Damaged, NotFound, Unavailable: the bucket does not give them as published.
    """
    assert record.wheels, "nothing to install"
    folder = folder_of(record, data)
    if folder.is_dir():
        return folder
    with TemporaryDirectory(dir=_made(folder.parent), prefix="incomplete-") as made:
        files = []
        for wheel in record.wheels:
            file = Path(made) / wheel.name
            file.write_bytes(store.fetch(wheel))
            files.append(file)
        unpack_wheels(files, Path(made) / "packages")
        shutil.move(Path(made) / "packages", folder)
    return folder


def folder_of(record: ApplicationRecord, data: Path) -> Path:
    """Where the wheels of a record are installed, whether they are yet or not."""
    return data / "applications" / _name_of(record.wheels)


def unpack_wheels(files: Sequence[Path], folder: Path) -> None:
    """Unpack wheels into a folder that can be imported from.

    Raises:
        Invalid: pip refuses one (SG-APP-005).
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-index", "--no-deps", "--target", str(folder), *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:
        raise Invalid(
            f"the application's wheels cannot be installed. reason={_last_line(done.stderr)!r}",
            code=NOT_INSTALLED,
            hint="build them for this version of Python, and let pip be there: python -m ensurepip",
        )


def try_application(entry: str, folder: Path) -> Trial:
    """Load an application in another process, and say what it is.

    Raises:
        Invalid: it does not load (SG-APP-006).
    """
    command = [sys.executable, "-m", "skygarth.assembly.application_trial", str(folder), entry]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TRIAL_SECONDS, check=False
    )
    if done.returncode != 0:
        raise Invalid(
            f"the application does not load. entry={entry!r} reason={_last_line(done.stderr)!r}",
            code=NOT_LOADED,
            hint="its dependencies belong among the wheels: pip wheel -w wheels your-application",
        )
    return msgspec.json.decode(done.stdout, type=Trial)


def read_wheels(files: Sequence[Path]) -> dict[Wheel, bytes]:
    """Wheels from files, in their order.

    Raises:
        NotFound: one is not there (SG-APP-007).
        Invalid: one is no wheel, or too large (SG-APP-007).
    """
    return dict(_read_wheel(file) for file in files)


def refuse_lacking(record: ApplicationRecord, trial: Trial) -> None:
    """Refuse to publish what the published wheels themselves do not fulfil.

    Raises:
        Invalid: saying what they lack (SG-APP-006).
    """
    phrases = lacking(record, trial.components)
    if phrases:
        raise Invalid(
            f"no node could serve with these wheels: {'; '.join(phrases)}",
            code=NOT_LOADED,
            hint="raise the component's version attribute, or ask for another",
        )


def _read_wheel(file: Path) -> tuple[Wheel, bytes]:
    try:
        body = file.read_bytes()
    except OSError as cause:
        raise NotFound(
            f"there is no such wheel. file={str(file)!r} reason={cause.strerror}",
            code=NO_WHEEL,
            hint="build it with: python -m pip wheel -w wheels .",
        ) from cause
    if file.suffix != ".whl" or not body.startswith(b"PK") or len(body) > WHEEL_BYTES_MAX:
        raise Invalid(
            f"this is no wheel. file={str(file)!r}",
            code=NO_WHEEL,
            hint="build it with: python -m pip wheel -w wheels .",
        )
    return Wheel(file.name, hashlib.sha256(body).hexdigest(), len(body)), body


def _name_of(wheels: Sequence[Wheel]) -> str:
    listed = "\n".join(f"{wheel.digest} {wheel.name}" for wheel in wheels)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{hashlib.sha256(listed.encode()).hexdigest()[:16]}-python{version}"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
