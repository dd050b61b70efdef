"""The floors of the house, held as data.

Deferred and typing-only imports are read like any other: those are the places
where layered code bases hide their cycles.
"""

from __future__ import annotations

import ast
import re

from tests.tidy.source_tree import (
    DOCS,
    PACKAGE,
    imported_modules,
    imports_in,
    module_name,
    shown,
    source_files,
    syntax_tree,
)

FLOORS = {
    "model": 1,
    "clock": 2,
    "merging": 2,
    "formats": 2,
    "replication": 3,
    "bucket": 4,
    "database": 4,
    "notices": 4,
    "naming": 4,
    "repository": 5,
    "node": 6,
    "routing": 7,
    "front_ends": 7,
    "images": 7,
    "web": 8,
    "content_import": 8,
    "sample": 9,
    "assembly": 10,
    "testing": 10,
    "cli": 11,
}


def test_every_package_stands_on_a_floor() -> None:
    """A package that is not in the table has no place yet: give it one on purpose."""
    entries = {
        path.stem
        for path in PACKAGE.iterdir()
        if not path.name.startswith("_")
        and (path.suffix == ".py" or (path / "__init__.py").exists())
    }

    assert set() == entries - FLOORS.keys()


def test_imports_only_go_down() -> None:
    """A module imports from lower floors and from its own package, nothing else."""
    faults = [
        f"{shown(path, line)}: {_package(module_name(path))} imports {imported}"
        for path in source_files()
        if module_name(path) != "skygarth"
        for imported, line in imported_modules(path)
        if _belongs(imported) and not _may_import(module_name(path), imported)
    ]

    assert faults == []


def test_no_module_imports_in_a_circle() -> None:
    """Inside a package, too, imports run one way."""
    graph = {
        module_name(path): {name for name, _ in imported_modules(path) if _belongs(name)}
        for path in source_files()
        if path.name != "__init__.py"
    }

    assert [sorted(circle) for circle in _circles(graph)] == []


def test_init_files_hold_a_docstring_and_public_names() -> None:
    """What an __init__ computes, everybody pays for on import; so it computes nothing."""
    faults = [
        shown(path, node.lineno)
        for path in source_files()
        if path.name == "__init__.py"
        for node in syntax_tree(path).body
        if not _is_docstring_or_name(node, is_root=path.parent == PACKAGE)
    ]

    assert faults == []


def test_every_module_begins_with_a_docstring() -> None:
    """A module says what its one idea is before it acts."""
    faults = [shown(path) for path in source_files() if not ast.get_docstring(syntax_tree(path))]

    assert faults == []


def test_the_architecture_document_shows_these_floors() -> None:
    """docs/ARCHITECTURE.md draws the floors that this test holds."""
    text = (DOCS / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = {
        name: int(floor)
        for floor, name in re.findall(r"^\| (\d+) \| `skygarth\.(\w+)` \|", text, re.MULTILINE)
    }

    assert drawn == FLOORS


def _belongs(name: str) -> bool:
    return name == "skygarth" or name.startswith("skygarth.")


def _package(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def _may_import(importer: str, imported: str) -> bool:
    """Whether the floors allow it; the root package re-exports all, so nobody below reads it."""
    here, there = _package(importer), _package(imported)
    if not there:
        return False
    return here == there or FLOORS.get(there, 99) < FLOORS.get(here, 0)


def _is_docstring_or_name(node: ast.stmt, *, is_root: bool) -> bool:
    """Only the root may look names up lazily: `skygarth --help` must not load a web server."""
    if isinstance(node, ast.ImportFrom | ast.Import):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        return names <= ({"__all__", "_HOMES"} if is_root else {"__all__"})
    lazy = isinstance(node, ast.If) or (
        isinstance(node, ast.FunctionDef) and node.name in {"__getattr__", "__dir__"}
    )
    return is_root and lazy


def _circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected parts of more than one module (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in graph.get(name, set()) & graph.keys():
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            part = set(stack[stack.index(name) :])
            del stack[stack.index(name) :]
            if len(part) > 1:
                found.append(part)

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def test_circles_are_seen() -> None:
    """The search itself finds a circle of three, and no other part."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}

    assert [{"a", "b", "c"}] == _circles(graph)


def test_a_relative_import_is_read_as_what_it_means() -> None:
    """Nobody writes relative imports here; whoever does is still seen."""
    tree = ast.parse("def later():\n    from .errors import Invalid\n")
    found = imports_in(tree, PACKAGE / "model" / "imagined.py")

    assert list(found) == [("skygarth.model.errors", 2)]
