"""The API's own description, OpenAPI 3.1, made from its addresses and the declared types.

What a handler does stands in its docstring; what it takes and gives, in
`OPERATIONS`; what objects look like, in the types.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from skygarth.model.json_schema import json_schema
from skygarth.model.types import Type
from skygarth.repository.tokens import HIDDEN_TYPES
from skygarth.web.api.schemas import SCHEMAS, reference

_VARIABLE = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one handler takes and gives.

    Attributes:
        gives: schema of the answer; "" for an answer without a body.
        takes: schema of the body.
        query: parameters of the query.
        status: of an answer that is no refusal.
        is_open: whether it answers without a token.
        is_guarded: whether it wants If-Match.
    """

    gives: str = ""
    takes: str = ""
    query: tuple[str, ...] = ()
    status: int = 200
    is_open: bool = False
    is_guarded: bool = False


_PAGE = ("limit", "after")
OPERATIONS: Mapping[str, Operation] = {
    "GET /types": Operation(gives="types", is_open=True),
    "GET /types/{type}": Operation(gives="type", is_open=True),
    "GET /node": Operation(gives="node"),
    "POST /node/drain": Operation(takes="finishing", gives="node", status=202),
    "POST /node/resume": Operation(gives="node"),
    "POST /node/leave": Operation(takes="finishing", gives="node", status=202),
    "GET /nodes": Operation(gives="nodes", query=("fresh",)),
    "GET /cloud": Operation(gives="cloud"),
    "POST /nodes/{name}/forget": Operation(gives="forgotten"),
    "GET /cost": Operation(gives="cost"),
    "GET /sync": Operation(gives="sync"),
    "POST /sync/pause": Operation(gives="sync"),
    "POST /sync/resume": Operation(gives="sync"),
    "POST /sync/snapshot": Operation(gives="snapshot", status=201),
    "POST /sync/refill": Operation(gives="refill", status=201),
    "POST /sync/quarantine/{incarnation}/release": Operation(gives="sync"),
    "GET /conflicts": Operation(gives="conflicts", query=_PAGE),
    "GET /conflicts/{id}": Operation(gives="conflict"),
    "POST /conflicts/{id}": Operation(takes="settlement", gives="settled"),
    "GET /jobs": Operation(gives="jobs", query=("failed", *_PAGE)),
    "POST /jobs/{guid}/retry": Operation(gives="job"),
    "DELETE /jobs/{guid}": Operation(status=204),
    "POST /query": Operation(takes="question", gives="objects", is_open=True),
    "GET /tree": Operation(gives="objects", query=_PAGE, is_open=True),
    "GET /tree/{path}": Operation(gives="object", is_open=True),
    "GET /objects/{guid}": Operation(gives="object", is_open=True),
    "PATCH /objects/{guid}": Operation(takes="change", gives="object", is_guarded=True),
    "PUT /objects/{guid}": Operation(takes="change", gives="object", is_guarded=True),
    "DELETE /objects/{guid}": Operation(query=("purge", "recursive"), status=204, is_guarded=True),
    "POST /objects/{guid}/undelete": Operation(gives="object"),
    "GET /objects/{guid}/history": Operation(gives="history"),
    "POST /objects/{guid}/revert": Operation(takes="reverting", gives="object", is_guarded=True),
    "GET /objects/{guid}/children": Operation(gives="objects", query=_PAGE, is_open=True),
    "GET /{type}": Operation(
        gives="objects", query=(*_PAGE, "order", "match", "deleted"), is_open=True
    ),
    "POST /{type}": Operation(takes="creation", gives="object", status=201),
    "GET /changes": Operation(gives="changes", query=("since", "limit")),
}
"""By method and address."""

_PARAMETERS: dict[str, tuple[dict[str, object], str]] = {
    "limit": ({"type": "integer", "minimum": 1, "maximum": 1000}, "how many at most"),
    "after": ({"type": "string"}, "`next` of the page before"),
    "order": ({"type": "string"}, "fields, with a minus for the greatest first: -meta.published"),
    "match": ({"type": "string"}, "words that occur in the search fields; hel* is a prefix"),
    "failed": ({"type": "boolean"}, "only those that wait for a person, or only the others"),
    "deleted": ({"type": "boolean"}, "deleted objects too"),
    "purge": ({"type": "boolean"}, "for good"),
    "fresh": ({"type": "boolean"}, "read every card now"),
    "recursive": ({"type": "boolean"}, "with all that stands below"),
    "since": ({"type": "string"}, "a place in the feed, 0, or now"),
}


def openapi_document(
    types: Mapping[str, type[Type]],
    addresses: Sequence[tuple[str, str, Callable[..., object]]],
) -> dict[str, object]:
    """The whole description."""
    paths: dict[str, dict[str, object]] = {}
    for method, address, handler in addresses:
        plain = _VARIABLE.sub(r"{\1}", address)
        paths.setdefault(plain, {})[method.lower()] = _operation(plain, method, handler)
    fields = {
        f"{name}_fields": json_schema(cls.__plan__.schema)
        for name, cls in sorted(types.items())
        if name not in HIDDEN_TYPES
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Skygarth", "version": version("skygarth")},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": {**SCHEMAS, **fields},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(path: str, method: str, handler: Callable[..., object]) -> dict[str, object]:
    known = OPERATIONS[f"{method} {path}"]
    refusal = {"schema": reference("problem")}
    done: dict[str, object] = {"description": "done"}
    if known.gives:
        done["content"] = {"application/json": {"schema": reference(known.gives)}}
    operation: dict[str, object] = {
        "operationId": _name_of(path, method, handler),
        "summary": (inspect.getdoc(handler) or "").splitlines()[0],
        "parameters": _parameters(path, known),
        "responses": {
            str(known.status): done,
            "default": {
                "description": "a problem (RFC 9457)",
                "content": {"application/problem+json": refusal},
            },
        },
        "security": [{"token": []}, *([{}] if known.is_open else [])],
    }
    if known.takes:
        body = {"application/json": {"schema": reference(known.takes)}}
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _name_of(path: str, method: str, handler: Callable[..., object]) -> str:
    """The handler's name, where one handler answers several addresses with what differs."""
    name = handler.__name__
    if name == "read_children" and path == "/tree":
        return "read_roots"
    return f"replace_{name}" if method == "PUT" else name


def _parameters(path: str, known: Operation) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VARIABLE.findall(path)
    ]
    for name in known.query:
        schema, meaning = _PARAMETERS[name]
        found.append({"name": name, "in": "query", "schema": schema, "description": meaning})
    if known.is_guarded:
        text = {"type": "string"}
        meaning = "the object's ETag, or *"
        found.append({"name": "If-Match", "in": "header", "schema": text, "description": meaning})
    return found
