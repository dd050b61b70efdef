"""`skygarth import` brings a tree of files into a node's database."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A Jekyll site of two posts and one that cannot be read."""
    posts = tmp_path / "site" / "_posts"
    posts.mkdir(parents=True)
    for day, name in ((1, "hello"), (2, "again")):
        text = f"---\ntitle: {name.title()}\n---\nSome *text*.\n"
        (posts / f"2008-07-0{day}-{name}.md").write_text(text, encoding="utf-8")
    (posts / "2008-07-03-broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    return posts.parent


def test_a_second_import_changes_only_what_changed(run: Run, site: Path) -> None:
    """New files are created, the same files left alone, changed ones updated."""
    words = ("import", str(site), "--json")
    first = run(*words)
    second = run(*words)
    post = site / "_posts" / "2008-07-01-hello.md"
    post.write_text("---\ntitle: Hello!\n---\nSome *text*.\n", encoding="utf-8")
    third = run(*words)

    counts = [
        {name: ended.facts[name] for name in ("created", "updated", "unchanged", "skipped")}
        for ended in (first, second, third)
        if isinstance(ended.facts, dict)
    ]
    assert counts == [
        {"created": 2, "updated": 0, "unchanged": 0, "skipped": 1},
        {"created": 0, "updated": 0, "unchanged": 2, "skipped": 1},
        {"created": 0, "updated": 1, "unchanged": 1, "skipped": 1},
    ]


def test_a_skipped_file_is_named_with_its_fault(run: Run, site: Path) -> None:
    """The rest is imported; a script may ask for exit code 3."""
    shown, watched = run("import", str(site)), run("import", str(site), "--exit-code")

    assert (shown.code, watched.code) == (0, 3)
    assert "_posts/2008-07-03-broken.md" in shown.out


def test_a_folder_that_is_not_there_is_not_found(run: Run) -> None:
    """Exit code 4."""
    assert run("import", "no-such-site").code == 4
