"""What happened when, as a picture: a row for each node, a line for each act, the load below.

The picture is an SVG of its own, without scripts; colours are named in words
beside it, and every bar says on a pointer's visit what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

COLOURS = {
    "starting": "#c9d3df",
    "populating": "#8fb8de",
    "ready": "#3c8d5a",
    "lagging": "#e0a33e",
    "cut off": "#c77b30",
    "draining": "#a58bc4",
    "drained": "#7b5ea7",
    "gone": "",
}
WIDTH, LEFT, ROW, TOP = 1120, 90, 26, 40
CHART = 90
LINE = 20


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did to the cloud, at `at` seconds from the beginning."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One request.

    Attributes:
        at: when it was sent, in seconds from the beginning.
        ended: when it was over.
        through: who led it to a node: ``haproxy`` or ``dns``.
        served: whether it was answered well.
        fault: what went wrong, if something did.
    """

    at: float
    ended: float
    through: str
    served: bool
    fault: str = ""


@dataclass
class Timeline:
    """Gathers what happens; `now` gives seconds from the beginning."""

    now: Callable[[], float]
    acts: list[Act] = field(default_factory=list)
    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    requests: list[Answered] = field(default_factory=list)

    def act(self, what: str) -> None:
        """Somebody does something."""
        self.acts.append(Act(self.now(), what))

    def state(self, node: str, state: str) -> None:
        """A node is in this state; said again, it changes nothing."""
        states = self.states.setdefault(node, [])
        if not states or states[-1][1] != state:
            states.append((self.now(), state))

    def draw(self, path: Path) -> None:
        """Write the picture."""
        path.write_text(_Picture(self).svg(), encoding="utf-8")


class _Picture:
    """One drawing of a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._line = timeline
        self._end = max(timeline.now(), 1.0)
        self._rows = sorted(timeline.states)
        self._floor = TOP + ROW * len(self._rows)

    def svg(self) -> str:
        """The whole picture."""
        legend = self._floor + CHART + 92
        height = legend + 30 + LINE * ((len(self._line.acts) + 1) // 2)
        parts = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
                ' font-family="system-ui, sans-serif" font-size="13" role="img"'
                ' aria-label="A cloud that grows, loses and gains nodes under load">'
            ),
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *self._bars(),
            *self._load(),
            *self._marks(),
            *self._legend(legend - 22),
            *self._acts(legend + 14),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _x(self, at: float) -> float:
        return round(LEFT + (WIDTH - LEFT - 20) * at / self._end, 1)

    def _bars(self) -> list[str]:
        parts = []
        for number, node in enumerate(self._rows):
            top = TOP + ROW * number
            parts.append(f'<text x="{LEFT - 10}" y="{top + 16}" text-anchor="end">{node}</text>')
            states = self._line.states[node]
            ends = [at for at, _ in states[1:]] + [self._end]
            for (at, state), until in zip(states, ends, strict=True):
                if COLOURS.get(state):
                    width = max(round(self._x(until) - self._x(at), 1), 0.5)
                    parts.append(
                        f'<rect x="{self._x(at)}" y="{top + 4}" width="{width}" height="{ROW - 8}"'
                        f' fill="{COLOURS[state]}"><title>{node}: {state}, {at:.1f} s to'
                        f" {until:.1f} s</title></rect>"
                    )
        return parts

    def _load(self) -> list[str]:
        """Requests a second, and a red mark for each that failed."""
        base = self._floor + 20 + CHART
        parts = [
            f'<text x="{LEFT - 10}" y="{base - CHART + 12}" text-anchor="end">requests</text>',
            f'<text x="{LEFT - 10}" y="{base - CHART + 28}" text-anchor="end">a second</text>',
            f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - 20}" y2="{base}" stroke="#8894a3"/>',
        ]
        counts = {through: self._per_second(through) for through in ("haproxy", "dns")}
        most = max((count for each in counts.values() for count in each), default=1) or 1
        for (through, each), colour in zip(counts.items(), ("#2563a8", "#b0502d"), strict=True):
            points = " ".join(
                f"{self._x(second + 0.5)},{round(base - (CHART - 14) * count / most, 1)}"
                for second, count in enumerate(each)
            )
            parts.append(
                f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}">'
                f"<title>through {through}, at most {most} a second</title></polyline>"
            )
        parts.append(
            f'<text x="{LEFT - 10}" y="{base - CHART + 44}" text-anchor="end">≤ {most}</text>'
        )
        for request in self._line.requests:
            if not request.served:
                x = self._x(request.ended)
                parts.append(
                    f'<path d="M{x - 4},{base - 8} l8,8 m0,-8 l-8,8" stroke="#c01f2e"'
                    f' stroke-width="2"><title>failed: {escape(request.fault)}</title></path>'
                )
        for second in range(0, int(self._end) + 1, 10 if self._end < 150 else 20):
            x = self._x(second)
            parts.append(f'<text x="{x}" y="{base + 16}" text-anchor="middle">{second} s</text>')
        return parts

    def _per_second(self, through: str) -> Sequence[int]:
        counts = [0] * int(self._end)
        for request in self._line.requests:
            if request.through == through and request.ended < len(counts):
                counts[int(request.ended)] += 1
        return counts

    def _marks(self) -> list[str]:
        parts = []
        before = 0.0
        for number, act in enumerate(self._line.acts, 1):
            x = self._x(act.at)
            shown = max(x, before + 17)
            before = shown
            parts.append(
                f'<line x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{self._floor + 20 + CHART}"'
                ' stroke="#334155" stroke-dasharray="2 3"/>'
                f'<text x="{shown}" y="{TOP - 12}" text-anchor="middle" font-weight="600">'
                f"{number}<title>{escape(act.what)}</title></text>"
            )
        return parts

    def _legend(self, y: int) -> list[str]:
        parts = []
        x = float(LEFT)
        named = [(state, colour) for state, colour in COLOURS.items() if colour]
        named += [("through HAProxy", "#2563a8"), ("through DNS", "#b0502d"), ("failed", "#c01f2e")]
        for name, colour in named:
            parts.append(
                f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
                f'<text x="{x + 17}" y="{y}">{name}</text>'
            )
            x += 36 + 7.0 * len(name)
        return parts

    def _acts(self, y: int) -> list[str]:
        half = (len(self._line.acts) + 1) // 2
        return [
            f'<text x="{LEFT if number <= half else LEFT + (WIDTH - LEFT) // 2}"'
            f' y="{y + LINE * ((number - 1) % half + 1)}">'
            f'<tspan font-weight="600">{number}</tspan>  {act.at:.1f} s  {escape(act.what)}</text>'
            for number, act in enumerate(self._line.acts, 1)
        ]
