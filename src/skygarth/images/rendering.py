"""Files as a value: what a shape consists of, before anything is written.

The templates lie beside this module. They use ``<< name >>`` and ``<% if %>``
instead of braces, since Helm, shell and HCL have braces of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"
EXECUTABLE = 0o755
PLAIN = 0o644

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    block_start_string="<%",
    block_end_string="%>",
    variable_start_string="<<",
    variable_end_string=">>",
    comment_start_string="<#",
    comment_end_string="#>",
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - no HTML; the definition's alphabet needs no escaping
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """One shape of one definition.

    Attributes:
        shape: such as ``oci``.
        files: text by path below the folder that it is written to.
        next_steps: what to type afterwards, one command or remark a line.
        executables: paths of the files that are programs.
    """

    shape: str
    files: Mapping[str, str]
    next_steps: tuple[str, ...] = ()
    executables: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.files
        assert self.executables <= self.files.keys()

    def mode(self, path: str) -> int:
        """The permissions of a file."""
        return EXECUTABLE if path in self.executables else PLAIN


def fill(template: str, **values: object) -> str:
    """A template with values filled in; a name without a value is our mistake."""
    return _environment.get_template(template).render(**values)


def indented(text: str, columns: int) -> str:
    """A text moved to the right, its empty lines left empty."""
    margin = " " * columns
    return "\n".join(f"{margin}{line}" if line else "" for line in text.splitlines())
