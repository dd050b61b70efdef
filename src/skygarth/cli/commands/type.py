"""``skygarth type``: the kinds of objects that a node knows."""

from __future__ import annotations

from collections.abc import Mapping

from cyclopts import App

from skygarth.cli.answers import Page, TypeAnswer
from skygarth.cli.node_client import NodeClient, part
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, table

app = App(name="type", help="See what kinds of objects there are.", help_format="plaintext")

_LIMITS = ("maxLength", "minLength", "pattern", "enum", "minimum", "maximum", "format", "default")


@app.command(name="list")
def list_types(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print the declared types."""
    with NodeClient(at) as client:
        answer = client.get("types", Page[TypeAnswer])
    rows = [(each.name, ", ".join(_properties(each.schema))) for each in answer.value.items]
    Terminal(output).facts(answer.raw, lambda: table(["type", "fields"], rows))


@app.command
def show(name: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print the fields of a type with their limits.

    Args:
        name: The type's name, such as article.
    """
    with NodeClient(at) as client:
        answer = client.get(f"types/{part(name)}", TypeAnswer)
    schema = answer.value.schema
    required = schema.get("required")
    rows = [
        (
            field,
            _kind(rule),
            "yes" if isinstance(required, list) and field in required else "",
            _limits(rule),
        )
        for field, rule in _properties(schema).items()
    ]
    Terminal(output).facts(answer.raw, lambda: table(["field", "kind", "required", "limits"], rows))


def _properties(schema: Mapping[str, object]) -> dict[str, dict[str, object]]:
    found = schema.get("properties")
    if not isinstance(found, dict):
        return {}
    return {name: rule if isinstance(rule, dict) else {} for name, rule in found.items()}


def _kind(rule: Mapping[str, object]) -> str:
    kinds = rule.get("type", "any")
    return " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds)


def _limits(rule: Mapping[str, object]) -> str:
    return ", ".join(f"{limit}={rule[limit]}" for limit in _LIMITS if limit in rule)
