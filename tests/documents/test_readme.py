"""What the README shows is what happens: its blocks are run as a reader would run them."""

from __future__ import annotations

from pathlib import Path

from tests.documents.fenced_blocks import blocks, commands, run_console, run_python

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = blocks(README.read_text(encoding="utf-8"))


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    """Every console block runs, in order, and prints what the README shows."""
    steps = [
        step
        for block in BLOCKS
        if block.language == "console" and block.reason is None
        for step in commands(block.body)
    ]

    assert run_console(steps, tmp_path) == []


def test_the_python_of_the_readme_works(tmp_path: Path) -> None:
    """Every Python block runs, in order, in one interpreter; and again on what it has made."""
    bodies = [block.body for block in BLOCKS if block.language == "python" and not block.reason]

    assert run_python(bodies, tmp_path) == ""
    assert run_python(bodies, tmp_path) == ""
