"""Field values as one types them: ``title=Hello``, ``views:=3``, ``body=@post.md``.

After ``=`` stands text, and the type's schema says what it means; after ``:=``
stands JSON, taken as it is; ``=@`` takes the text of a file, ``=@-`` of stdin.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from skygarth.cli.faults import UsageFault

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(:?=)(.*)", re.DOTALL)
_SWITCH = {"true": True, "false": False}


def fields_from(assignments: Iterable[str], schema: Mapping[str, object]) -> dict[str, object]:
    """The fields that assignments name, each with the JSON value it is given.

    Args:
        assignments: as in this module's description.
        schema: JSON Schema of the type, for what text means.

    Raises:
        UsageFault: an assignment cannot be understood.
    """
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    found: dict[str, object] = {}
    for assignment in assignments:
        match = _ASSIGNMENT.fullmatch(assignment)
        if match is None:
            raise UsageFault(
                f"this is no assignment. given='{assignment}'",
                hint="write field=text, field:=JSON or field=@file",
            )
        name, how, text = match.groups()
        found[name] = _json(name, text) if how == ":=" else _meant(name, text, known.get(name))
    return found


def _json(name: str, text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError as cause:
        raise UsageFault(
            f"{name}:= is not followed by JSON. given='{text}'",
            hint=f"write {name}=text, or quote the JSON for your shell",
        ) from cause
    return value


def _meant(name: str, text: str, schema: object) -> object:
    """What text means for a field of this schema; the node has the last word."""
    if text.startswith("@"):
        text = _content(text[1:])
    kinds = _kinds(schema)
    if not text and "null" in kinds:
        return None
    if "string" in kinds or not kinds:
        return text
    if "boolean" in kinds and text.lower() in _SWITCH:
        return _SWITCH[text.lower()]
    if "array" in kinds and not text.startswith("["):
        return [word.strip() for word in text.split(",") if word.strip()]
    return _json(name, text)


def _kinds(schema: object) -> set[str]:
    """The JSON types that a property's schema allows."""
    if not isinstance(schema, dict):
        return set()
    kinds = schema.get("type", [])
    found = {kinds} if isinstance(kinds, str) else set(kinds)
    for branch in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        found |= _kinds(branch)
    return found


def _content(where: str) -> str:
    if where == "-":
        return sys.stdin.read()
    try:
        return Path(where).read_text(encoding="utf-8")
    except OSError as cause:
        raise UsageFault(
            f"the file cannot be read. file='{where}'", hint="check its name and rights"
        ) from cause
