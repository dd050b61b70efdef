"""The sample site that the demo imports."""

from __future__ import annotations

from pathlib import Path

from skygarth.assembly.demo_content import write_sample_site
from skygarth.content_import.documents import Document
from skygarth.content_import.jekyll import open_tree


def test_every_post_of_the_sample_can_be_imported(tmp_path: Path) -> None:
    """The tree that is written holds only documents, no faults, under distinct names."""
    write_sample_site(tmp_path)

    found = list(open_tree(tmp_path))

    assert all(isinstance(entry, Document) for entry in found)
    assert len({entry.name for entry in found if isinstance(entry, Document)}) == len(found)
    assert "welcome" in {entry.name for entry in found if isinstance(entry, Document)}
