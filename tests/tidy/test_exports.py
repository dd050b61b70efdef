"""What a package says it offers, it offers; what it imports to offer, it says."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from tests.tidy.source_tree import PACKAGE, module_name, source_files, syntax_tree

OFFERING = [
    path
    for path in source_files()
    if any(
        isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in ast.dump(node)
        for node in syntax_tree(path).body
    )
]


@pytest.mark.parametrize("path", OFFERING, ids=module_name)
def test_every_offered_name_exists(path: Path) -> None:
    """`__all__` names only what the module really has, each once."""
    module = importlib.import_module(module_name(path))
    names = list(module.__all__)

    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize(
    "path", [path for path in OFFERING if path.name == "__init__.py"], ids=module_name
)
def test_every_imported_name_is_offered(path: Path) -> None:
    """An __init__ imports a name only to offer it."""
    module = importlib.import_module(module_name(path))
    imported = {
        alias.asname or alias.name
        for node in syntax_tree(path).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("skygarth")
        for alias in node.names
    }

    assert set() == imported - set(module.__all__)


def test_the_package_is_marked_as_typed() -> None:
    """Applications are checked against our annotations only where py.typed says so."""
    assert (PACKAGE / "py.typed").is_file()
