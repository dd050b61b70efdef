"""``skygarth conflict``: what merging set aside, and its settlement.

Nothing that lost is gone: both values stand here, on every node, until
somebody chooses. The choice replicates like any change.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Group, RenderableType

from skygarth.cli.answers import ConflictAnswer, Page, SideAnswer, Value
from skygarth.cli.faults import DONE, FINDING, UsageFault
from skygarth.cli.node_client import NodeClient, part
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, shortened, table

app = App(name="conflict", help="See and settle what merging set aside.", help_format="plaintext")

Side = Literal["shown", "set-aside"]


@app.command(name="list")
def list_conflicts(
    *,
    limit: int = 50,
    exit_code: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> int:
    """Print the conflicts that nobody has settled yet.

    Args:
        limit: How many at most.
        exit_code: Exit with 3 where there are any.
    """
    with NodeClient(at) as client:
        answer = client.get("conflicts", Page[ConflictAnswer], params={"limit": limit})
    items = answer.value.items
    Terminal(output).facts(answer.raw, lambda: _list_drawn(items))
    return FINDING if exit_code and items else DONE


@app.command
def show(id: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:  # noqa: A002
    """Print both values of a conflict in full.

    Args:
        id: As `skygarth conflict list` prints it.
    """
    with NodeClient(at) as client:
        answer = client.get(f"conflicts/{part(id)}", ConflictAnswer)
    Terminal(output).facts(answer.raw, lambda: _drawn(answer.value))


@app.command
def resolve(
    id: str,  # noqa: A002 the word that people use
    /,
    *,
    take: Side | None = None,
    value: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Settle a conflict, on every node.

    Args:
        id: As `skygarth conflict list` prints it.
        take: The value to keep.
        value: Another value instead, as JSON; what is no JSON is text.
    """
    if (take is None) == (value is None):
        raise UsageFault(
            "one choice is needed", hint="give --take shown, --take set-aside or --value"
        )
    choice: object = {"value": _meant(value)} if value is not None else str(take).replace("-", "_")
    with NodeClient(at) as client:
        client.post(f"conflicts/{part(id)}", object, {"take": choice})
    Terminal(output).done("settled")


def _meant(text: str) -> Value:
    try:
        value: Value = json.loads(text)
    except ValueError:
        return text
    return value


def _list_drawn(items: list[ConflictAnswer]) -> RenderableType:
    if not items:
        return "none"
    rows = [
        (
            each.id,
            each.path or each.guid,
            each.field,
            shortened(each.shown.value),
            shortened(each.set_aside.value),
            each.set_aside.by,
            each.set_aside.at,
        )
        for each in items
    ]
    return table(["conflict", "object", "field", "shown", "set aside", "by", "at"], rows)


def _drawn(conflict: ConflictAnswer) -> RenderableType:
    head = [
        ("conflict", conflict.id),
        ("object", f"{conflict.type} {conflict.path or conflict.guid}"),
        ("field", conflict.field),
    ]
    return Group(
        details(head),
        "",
        *_side("shown", conflict.shown),
        "",
        *_side("set aside", conflict.set_aside),
        "",
        f"skygarth conflict resolve {conflict.id} --take set-aside restores what was set aside",
    )


def _side(name: str, side: SideAnswer) -> list[str]:
    by = f" by {side.by}" if side.by else ""
    when = f" at {side.at}" if side.at else ""
    text = side.value if isinstance(side.value, str) else json.dumps(side.value, ensure_ascii=False)
    return [f"{name}{by}{when}:", *(f"  {line}" for line in text.splitlines() or [""])]
