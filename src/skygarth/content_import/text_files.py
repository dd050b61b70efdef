"""The text of one file of a tree, whoever wrote it, with whatever editor.

Old sites hold files in the encoding of an old system, links to elsewhere, files
that are no texts. What can be read is read, with a note; the rest is refused
with the way to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from skygarth.content_import.documents import Unreadable

FILE_BYTES_MAX = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's text, and how it was read where that needs saying."""

    text: str
    notes: tuple[str, ...] = ()


def read_text(file: Path, root: Path) -> FileText:
    """Read a file of a tree.

    Args:
        file: the file.
        root: the tree's folder; links that lead out of it are not followed.

    Raises:
        Unreadable: it is no text, too large, elsewhere, or not ours to read.
    """
    content = _content(file, root)
    if b"\0" in content:
        raise Unreadable("this is no text", hint="save it as UTF-8")
    try:
        return FileText(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return FileText(_in_windows_1252(content), ("not UTF-8: read as Windows-1252",))


def _in_windows_1252(content: bytes) -> str:
    """What most editors wrote before UTF-8; Latin-1 is a part of it in practice."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as cause:
        raise Unreadable(
            "the text is neither UTF-8 nor Windows-1252",
            line=content.count(b"\n", 0, cause.start) + 1,
            hint="save it as UTF-8",
        ) from cause


def _content(file: Path, root: Path) -> bytes:
    try:
        if not file.resolve().is_relative_to(root.resolve()):
            raise Unreadable("this link leads out of the tree", hint="copy the file into the tree")
        if not file.is_file():
            raise Unreadable("this is no file", hint="replace it by a file, or remove it")
        if (size := file.stat().st_size) > FILE_BYTES_MAX:
            raise Unreadable(
                f"the file is too large. bytes={size}",
                hint=f"{FILE_BYTES_MAX} bytes are allowed; move what is no text out of it",
            )
        return file.read_bytes()
    except (OSError, RuntimeError) as cause:  # RuntimeError: links in a circle
        raise Unreadable(
            f"the file cannot be read: {cause}", hint="check its permissions"
        ) from cause
