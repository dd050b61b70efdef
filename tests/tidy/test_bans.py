"""What breaks determinism or hides meaning is forbidden, and each ban names its replacement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.source_tree import (
    DOCS,
    PACKAGE,
    ROOT,
    documents,
    python_tests,
    shown,
    source_files,
    syntax_tree,
)

_TIME = "take a clock as an argument; skygarth.clock reads the machine's"
_WAIT = "take the wait as an argument (an Event to wait on, or a sleep that is handed in)"
_CHANCE = "take the source of chance as an argument; skygarth.clock has the machine's"

# What no module outside skygarth.clock may name, and what to do instead.
AMBIENT = {
    "time.time": _TIME,
    "time.time_ns": _TIME,
    "time.monotonic": _TIME,
    "time.monotonic_ns": _TIME,
    "time.perf_counter": _TIME,
    "time.perf_counter_ns": _TIME,
    "time.localtime": _TIME,
    "time.gmtime": _TIME,
    "time.sleep": _WAIT,
    "datetime.datetime.now": _TIME,
    "datetime.datetime.utcnow": _TIME,
    "datetime.datetime.today": _TIME,
    "datetime.date.today": _TIME,
    "os.urandom": _CHANCE,
    "os.getrandom": _CHANCE,
    "uuid.uuid1": _CHANCE,
    "uuid.uuid4": _CHANCE,
    "uuid.uuid6": _CHANCE,
    "uuid.uuid7": _CHANCE,
}
AMBIENT_MODULES = {"random": _CHANCE, "secrets": _CHANCE}

VAGUE = {
    *("util", "utils", "helper", "helpers", "base", "common", "core", "manager", "managers"),
    *("misc", "data", "info", "process", "handle", "handler", "handlers", "stuff", "lib"),
}
SLEEPERS = ("tests/waiting.py", "tests/servers/")
MACHINE_PATH = re.compile(r"""(?<![\w.])/(?:work|root|home/\w+|tmp/\w+|Users/\w+)/[\w.]""")


def test_only_the_clock_reads_time_and_chance() -> None:
    """Time, chance and identities are handed in, so that a seed replays a whole cloud."""
    faults = [
        f"{shown(path, line)}: {name}: {AMBIENT.get(name) or AMBIENT_MODULES[name]}"
        for path in source_files()
        if PACKAGE / "clock" not in path.parents
        for name, line in _ambient_reads(syntax_tree(path))
    ]

    assert faults == []


def test_no_test_sleeps() -> None:
    """A test waits for what it means, not for a while; only those of real processes may poll."""
    faults = [
        f"{shown(path, line)}: {name}"
        for path in python_tests()
        if not shown(path).startswith(SLEEPERS)
        for name, line in _ambient_reads(syntax_tree(path))
        if name == "time.sleep"
    ]

    assert faults == []


def test_module_names_say_what_is_inside() -> None:
    """A vague name is a drawer that everything falls into."""
    faults = [
        shown(path)
        for path in [*source_files(), *python_tests()]
        if VAGUE & set(path.relative_to(ROOT).with_suffix("").parts[1:])
        or path.stem.removeprefix("test_") in VAGUE
    ]

    assert faults == []


def test_every_silenced_type_error_says_which() -> None:
    """A `type: ignore` without a code silences what nobody has seen yet."""
    faults = [
        shown(path, number)
        for path in [*source_files(), *python_tests()]
        if path != Path(__file__)
        for number, line in _lines(path)
        if re.search(r"#\s*type:\s*ignore(?!\[[\w-]+)", line)
    ]

    assert faults == []


def test_no_path_of_one_machine_is_written_down() -> None:
    """What works only where it was written, does not work."""
    written = [
        *source_files(),
        *python_tests(),
        *documents(),
        *(path for path in [*DOCS.rglob("*"), *(ROOT / ".ci").glob("*")] if path.is_file()),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]
    faults = [
        f"{shown(path, number)}: {found[0]}"
        for path in sorted(set(written))
        if path != Path(__file__) and path.suffix not in {".png", ".sqlite", ".bin"}
        for number, line in _lines(path)
        if (found := MACHINE_PATH.search(line))
    ]

    assert faults == []


def test_files_stay_readable_in_one_sitting() -> None:
    """A file of more than 600 lines holds a second idea: find it and move it out."""
    faults = [
        f"{shown(path)}: {count}"
        for path in source_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 600
    ]

    assert faults == []


def test_an_ambient_read_is_seen_under_any_name() -> None:
    """Neither an alias, nor `from`, nor a function body hides the clock."""
    text = """
import time as t
from datetime import datetime as moment
def later():
    import random
    return t.time(), moment.now(), t.strftime("%Y")
"""

    assert sorted(name for name, _ in _ambient_reads(ast.parse(text))) == [
        "datetime.datetime.now",
        "random",
        "time.time",
    ]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    return enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)


def _ambient_reads(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each forbidden name that a module reads, with its line, whatever it calls it."""
    names = dict(_imported_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _ambient_imports(node)
        elif isinstance(node, ast.Attribute):
            full = _full_name(node, names)
            if full in AMBIENT:
                yield full, node.lineno


def _ambient_imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, int]]:
    origin = node.module if isinstance(node, ast.ImportFrom) else None
    if origin in AMBIENT_MODULES:
        yield origin, node.lineno
    for alias in node.names:
        full = f"{origin}.{alias.name}" if origin else alias.name
        if full in AMBIENT or full in AMBIENT_MODULES:
            yield full, node.lineno


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name of an attribute, with its imported root spelled out."""
    if isinstance(node, ast.Attribute):
        return f"{_full_name(node.value, names)}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""
