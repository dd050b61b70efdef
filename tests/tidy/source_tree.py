"""The tree of this repository as the tidy tests read it: files, modules, imports."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "skygarth"
TESTS = ROOT / "tests"
DOCS = ROOT / "docs"


def source_files() -> list[Path]:
    """Every module of the package, in order."""
    return sorted(PACKAGE.rglob("*.py"))


def python_tests() -> list[Path]:
    """Every Python file of the tests, in order."""
    return sorted(TESTS.rglob("*.py"))


def documents() -> list[Path]:
    """Every Markdown document that people read: those beside the README and all of docs/."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@functools.cache
def syntax_tree(path: Path) -> ast.Module:
    """The parsed module at `path`."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """The dotted name of a module of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown(path: Path, line: int | None = None) -> str:
    """A path as a reader can click it."""
    relative = str(path.relative_to(ROOT))
    return relative if line is None else f"{relative}:{line}"


@functools.cache
def module_names() -> frozenset[str]:
    """The dotted names of all modules of the package."""
    return frozenset(module_name(path) for path in source_files())


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Each module that a file imports, wherever in the file, with its line.

    Imports inside functions and under TYPE_CHECKING count: an architecture is
    what the code knows of, not what it happens to load first.
    """
    return imports_in(syntax_tree(path), path)


def imports_in(tree: ast.Module, path: Path) -> Iterator[tuple[str, int]]:
    """Each module that a tree imports, read as though it stood at `path`."""
    known = module_names()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(path, node)
            for alias in node.names:
                deeper = f"{origin}.{alias.name}"
                yield (deeper if deeper in known else origin), node.lineno


def _origin(path: Path, node: ast.ImportFrom) -> str:
    """The absolute name of the module that `from … import` reads."""
    if not node.level:
        return node.module or ""
    package = module_name(path).split(".")
    keep = len(package) - node.level + (1 if path.name == "__init__.py" else 0)
    return ".".join([*package[:keep], *([node.module] if node.module else [])])
