"""The runner of documents is held to its own promises before any document is."""

from __future__ import annotations

from pathlib import Path

from tests.documents.fenced_blocks import Block, Command, blocks, commands, run_console, run_python


def test_blocks_are_found_with_the_reason_for_not_running_them() -> None:
    """A comment right above a block takes it out of the run and says why."""
    text = """
```console
$ true
```
<!-- not run: it never ends -->
```python
while True: ...
```
```toml
ignored = true
```
"""

    assert blocks(text) == [
        Block("console", "$ true\n"),
        Block("python", "while True: ...\n", "it never ends"),
    ]


def test_a_command_owns_the_lines_below_it() -> None:
    """Lines without a prompt are what the command above them prints."""
    assert commands("$ echo a\na\n$ cat <<END\n> b\n> END\nb\n") == [
        Command("echo a", ["a"]),
        Command("cat <<END\nb\nEND", ["b"]),
    ]


def test_commands_share_one_shell(tmp_path: Path) -> None:
    """What one command sets, the next one sees; an ellipsis stands for anything."""
    steps = commands("$ word=hello\n$ echo $word there world\nhello … world\n")

    assert run_console(steps, tmp_path) == []


def test_a_different_output_is_shown(tmp_path: Path) -> None:
    """The difference names the command, what was expected and what came."""
    found = run_console(commands("$ echo yes\nno\n"), tmp_path)

    assert found == ["$ echo yes\nexpected:\nno\ngot:\nyes\n"]


def test_a_failing_command_is_named(tmp_path: Path) -> None:
    """The first command that fails ends the run and is named with its output."""
    found = run_console(commands("$ true\n$ ls no-such-file\n$ true\n"), tmp_path)

    assert len(found) == 1
    assert found[0].startswith("$ ls no-such-file\nfailed:\n")


def test_what_a_command_leaves_running_ends_with_the_shell(tmp_path: Path) -> None:
    """A server started with & does not outlive the document, nor hold it up."""
    found = run_console(commands("$ sleep 1000 &\n$ echo ready\nready\n"), tmp_path)

    assert found == []


def test_python_blocks_share_one_namespace(tmp_path: Path) -> None:
    """A later block uses what an earlier one defined; a fault is returned as Python shows it."""
    assert run_python(["word = 'hello'\n", "assert word == 'hello'\n"], tmp_path) == ""
    assert "AssertionError" in run_python(["assert False\n"], tmp_path)
