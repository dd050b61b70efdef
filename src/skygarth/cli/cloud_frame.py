"""One frame of ``skygarth top``: alarms first, then the cloud in one line, then its nodes.

A terminal has a height. What does not fit is counted, not cut off silently, and
nodes in trouble stand before those that are well, so that they always fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from skygarth.cli.cloud_answers import AlarmAnswer, CloudAnswer, CostSeen, NodeSeen

CLOCK_SECONDS_MAX = 2.0
ROWS_MIN = 3
_MARKS = {"ready": ("●", "green"), "left": ("○", "dim"), "drained": ("○", "dim")}
_BAD = frozenset({"silent", "untrusted", "halted", "broken", "evicted"})


def frame(cloud: CloudAnswer, *, lines: int | None = None, fault: str = "") -> RenderableType:
    """Everything at one look.

    Args:
        lines: of the terminal; None for as many as it takes.
        fault: why this is not how things are now; "" if it is.
    """
    above = [*([_lost(fault)] if fault else []), *_alarms(cloud, lines), _figures(cloud), Text("")]
    room = (
        None if lines is None else max(ROWS_MIN, lines - len(above) - 4)
    )  # the figures may take two
    return Group(*above, _nodes(cloud.nodes, room), *_left_out(cloud.nodes, room))


def _lost(fault: str) -> Text:
    return _text(f"✕ no answer: {fault}", style="bold red")


def _alarms(cloud: CloudAnswer, lines: int | None) -> list[Text]:
    if not cloud.alarms:
        return [Text(f"● all is well: {len(cloud.nodes)} nodes", style="green")]
    room = len(cloud.alarms) if lines is None else max(2, lines // 3)
    shown = [_alarm(each, is_cut=lines is not None) for each in cloud.alarms[:room]]
    more = len(cloud.alarms) - len(shown)
    return [*shown, *([Text(f"  and {more} more alarms")] if more else [])]


def _alarm(alarm: AlarmAnswer, *, is_cut: bool) -> Text:
    """On one line of a terminal; whole where it is printed."""
    mark, style = ("✕", "bold red") if alarm.grave else ("▲", "yellow")
    text = _text(f"{mark} {alarm.sentence}", style=style)
    text.append(plain(f"   {alarm.command}" if alarm.command else ""), style="not bold default")
    text.no_wrap, text.overflow = is_cut, "ellipsis" if is_cut else "fold"
    return text


def plain(text: str) -> str:
    """Without what would steer the terminal: anybody who has the bucket can write a card."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _text(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style)


def _figures(cloud: CloudAnswer) -> Text:
    ready = sum(node.state == "ready" for node in cloud.nodes)
    counted = "" if cloud.bucket.keys is None else f", {cloud.bucket.keys:,} keys"
    away = "" if cloud.bucket.reachable else " (out of reach)"
    parts = (
        f"node {cloud.name}: {cloud.state}",
        f"{ready} of {len(cloud.nodes)} ready",
        f"lag {_seconds(cloud.lag_seconds)}",
        f"{cloud.unpublished:,} unpublished",
        f"{sum(cloud.objects.values()):,} objects",
        f"{cloud.conflicts_count:,} conflicts",
        f"{cloud.bucket.url}{away}: {cloud.bucket.segments:,} segments{counted}",
        _month(cloud.cost),
        *(f"{each.name} {'connected' if each.connected else 'away'}" for each in cloud.notices),
    )
    return _text(" · ".join(parts), style="dim")


def _month(cost: CostSeen) -> str:
    if cost.is_free:
        return "free"
    if cost.dollars_month is None:
        return "too early to tell a month's dollars"
    return f"${cost.dollars_month:.2f} a month"


def _seconds(lag: float | None) -> str:
    """A lag that cannot be known is no lag of 0.0."""
    return "unknown" if lag is None else f"{lag:.1f} s"


def _nodes(nodes: list[NodeSeen], room: int | None) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in ("node", "state", "pools"):
        drawn.add_column(heading, no_wrap=True, overflow="ellipsis")
    for heading in ("lag", "lacks", "req/s", "busy", "clock", "heard"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    drawn.add_column("address", no_wrap=True, overflow="ellipsis")
    for node in sorted(nodes, key=_by_trouble)[:room]:
        drawn.add_row(*_cells(node))
    return drawn


def _left_out(nodes: list[NodeSeen], room: int | None) -> Iterator[Text]:
    if room is not None and len(nodes) > room:
        yield Text(f"and {len(nodes) - room} more nodes, none in more trouble", style="dim")


def _by_trouble(node: NodeSeen) -> tuple[bool, int, bool, str]:
    is_away = node.state in {"left", "drained"}
    return is_away, -node.alarms, node.state == "ready", node.name


def _cells(node: NodeSeen) -> Iterator[Text]:
    mark, style = _MARKS.get(node.state, ("✕", "red") if node.state in _BAD else ("▲", "yellow"))
    unwell = f", unwell: {', '.join(node.unwell)}" if node.unwell else ""
    yield _text(node.name + (" (this)" if node.is_here else ""), style="bold")
    yield _text(f"{mark} {node.state}{unwell}", style=style)
    yield _text(node.group)
    yield Text(_seconds(node.lag_seconds))
    yield _text(_lacks(node), style="yellow" if node.behind else "")
    yield Text(f"{node.requests_per_second:.1f}")
    yield Text(f"{node.load:.1f}")
    yield _clock(node.clock_ahead_seconds)
    yield Text(_ago(node.told_seconds))
    yield _text(node.address.removeprefix("http://"))


def _lacks(node: NodeSeen) -> str:
    if not node.behind:
        return "–"
    bound = "" if node.is_here else "≤"
    return f"{bound}{node.behind} of {node.lacks[0].of}" if node.lacks else f"{bound}{node.behind}"


def _clock(ahead: float | None) -> Text:
    if ahead is None:
        return Text("unknown")
    if abs(ahead) <= CLOCK_SECONDS_MAX:
        return Text("right")
    return Text(f"{abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}", style="yellow")


def _ago(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"
