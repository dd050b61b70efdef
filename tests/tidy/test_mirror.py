"""Tests stand where one looks for them: beside the module of the same name."""

from __future__ import annotations

import ast

from tests.tidy.source_tree import PACKAGE, TESTS, python_tests, shown, source_files, syntax_tree

SHARE_MIN = 0.8


def test_tests_mirror_modules() -> None:
    """At least four modules in five have a test file of their own name."""
    modules = [path for path in source_files() if path.name not in {"__init__.py", "__main__.py"}]
    alone = [
        shown(path)
        for path in modules
        if not (TESTS / path.relative_to(PACKAGE).parent / f"test_{path.name}").exists()
    ]
    share = 1 - len(alone) / len(modules)

    assert share >= SHARE_MIN, f"{share:.0%} of {len(modules)}; without a test: {alone}"


def test_every_test_states_a_behaviour() -> None:
    """Each test has a docstring that says as a sentence what must hold."""
    faults = [
        shown(path, node.lineno)
        for path in python_tests()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and path.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert faults == []
