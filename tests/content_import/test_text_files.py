"""Old files are read in the encoding they have, and what is no text is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skygarth.content_import.documents import Unreadable
from skygarth.content_import.text_files import FILE_BYTES_MAX, FileText, read_text


def _read(folder: Path, content: bytes) -> FileText:
    file = folder / "a.md"
    file.write_bytes(content)
    return read_text(file, folder)


def test_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    """The mark at the beginning is no part of the text."""
    assert FileText("é") == _read(tmp_path, "é".encode())
    assert FileText("é") == _read(tmp_path, "é".encode("utf-8-sig"))


def test_windows_1252_is_read_with_a_note(tmp_path: Path) -> None:
    """Curly quotes of old editors included."""
    assert FileText("“é”", ("not UTF-8: read as Windows-1252",)) == _read(
        tmp_path, "“é”".encode("cp1252")
    )


def test_neither_of_both_names_the_line(tmp_path: Path) -> None:
    """A byte that Windows-1252 does not have."""
    with pytest.raises(Unreadable, match="neither") as caught:
        _read(tmp_path, b"a\nb\xe9\x81\n")

    assert caught.value.line == 2


def test_no_text_is_refused(tmp_path: Path) -> None:
    """A picture, or UTF-16."""
    with pytest.raises(Unreadable, match="no text"):
        _read(tmp_path, "é".encode("utf-16"))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """Its size is asked first."""
    file = tmp_path / "a.md"
    with file.open("wb") as stream:
        stream.truncate(FILE_BYTES_MAX + 1)

    with pytest.raises(Unreadable, match="too large"):
        read_text(file, tmp_path)


def test_links_do_not_lead_out_of_the_tree(tmp_path: Path) -> None:
    """A site from elsewhere must not publish this machine's files."""
    (tmp_path / "secret").write_text("s")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.md").symlink_to(tmp_path / "secret")
    (tree / "b.md").symlink_to(tree / "b.md")
    (tree / "c.md").symlink_to(tree / "gone")

    with pytest.raises(Unreadable, match="out of the tree"):
        read_text(tree / "a.md", tree)
    with pytest.raises(Unreadable):
        read_text(tree / "b.md", tree)
    with pytest.raises(Unreadable):
        read_text(tree / "c.md", tree)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Reading one would never end."""
    os.mkfifo(tmp_path / "a.md")

    with pytest.raises(Unreadable, match="no file"):
        read_text(tmp_path / "a.md", tmp_path)
