"""The dashboard's HTML: whole pages, and the parts that a page replaces while one looks.

Each part is drawn by one template, for the page and for the stream alike, so
what a browser without scripts shows is what one with scripts shows a second later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from skygarth.web.dashboard.matrix import matrix_of
from skygarth.web.dashboard.picture import NARROW, WIDE, picture_of
from skygarth.web.dashboard.state import DashboardState

TEMPLATES = Path(__file__).parent / "templates"

_TONES = {
    "ready": "good",
    "silent": "bad",
    "untrusted": "bad",
    "broken": "bad",
    "evicted": "bad",
    "halted": "bad",
    "left": "away",
    "drained": "away",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page, replaced as a whole when it changes."""

    name: str
    title: str
    css: str = ""


PARTS = (
    Part("alarms", "Alarms", "bare full"),
    Part("figures", "Figures", "full"),
    Part("cloud", "The cloud", "full"),
    Part("nodes", "Nodes", "full"),
    Part("conflicts", "Conflicts", "full"),
    Part("logs", "Who wrote what, and who has it", "wide"),
    Part("bucket", "Bucket", "slim"),
    Part("notices", "Notices", "wide"),
    Part("cost", "Requests and cost", "slim"),
    Part("recent", "Recent changes", "wide"),
    Part("content", "Content", "slim"),
    Part("quarantine", "Quarantine", "full"),
    Part("try", "Try this", "full"),
    Part("head", "This node", "head"),
)
WITH_FORMS = ("conflicts",)
"""Parts that hold a session's own forms, so that each session has its own."""

MARKS = {"good": "●", "warn": "▲", "bad": "✕", "away": "○"}
"""A shape for each tone: colours alone tell nothing to many people."""


def tone_of(state: str) -> str:
    """How a state looks: ``good``, ``warn``, ``bad`` or ``away``."""
    return _TONES.get(state, "warn")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was drawn of a state, for the next who looks at it."""

    state: DashboardState
    parts: dict[str, str]


class Pages:
    """Draws pages and their parts."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(tone=tone_of, marks=MARKS)

    def overview(self, state: DashboardState, root: str, values: Mapping[str, object]) -> str:
        """The whole page."""
        sections = [part for part in PARTS if part.name != "head"]
        return self.page("overview.html", root, {"parts": sections, **_drawn(state), **values})

    def part(self, name: str, state: DashboardState, form: str) -> str:
        """One part of it."""
        return self._part(name, _drawn(state), form)

    def parts(self, state: DashboardState, form: str) -> dict[str, str]:
        """All parts; laid out once, and drawn once for all who look at the same state.

        At thirty nodes drawing takes some ten milliseconds: have a thread do it.
        """
        drawn = self._kept
        if drawn is None or drawn.state is not state:
            values = _drawn(state)
            names = [part.name for part in PARTS if part.name not in WITH_FORMS]
            drawn = _Kept(state, {name: self._part(name, values, "") for name in names})
            self._kept = drawn
        values = {"state": state, "cloud": state.cloud}
        own = {name: self._part(name, values, form) for name in WITH_FORMS}
        return {part.name: (own | drawn.parts)[part.name] for part in PARTS}

    def _part(self, name: str, values: Mapping[str, object], form: str) -> str:
        return self._templates.get_template(f"parts/{name}.html").render(**values, form=form)

    def page(self, name: str, root: str, values: Mapping[str, object]) -> str:
        """A page.

        Args:
            root: the way from where it is shown to the dashboard's first page.
        """
        return self._templates.get_template(name).render(root=root, **values)


def _drawn(state: DashboardState) -> dict[str, object]:
    """The state, and where its nodes stand in the picture and in the table of logs."""
    cloud = state.cloud
    return {
        "state": state,
        "cloud": cloud,
        "matrix": matrix_of(cloud),
        "wide": picture_of(cloud.nodes, WIDE, cloud.routes),
        "narrow": picture_of(cloud.nodes, NARROW, cloud.routes),
    }
