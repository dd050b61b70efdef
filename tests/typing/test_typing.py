"""Applications are typed: what is right passes mypy --strict, what is wrong does not."""

from __future__ import annotations

import re
from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[2]
RIGHT = Path(__file__).parent / "journal_application.py"
FAULTY = """
from __future__ import annotations

from skygarth import Attr, Type, attr, on
from skygarth.repository import Event


class Page(Type):
    title: Attr[str] = attr()
    views: Attr[int] = attr(default=0)


Page(title=3)  # arg-type
Page(titel="x")  # call-arg
Page()  # call-arg
Page("x")  # call-arg
page = Page(title="x")
page.title = 3  # assignment
page.colour = "red"  # attr-defined
Page.views < "x"  # operator
Page.title.lik("x")  # operator
number: int = page.title  # assignment
on("created", Page, pool="media")  # call-overload
def heard(event: Event) -> None: ...
on("created", Page, pool="media", once=True)(heard)  # type-var
"""
OPTIONS = [
    "--strict",
    "--config-file=",
    "--python-version=3.11",
    f"--cache-dir={ROOT / '.mypy_cache' / 'applications'}",
]
ERROR = re.compile(r"^(.*):(\d+): error: .*\[([a-z-]+)\]$")


def _checked(path: Path) -> set[tuple[str, int, str]]:
    """What mypy finds: file, line, kind of error."""
    output, faults, _ = api.run([*OPTIONS, str(path)])
    assert faults == ""
    errors = [match for line in output.splitlines() if (match := ERROR.match(line))]
    assert len(errors) == output.count(" error: ")
    return {(Path(error[1]).name, int(error[2]), error[3]) for error in errors}


def test_what_is_right_passes() -> None:
    """Every assert_type of the application holds, too."""
    assert _checked(RIGHT) == set()


def test_what_is_wrong_does_not(tmp_path: Path) -> None:
    """Each mistake is found, where it is made."""
    path = tmp_path / "faulty_application.py"
    path.write_text(FAULTY, encoding="utf-8")
    expected = {
        (path.name, number, line.rpartition("  # ")[2])
        for number, line in enumerate(FAULTY.splitlines(), 1)
        if "  # " in line
    }

    assert expected == _checked(path)
