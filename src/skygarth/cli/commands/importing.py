"""``skygarth import``: a tree of Markdown and HTML becomes objects of a node.

It writes into the node's database directly, whether the node runs or not; a
node that runs publishes what was written, one that does not, does at its next
start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group, RenderableType

from skygarth.cli.faults import DONE, FINDING
from skygarth.cli.options import SPEAK, USUAL, Output, SettingsFile
from skygarth.cli.terminal import Terminal, details, table


def import_tree(
    path: Path,
    /,
    *,
    data: Path | None = None,
    app: str | None = None,
    notes: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    exit_code: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    where: SettingsFile = USUAL,
) -> int:
    """Import a Jekyll site: posts with front matter become articles.

    Importing again changes only what changed in the files. A file that cannot
    be read is reported and skipped.

    Args:
        path: The site's folder, or its _posts.
        data: Folder of the node's database.
        app: Your application, module:node, if it is not the sample site.
        notes: Print what was changed or left out while reading, too.
        exit_code: Exit with 3 where a file was skipped.
    """
    from skygarth.assembly import load_application, open_repository  # only here: --help is fast
    from skygarth.content_import.importing import import_tree as import_into

    settings = where.settings({"node.data": None if data is None else str(data)})
    terminal = Terminal(output)
    with (
        open_repository(settings.node.data, load_application(app)) as repository,
        terminal.progress("importing") as on_progress,
    ):
        report = import_into(repository, path, on_progress=on_progress)
    counts = {name: getattr(report, name) for name in ("created", "updated", "unchanged")}
    faults: list[dict[str, object]] = [
        {"file": each.source, "line": each.line, "reason": each.reason, "fix": each.hint}
        for each in report.faults
    ]
    remarks = [{"file": each.source, "note": each.text} for each in report.notes]
    into = str(settings.node.data)
    raw = {"data": into, **counts, "skipped": len(faults), "faults": faults, "notes": remarks}
    terminal.facts(raw, lambda: _drawn(into, counts, faults, remarks if notes else []))
    return FINDING if exit_code and faults else DONE


def _drawn(
    into: str,
    counts: dict[str, int],
    faults: list[dict[str, object]],
    notes: list[dict[str, str]],
) -> RenderableType:
    facts: list[tuple[str, object]] = [("into", into), *counts.items(), ("skipped", len(faults))]
    parts: list[RenderableType] = [details(facts)]
    if faults:
        rows = [tuple(each.values()) for each in faults]
        parts += ["", table(["skipped", "line", "reason", "fix"], rows)]
    if notes:
        parts += ["", table(["file", "note"], [tuple(each.values()) for each in notes])]
    return Group(*parts)
