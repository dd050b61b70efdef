"""docs/jobs.md shows the example as it is run."""

from __future__ import annotations

from pathlib import Path

from tests.documents.fenced_blocks import blocks

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "thumbnails" / "gallery.py"


def test_the_document_shows_the_example_as_it_is() -> None:
    """The block is the file, letter by letter; tests/processes runs that."""
    shown = [block.body for block in blocks((ROOT / "docs" / "jobs.md").read_text("utf-8"))]

    assert EXAMPLE.read_text("utf-8") in shown
