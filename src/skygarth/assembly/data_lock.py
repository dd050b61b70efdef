"""One node at a time on a data folder.

Many processes may read and write a node's database; only one may replicate it,
for a log has one writer. The lock ends with the process, however it ends.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from skygarth.model.errors import Conflict, Unavailable

LOCK_FILE = "node.lock"


class DataLock:
    """Held from construction until `release` or the end of the process.

    Raises:
        Conflict: another node runs on this folder (SG-DATA-002).
        Unavailable: the folder cannot be made or written (SG-DATA-001).
    """

    def __init__(self, data: Path) -> None:
        try:
            data.mkdir(parents=True, exist_ok=True)
            self._file = (data / LOCK_FILE).open("a")
        except OSError as cause:
            raise Unavailable(
                f"the data folder cannot be written. path={str(data)!r} reason={cause.strerror!r}",
                code="SG-DATA-001",
                hint="give another folder with --data, or mend the permissions",
            ) from cause
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            self._file.close()
            raise Conflict(
                f"another node runs on this data folder. path={str(data)!r}",
                code="SG-DATA-002",
                hint="stop it, or give this node a data folder of its own with --data",
            ) from cause

    def release(self) -> None:
        """Let another node have the folder."""
        self._file.close()
