"""Templates are covered one by one, and escape whatever they write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from skygarth.web.templates import day, iso, make_environment

MOMENT = datetime(2008, 7, 6, 9, 5, 3, 17, tzinfo=UTC)


def test_an_earlier_folder_covers_one_template(tmp_path: Path) -> None:
    """What the application has, wins; what it lacks, the component gives."""
    for folder, names in (("app", ["a.html"]), ("component", ["a.html", "b.html"])):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).write_text(folder)
    environment = make_environment([tmp_path / "app", tmp_path / "component"], {})

    assert environment.get_template("a.html").render() == "app"
    assert environment.get_template("b.html").render() == "component"


@pytest.mark.parametrize("name", ["page.html", "feed.atom", "plain"])
def test_everything_is_escaped_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    """Escaping does not depend on a suffix."""
    (tmp_path / name).write_text("{{ title }}")
    environment = make_environment([tmp_path], {})

    assert environment.get_template(name).render(title="<b>") == "&lt;b&gt;"


def test_a_name_that_nobody_set_is_an_error(tmp_path: Path) -> None:
    """A misspelt name does not become an empty place in the page."""
    (tmp_path / "a.html").write_text("{{ titel }}")

    with pytest.raises(UndefinedError):
        make_environment([tmp_path], {}).get_template("a.html").render(title="x")


def test_dates_are_written_for_people_and_for_machines() -> None:
    """The locale of the machine does not matter."""
    assert day(MOMENT) == "6 July 2008"
    assert iso(MOMENT) == "2008-07-06T09:05:03+00:00"
