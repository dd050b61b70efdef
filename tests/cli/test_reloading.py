"""A node that one develops starts again after each change, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from skygarth.cli.reloading import marks_of, run_reloading

# Writes a line each time it starts, and ends when there are two.
STARTS_TWICE = """
import pathlib, signal, sys
starts = pathlib.Path(sys.argv[1])
with starts.open("a") as file:
    file.write("started\\n")
if len(starts.read_text().splitlines()) < 2:
    {first}
"""


def test_what_belongs_to_an_application_is_watched(tmp_path: Path) -> None:
    """Code, templates and settings count; data and hidden folders do not."""
    for name in ("site.py", "page.html", "notes.db", ".venv/lib.py", "pages/index.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")

    watched = {path.relative_to(tmp_path).as_posix() for path in marks_of(tmp_path)}

    assert watched == {"site.py", "page.html", "pages/index.html"}


def test_a_node_that_ends_by_itself_ends_the_command(tmp_path: Path) -> None:
    """Nothing starts again when nothing changed and nothing failed."""
    code = run_reloading([sys.executable, "-c", ""], folder=tmp_path, say=print)

    assert code == 0


def test_a_change_stops_the_node_and_starts_it_again(tmp_path: Path) -> None:
    """The running node is asked to stop, and a new one runs the changed files."""
    starts, site, said = tmp_path / "starts", tmp_path / "site.py", list[str]()
    script = STARTS_TWICE.format(first="signal.sigwait([signal.SIGINT])")

    def change_once_started(seconds: float) -> None:
        if starts.exists() and not site.exists():
            site.write_text("changed", encoding="utf-8")

    code = run_reloading(
        [sys.executable, "-c", script, str(starts)],
        folder=tmp_path,
        say=said.append,
        pass_time=change_once_started,
    )

    assert code == 0
    assert starts.read_text(encoding="utf-8") == "started\nstarted\n"
    assert said[0] == "changed; the node starts again"


def test_a_node_that_fails_waits_for_the_next_change(tmp_path: Path) -> None:
    """A fault in what one is writing does not end the session."""
    starts, site, said = tmp_path / "starts", tmp_path / "site.py", list[str]()
    script = STARTS_TWICE.format(first="sys.exit(3)")

    def mend_once_told(seconds: float) -> None:
        if said and not site.exists():
            site.write_text("mended", encoding="utf-8")

    code = run_reloading(
        [sys.executable, "-c", script, str(starts)],
        folder=tmp_path,
        say=said.append,
        pass_time=mend_once_told,
    )

    assert code == 0
    assert said == [
        "the node ended with 3; it starts again after the next change",
        "changed; the node starts again",
    ]
