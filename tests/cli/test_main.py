"""The command line answers at once, and says how it ended."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from skygarth.cli.catalogue import COMMANDS
from skygarth.cli.main import main

HELP_MS_MAX = 150
HEAVY = ("starlette", "uvicorn", "apsw", "obstore", "jinja2", "httpx2")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_asking_for_help_lists_every_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever types nothing gets the list, with success."""
    code = main(words)

    assert code == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for _, name, _, _ in COMMANDS)


def test_help_is_there_at_once() -> None:
    """The list of commands appears within 150 ms, from a cold start."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "skygarth.cli", "--help"], check=True, capture_output=True
        )
        times.append((time.perf_counter() - began) * 1_000)

    assert min(times) < HELP_MS_MAX


@pytest.mark.parametrize("command", [name for _, name, _, _ in COMMANDS])
def test_help_of_a_command_loads_nothing_heavy(command: str) -> None:
    """To explain itself a command needs neither web server nor database."""
    script = (
        "import sys\nfrom skygarth.cli.main import main\n"
        f"assert main([{command!r}, '--help']) == 0\n"
        f"print(*sorted(set({HEAVY!r}) & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stderr.strip() == ""


@pytest.mark.parametrize(
    ("words", "message", "way_out"),
    [
        (["staus"], "there is no such command. command='staus'", "did you mean `skygarth status`?"),
        (["garden"], "there is no such command. command='garden'", "skygarth --help lists them"),
        (["status", "--jsn"], "unknown option: --jsn", "skygarth status --help"),
        (["type", "show"], "parameter NAME requires an argument", "skygarth type --help"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    words: list[str], message: str, way_out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of usage has exit code 2 and a way out, on stderr only."""
    code = main(words)

    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert printed.err.startswith("error[SG-CLI-001]: ")
    assert message in printed.err
    assert f"  fix: {way_out}" in printed.err


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no error to explain."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("skygarth.cli.command_line.run_command", interrupted)

    assert main(["version"]) == 130


def test_a_reader_that_has_had_enough_is_no_fault_to_show() -> None:
    """`skygarth version | head -0` prints no traceback."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m skygarth.cli version | true"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
