"""Facts go to stdout, everything else to stderr, and nothing is asked of a script."""

from __future__ import annotations

import json
import sys

import pytest

from skygarth.cli.options import Output
from skygarth.cli.terminal import CELL_LENGTH_MAX, Terminal, details, shortened, table
from skygarth.model.errors import Invalid


def test_facts_are_json_or_what_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json nothing is drawn; without it nothing is JSON."""
    raw = {"name": "ský"}
    Terminal(Output(json=True)).facts(raw, lambda: pytest.fail("drawn for a program"))
    as_json = capsys.readouterr().out
    Terminal(Output()).facts(raw, lambda: details(raw.items()))
    as_text = capsys.readouterr().out

    assert json.loads(as_json) == raw
    assert as_text.split() == ["name", "ský"]


def test_a_table_prints_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are no markup, a long value is not cut in a pipe, nothing is a dash."""
    path = "/" + "long" * 30
    Terminal(Output()).facts(None, lambda: table(["path", "tag"], [(path, "[red]"), ("/b", None)]))
    lines = capsys.readouterr().out.splitlines()

    assert [line.split() for line in lines] == [["path", "tag"], [path, "[red]"], ["/b", "–"]]


def test_quiet_says_nothing_but_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """--quiet keeps what was done to itself."""
    Terminal(Output(quiet=True)).done("done")
    Terminal(Output()).done("said")

    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "said\n")


def test_nobody_is_asked_where_nobody_can_answer() -> None:
    """Without a terminal, or with --no-input, a question is an error that names the flag."""
    with pytest.raises(Invalid) as caught:
        Terminal(Output(no_input=True)).consent("purge it?", yes=False)

    assert caught.value.hint == "add --yes"


@pytest.mark.parametrize(("answer", "goes_on"), [("y\n", True), ("yes\n", True), ("\n", False)])
def test_a_person_decides(answer: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only an explicit yes goes on."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "readline", lambda: answer, raising=False)
    try:
        Terminal(Output()).consent("purge it?", yes=False)
        went_on = True
    except Invalid:
        went_on = False

    assert went_on is goes_on


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets no bar."""
    with Terminal(Output()).progress("import") as on_progress:
        on_progress(1, 2)
        on_progress(2, 2)

    assert capsys.readouterr().err == ""


def test_long_values_leave_room_for_their_neighbours() -> None:
    """A cell is one line of bounded length."""
    assert shortened("a\nb") == "a b"
    assert len(shortened("x" * 1_000) or "") == CELL_LENGTH_MAX
    assert shortened(None) is None
