"""Where a component's templates come from, and how they are written out.

A template is looked for in the application's folder, then beside the component,
then beside the components it inherits from, and last in the framework's own
folder. So an application changes one page of a component by putting a file of
that name into its folder, and leaves the rest alone.

Everything that a template writes is escaped, whatever the file is called; a
name that nobody set is an error rather than an empty place in the page.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def folders_of(cls: type, root: type, name: str) -> list[Path]:
    """The folders called `name` beside a class and its ancestors up to `root`, nearest first."""
    assert issubclass(cls, root)
    files = [inspect.getfile(ancestor) for ancestor in cls.__mro__ if issubclass(ancestor, root)]
    folders = [Path(file).parent / name for file in files]
    return list(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def make_environment(
    folders: list[Path], filters: Mapping[str, Callable[..., object]], *, reload: bool = False
) -> Environment:
    """Templates of these folders, the first that has a name winning."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
    )
    environment.filters.update({"day": day, "iso": iso, **filters})
    return environment


def day(moment: datetime) -> str:
    """A date as one reads it: ``6 July 2008``."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def iso(moment: datetime) -> str:
    """A moment as machines read it, to the second: ``2008-07-06T12:00:00+00:00``."""
    return moment.isoformat(timespec="seconds")
