"""Has this database been copied, or its machine cloned? (CLK-9)

An identity belongs to one database file on one machine. A copied folder has
another inode, a cloned disk meets another machine id: either way the
fingerprint differs from the one that was stored when the identity was minted,
and the node takes a new identity before it writes. A false alarm costs a new
identity and loses nothing, so the fingerprint may be nervous.

HAZARD: a virtual machine cloned with its machine id, disk and inodes, or a
file restored in place, has an equal fingerprint. The bucket tells then: its
log is ahead, or the slot of the next segment is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from skygarth.model.errors import NotFound

MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
"""Where Linux keeps 128 random bits of this installation; the first that is there counts."""


def host_fingerprint(
    database_path: Path | str, machine_id_files: Iterable[Path] = MACHINE_ID_FILES
) -> str:
    """SHA-256 over the machine's id and the database file's device and inode, hexadecimal.

    Raises:
        NotFound: there is no such file (SG-CLOCK-002).
    """
    try:
        status = Path(database_path).stat()
    except OSError as cause:
        raise NotFound(
            f"there is no database file to take a fingerprint of. path='{database_path}'",
            code="SG-CLOCK-002",
            hint="open the database first; opening creates the file",
        ) from cause
    parts = ["skygarth host", _machine_id(machine_id_files), status.st_dev, status.st_ino]
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _machine_id(files: Iterable[Path]) -> str:
    """The machine's id, or "" where it has none that we may read."""
    for path in files:
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue  # a container often has none: the file's identity remains
        if text:
            return text
    return ""
