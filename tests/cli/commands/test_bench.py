"""`skygarth bench` runs the benchmarks of a checkout."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands.conftest import Run


def test_without_the_source_there_is_nothing_to_run(run: Run) -> None:
    """Outside a checkout it says where the benchmarks are."""
    ended = run("bench")

    assert ended.code == 4
    assert "make bench" in ended.err


def test_the_exit_code_is_that_of_the_benchmarks(run: Run, tmp_path: Path) -> None:
    """What was asked for is passed on."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "__main__.py").write_text("import sys\nsys.exit(len(sys.argv[1:]))", encoding="utf-8")

    assert run("bench", "create", "merge", "boot").code == 3
    assert run("bench", "create", "--quick").code == 2
