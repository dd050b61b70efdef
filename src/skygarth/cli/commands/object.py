"""``skygarth object``: read and write objects through a running node.

An object is named by its GUID or by its path, ``/news/hello``. What one changes
is what one has seen: a change names the revision it starts from, and fails with
exit code 5 where somebody was faster.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Group, RenderableType

from skygarth.cli.answers import HistoryAnswer, ObjectAnswer, Page, TypeAnswer, VersionAnswer
from skygarth.cli.faults import UsageFault
from skygarth.cli.field_values import fields_from
from skygarth.cli.node_client import Answer, NodeClient, part, tree_path
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, shortened, table

app = App(name="object", help="Read and write objects.", help_format="plaintext")

PAGE_SIZE_MAX = 500
_NOTHING: tuple[object, ...] = (None, "", [], False)


@app.command
def get(which: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print one object.

    Args:
        which: Its GUID or its path.
    """
    with NodeClient(at) as client:
        answer = found(client, which)
    Terminal(output).facts(answer.raw, lambda: drawn(answer.value))


@app.command
def query(
    type: str,  # noqa: A002 the word that people use
    /,
    *,
    where: Annotated[list[str] | None, Parameter(negative="")] = None,
    order: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    limit: int = 50,
    count: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Print objects of a type.

    Args:
        type: The type's name, such as article.
        where: A condition, field=value; may be given several times.
        order: Field to sort by; with a minus before it, descending.
        limit: How many at most.
        count: Print only how many there are.
    """
    params = dict(_condition(text) for text in where or [])
    if order:
        params["order"] = order
    terminal = Terminal(output)
    with NodeClient(at) as client:
        if count:
            number = client.count(part(type), params=params)
            terminal.facts({"count": number}, lambda: str(number))
            return
        items, following = _pages(client, type, params, limit)
    terminal.facts(
        {"items": [raw for _, raw in items], "next": following},
        lambda: object_table([item for item, _ in items]),
    )


@app.command
def create(
    type: str,  # noqa: A002 the word that people use
    /,
    *assignments: str,
    parent: str | None = None,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Create an object.

    Args:
        type: The type's name, such as article.
        assignments: Fields: name=text, name:=JSON or name=@file.
        parent: GUID or path of what it stands under.
    """
    with NodeClient(at) as client:
        schema = client.get(f"types/{part(type)}", TypeAnswer).value.schema
        body: dict[str, object] = {"fields": fields_from(assignments, schema)}
        if parent is not None:
            body["parent"] = parent
        answer = client.post(part(type), ObjectAnswer, body)
    _show_written(answer, output)


@app.command
def edit(
    which: str, /, *assignments: str, output: Output = SPEAK, at: NodeAddress = NEAREST
) -> None:
    """Change fields of an object.

    Args:
        which: Its GUID or its path.
        assignments: Fields: name=text, name:=JSON or name=@file.
    """
    if not assignments:
        raise UsageFault("nothing to change was given", hint="write field=text after the object")
    with NodeClient(at) as client:
        before = found(client, which)
        schema = client.get(f"types/{part(before.value.type)}", TypeAnswer).value.schema
        body = {"fields": fields_from(assignments, schema)}
        answer = client.patch(f"objects/{before.value.guid}", ObjectAnswer, body, etag=before.etag)
    _show_written(answer, output)


@app.command
def delete(which: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Delete an object; `undelete` brings it back.

    Args:
        which: Its GUID or its path.
    """
    with NodeClient(at) as client:
        before = found(client, which)
        client.delete(f"objects/{before.value.guid}", etag=before.etag)
    Terminal(output).done(f"deleted; `skygarth object undelete {before.value.guid}` brings it back")


@app.command
def undelete(guid: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Bring a deleted object back.

    Args:
        guid: Its GUID.
    """
    with NodeClient(at) as client:
        answer = client.post(f"objects/{part(guid)}/undelete", ObjectAnswer)
    _show_written(answer, output)


@app.command
def history(which: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print what became of an object: who set what, on which node, and when.

    Args:
        which: Its GUID or its path; a deleted or purged one by its GUID.
    """
    with NodeClient(at) as client:
        guid = found(client, which).value.guid if which.startswith("/") else which
        answer = client.get(f"objects/{part(guid)}/history", HistoryAnswer)
    Terminal(output).facts(answer.raw, lambda: drawn_history(answer.value))


@app.command
def revert(which: str, /, *, to: str, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Set an object's fields to what they were in a version; a new edit, nothing is undone.

    Counters, publication and the place in the tree stay as they are.

    Args:
        which: Its GUID or its path; a deleted one by its GUID.
        to: The version, as `history` names it.
    """
    with NodeClient(at) as client:
        before = found(client, which)
        address = f"objects/{before.value.guid}/revert"
        answer = client.post(address, ObjectAnswer, {"to": to}, etag=before.etag)
    _show_written(answer, output)


@app.command
def purge(
    which: str,
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Remove an object for good, on every node.

    Args:
        which: Its GUID or its path.
        yes: Do not ask.
    """
    terminal = Terminal(output)
    with NodeClient(at) as client:
        before = found(client, which)
        name = before.value.path or before.value.guid
        terminal.consent(f"remove {before.value.type} {name} for good, on every node?", yes=yes)
        client.delete(f"objects/{before.value.guid}", etag=before.etag, params={"purge": "true"})
    terminal.done("purged")


def found(client: NodeClient, which: str) -> Answer[ObjectAnswer]:
    """The object of a GUID or path, with its revision.

    Raises:
        NotFound: there is none.
    """
    path = tree_path(which) if which.startswith("/") else f"objects/{part(which)}"
    return client.get(path, ObjectAnswer)


def object_table(objects: list[ObjectAnswer]) -> RenderableType:
    """Objects, one a line."""
    return table(
        ["guid", "path", "title", "revised", "conflicts"],
        [
            (
                each.guid,
                each.path,
                shortened(each.fields.get("title", each.fields.get("name"))),
                each.meta.get("revised"),
                len(each.conflicts) or None,
            )
            for each in objects
        ],
    )


def drawn(found_object: ObjectAnswer) -> RenderableType:
    """One object in full: what it is, its fields, its metadata."""
    head = [("guid", found_object.guid), ("type", found_object.type), ("path", found_object.path)]
    conflicts = len(found_object.conflicts)
    return Group(
        details(head),
        "",
        details(found_object.fields.items()),
        "",
        details([*found_object.meta.items(), ("conflicts", conflicts or None)]),
    )


def drawn_history(told: HistoryAnswer) -> RenderableType:
    """Versions, one a line, the oldest first; and what the list does not tell."""
    notes = [] if told.complete else ["older versions are not kept"]
    notes += [f"a segment that may tell more cannot be read: {each}" for each in told.unreadable]
    rows = [
        (each.version or "not published yet", each.at, each.node, each.by, each.deed, _set(each))
        for each in told.items
    ]
    return Group(table(["version", "at", "node", "by", "what", "set"], rows), *notes)


def _set(version: VersionAnswer) -> str:
    """What a version set, in one line; what it set to nothing in a new object is no news."""
    is_new = version.deed == "created"
    given = {**version.fields, **version.meta}
    told = [f"{n}={shortened(v)}" for n, v in given.items() if not is_new or v not in _NOTHING]
    return " ".join([*told, *(f"{n}{v:+d}" for n, v in version.amounts.items() if v)])


def _show_written(answer: Answer[ObjectAnswer], output: Output) -> None:
    value = answer.value
    line = " ".join(part for part in (value.guid, value.path) if part)
    Terminal(output).facts(answer.raw, lambda: line)


def _condition(text: str) -> tuple[str, str | int]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageFault(f"this is no condition. given='{text}'", hint="write field=value")
    return name.strip(), value


def _pages(
    client: NodeClient, type_name: str, params: dict[str, str | int], limit: int
) -> tuple[list[tuple[ObjectAnswer, object]], str | None]:
    """Objects up to a limit, page by page, and where the rest begins."""
    items: list[tuple[ObjectAnswer, object]] = []
    following: str | None = None
    while len(items) < limit:
        asked = {**params, "limit": min(limit - len(items), PAGE_SIZE_MAX)}
        if following:
            asked["after"] = following
        answer = client.get(part(type_name), Page[ObjectAnswer], params=asked)
        raw = answer.raw.get("items", []) if isinstance(answer.raw, dict) else []
        items += zip(answer.value.items, raw, strict=True)
        following = answer.value.next
        if not following or not raw:
            break
    return items, following
