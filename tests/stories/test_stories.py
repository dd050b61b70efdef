"""Stories of clouds: what people do, what befalls them, and what every node then holds.

Each file tells one; below ``----`` stands its outcome. ``pytest tests/stories
--rewrite`` writes the outcomes anew: read the difference, and commit it only if
you understand what caused it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.model.errors import Invalid
from skygarth.testing.story import play

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
LINE = "----\n"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, rewrite: bool) -> None:
    """The story ends as it is told."""
    story, _, told = path.read_text(encoding="utf-8").partition(LINE)
    outcome = play(story)
    if rewrite:
        path.write_text(f"{story}{LINE}{outcome}", encoding="utf-8")

    assert rewrite or told == outcome


def test_every_story_says_what_it_is_about() -> None:
    """A story begins with a sentence, and there are a dozen at least."""
    assert len(STORIES) >= 12
    assert [path.name for path in STORIES if not path.read_text().startswith("# ")] == []


def test_a_sentence_that_means_nothing_is_refused() -> None:
    """A misspelt verb is told with its line, and which verbs there are."""
    with pytest.raises(Invalid) as caught:
        play("nodes a\na edti x title=1")

    assert "line 2: a edti x" in caught.value.message
    assert "edit" in caught.value.hint
