"""The API's own description."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from skygarth.web.api.routing import DESCRIBED


def test_every_address_is_described(visitor: TestClient) -> None:
    """Each method of each address stands in the description, with its parameters."""
    document = visitor.get("openapi.json").json()
    described = {
        (method.upper(), path) for path, entry in document["paths"].items() for method in entry
    }
    plain = {(method, re.sub(r":\w+}", "}", address)) for method, address, _ in DESCRIBED}

    assert document["openapi"].startswith("3.1")
    assert described == plain
    for path, entry in document["paths"].items():
        for operation in entry.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
            assert operation["summary"]


def test_operations_have_distinct_names(visitor: TestClient) -> None:
    """Generated clients need one name for each operation."""
    paths = visitor.get("openapi.json").json()["paths"]
    names = [operation["operationId"] for entry in paths.values() for operation in entry.values()]

    assert sorted(set(names)) == sorted(names)


def test_references_lead_somewhere(visitor: TestClient) -> None:
    """Every schema that is referred to is there, those of the declared types among them."""
    text = visitor.get("openapi.json").text
    schemas = visitor.get("openapi.json").json()["components"]["schemas"]

    assert {"book_fields", "shelf_fields", "object", "problem"} <= schemas.keys()
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in schemas, name
