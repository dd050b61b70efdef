"""A bucket in a folder: one file an object, and the file system as the referee.

An object is written to a file of its own under ``.incoming/``, forced to disk,
and only then given its name: by `os.link` where it must be new (of racing
processes, on one host or on several over NFS, exactly one link succeeds), by
`os.replace` where it may overwrite. Whatever kills the writer in between
leaves a stray file under ``.incoming/``, which no listing shows and which the
next opening removes once it is a day old.

The marker ``.skygarth-bucket`` is written when a folder is first opened. A
folder without it is not our bucket: unmounted, wiped, not yet attached. Then
every request says `Unavailable`, and nothing is created in its place.

Written here rather than on obstore's `LocalStore`, which does not force files
to disk, lists unordered, and tells a file's mark from inode, time and size:
three quick overwrites of one size can return to the first one's mark, and a
reader would miss the change. Here the mark is a hash of the bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from errno import EISDIR, ENOTDIR
from hashlib import blake2b
from itertools import count
from pathlib import Path

from skygarth.bucket import codes
from skygarth.bucket.folder_faults import explained
from skygarth.bucket.port import (
    Content,
    Entry,
    check_key,
    check_prefix,
    check_range,
    no_such_key,
)
from skygarth.model.errors import Unavailable

MARKER = ".skygarth-bucket"
INCOMING = ".incoming"
STRAY_AGE_MS = 24 * 3600 * 1000

_MARKER_TEXT = (
    b"A Skygarth bucket lives in this folder. Without this file it is taken for unmounted.\n"
)
_FILE_MODE = 0o660
_PARENT_TRIES = 16

# What opening a file says where there is no object, whatever else lies there.
_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)

# One number per file written by this process; with its id no two writers of a host collide.
_serial = count()


class FolderBucket:
    """A bucket in a folder that all nodes see: a disk, a share, a mounted volume.

    Opening creates the folder if need be and marks it; afterwards it must stay.

    Args:
        root: the folder.

    Raises:
        Denied: it may not be read or written.
        Unavailable: the disk is full, away or failing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._incoming = self._root / INCOMING
        self.url = self._root.as_uri()
        with explained(self.url, "open"):
            self._root.mkdir(parents=True, exist_ok=True)
            self._incoming.mkdir(exist_ok=True)
            if not (self._root / MARKER).exists():
                (self._root / MARKER).write_bytes(_MARKER_TEXT)
                _force_names(self._root)
            self._sweep()

    def get(self, key: str) -> Content:
        """Read an object whole."""
        path = self._path(key)
        with explained(self.url, "get", key):
            try:
                with path.open("rb") as file:
                    body = file.read()
                    modified_ns = os.fstat(file.fileno()).st_mtime_ns
            except _ABSENT as absent:
                self._check_present()
                raise no_such_key(self.url, key) from absent
        return Content(body, _mark(body), modified_ns // 1_000_000)

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`. Reads the file either way."""
        content = self.get(key)
        return None if content.etag == etag else content

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        assert start >= 0
        assert length > 0
        path = self._path(key)
        with explained(self.url, "get", key):
            try:
                with path.open("rb") as file:
                    check_range(self.url, key, start, os.fstat(file.fileno()).st_size)
                    file.seek(start)
                    return file.read(length)
            except _ABSENT as absent:
                self._check_present()
                raise no_such_key(self.url, key) from absent

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there, and force it to disk."""
        path = self._path(key)
        with explained(self.url, "put", key):
            arriving = self._write_incoming(body)
            try:
                self._name(arriving, path, overwrite=True)
            finally:
                arriving.unlink(missing_ok=True)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists, and force it to disk."""
        path = self._path(key)
        with explained(self.url, "put", key):
            if path.is_file():
                self._check_present()
                return _forced_refusal(path)
            arriving = self._write_incoming(body)
            try:
                self._name(arriving, path, overwrite=False)
            except FileExistsError:
                if path.is_dir():
                    raise IsADirectoryError(EISDIR, os.strerror(EISDIR)) from None
                # NFS may repeat a link whose answer was lost, and so meet its own.
                return path.samefile(arriving) or _forced_refusal(path)
            finally:
                arriving.unlink(missing_ok=True)
            return True

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix, by the order of their keys' bytes."""
        check_prefix(prefix)
        with explained(self.url, "list", prefix):
            self._check_present()
            folder = prefix.rpartition("/")[0]
            found = [entry for entry in self._entries(folder) if entry.key.startswith(prefix)]
        found.sort(key=lambda entry: entry.key)
        return found

    def delete(self, key: str) -> None:
        """Remove an object if it is there, and folders that it leaves empty."""
        path = self._path(key)
        with explained(self.url, "delete", key):
            self._check_present()
            try:
                path.unlink(missing_ok=True)
            except (IsADirectoryError, NotADirectoryError):
                return
            self._prune(path.parent)

    def now_ms(self) -> int | None:
        """The clock of the file system: of the server, where the folder is a network share."""
        with explained(self.url, "ask the time"):
            arriving = self._write_incoming(b"")
            try:
                return arriving.stat().st_mtime_ns // 1_000_000
            finally:
                arriving.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open between requests, so that the folder can be unmounted."""

    def _path(self, key: str) -> Path:
        """Where a key's object lies; `check_key` forbids every way out of the root."""
        check_key(key)
        path = self._root / key
        assert path.is_relative_to(self._root)
        assert key.partition("/")[0] not in {MARKER, INCOMING}
        return path

    def _check_present(self) -> None:
        """Tell "no such object" from "this is not our folder any more"."""
        if not (self._root / MARKER).exists():
            raise Unavailable(
                f"the bucket's folder is gone or not mounted. url='{self.url}'",
                code=codes.FOLDER_GONE,
                hint=f"mount it again; a new empty bucket would need the file {MARKER} in it",
            )

    def _write_incoming(self, body: bytes) -> Path:
        """Bring the bytes to disk under a name that nobody looks at."""
        self._check_present()
        self._incoming.mkdir(exist_ok=True)
        for serial in _serial:
            path = self._incoming / f"{os.getpid()}-{serial}"
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
            except FileExistsError:
                continue  # another host's process with our id, or a dead one's stray file
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            return path
        raise AssertionError("serial numbers do not end")

    def _name(self, arriving: Path, path: Path, *, overwrite: bool) -> None:
        """Give arrived bytes their name, in one step, and force the name to disk."""
        for _ in range(_PARENT_TRIES):
            self._make_parents(path.parent)
            try:
                if overwrite:
                    arriving.replace(path)
                else:
                    path.hardlink_to(arriving)
            except FileNotFoundError:
                # A delete pruned the folder in between; or the bucket went away.
                self._check_present()
                continue
            _force_names(path.parent)
            return
        raise Unavailable(
            f"other processes keep removing the folder of an object. path='{path}'",
            code=codes.NO_ANSWER,
            hint="try again",
        )

    def _make_parents(self, folder: Path) -> None:
        """Create missing folders below the root, never the root itself."""
        missing = []
        while folder != self._root and not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            try:
                each.mkdir(exist_ok=True)
            except FileNotFoundError:
                return  # pruned meanwhile; `_name` tries again
            except FileExistsError:
                if not each.exists() or each.is_dir():
                    return  # it came and was pruned again meanwhile
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR)) from None
            _force_names(each.parent)

    def _prune(self, folder: Path) -> None:
        """Remove folders that hold nothing, as a bucket has none."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _entries(self, folder: str) -> Iterator[Entry]:
        """Every object in a folder and below it, in no order."""
        try:
            with os.scandir(self._root / folder) as found:
                children = [child for child in found if not child.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return
        for child in children:
            key = f"{folder}/{child.name}" if folder else child.name
            if child.is_dir(follow_symlinks=False):
                yield from self._entries(key)
                continue
            try:
                facts = child.stat()
            except FileNotFoundError:
                continue  # deleted while we looked
            yield Entry(key, facts.st_size, facts.st_mtime_ns // 1_000_000, None)

    def _sweep(self) -> None:
        """Remove what writers that died a day ago and more left behind."""
        strays = list(self._incoming.iterdir())
        now_ms = self.now_ms() if strays else None
        if now_ms is None:
            return
        for stray in strays:
            try:
                if now_ms - stray.stat().st_mtime_ns // 1_000_000 > STRAY_AGE_MS:
                    stray.unlink()
            except FileNotFoundError:
                continue


def _forced_refusal(path: Path) -> bool:
    """False, once the name that is in the way is on disk.

    It may be this writer's own, from before it was killed between naming and
    forcing: it will read it back, and then rely on it.
    """
    _force_names(path.parent)
    return False


def _mark(body: bytes) -> str:
    """The mark of some content, from its bytes alone."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def _force_names(folder: Path) -> None:
    """Force a folder's list of names to disk; without it a crash may lose a new one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
