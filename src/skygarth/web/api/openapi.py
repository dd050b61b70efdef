"""The API's own description, OpenAPI 3.1, made from its addresses and the declared types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from skygarth.model.json_schema import json_schema
from skygarth.model.types import Type
from skygarth.repository.tokens import HIDDEN_TYPES

_VARIABLE = re.compile(r"{(\w+)(?::\w+)?}")


def openapi_document(
    types: Mapping[str, type[Type]],
    addresses: Sequence[tuple[str, str, Callable[..., object]]],
) -> dict[str, object]:
    """The whole description."""
    paths: dict[str, dict[str, object]] = {}
    for method, address, handler in addresses:
        plain = _VARIABLE.sub(r"{\1}", address)
        paths.setdefault(plain, {})[method.lower()] = _operation(address, method, handler)
    shown = {
        name: json_schema(cls.__plan__.schema)
        for name, cls in sorted(types.items())
        if name not in HIDDEN_TYPES
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Skygarth", "version": version("skygarth")},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": {**shown, "problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(address: str, method: str, handler: Callable[..., object]) -> dict[str, object]:
    operation: dict[str, object] = {
        "operationId": handler.__name__
        + ("" if method in {"GET", "POST"} else f"_{method.lower()}"),
        "summary": (inspect.getdoc(handler) or "").splitlines()[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _VARIABLE.findall(address)
        ],
        "responses": {
            "default": {
                "description": "a problem",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}
                },
            },
            "200": {"description": "done", "content": {"application/json": {"schema": {}}}},
        },
        "security": [{"token": []}, {}],
    }
    if method in {"POST", "PUT", "PATCH"}:
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return operation


_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "instance": {"type": "string"},
    },
}
