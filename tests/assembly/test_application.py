"""What an application is to a node, and how it is found by its name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skygarth.assembly.application import Application, load_application
from skygarth.model.errors import Invalid
from skygarth.sample import Article, Section

MODULE = """
from skygarth import Application

application = Application()

def made():
    return application

nothing = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module in the current folder that holds applications."""
    name = f"app_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return name


def test_without_a_name_it_is_the_sample() -> None:
    """Sections and articles, with their pages at the root."""
    application = load_application(None)

    assert (Section, Article) == application.types
    assert list(application.components) == ["/"]


@pytest.mark.parametrize("attribute", ["", ":application", ":made"])
def test_an_application_is_found_by_module_and_attribute(module: str, attribute: str) -> None:
    """The attribute may be an application or a function that gives one."""
    assert isinstance(load_application(module + attribute), Application)


@pytest.mark.parametrize("attribute", [":absent", ":nothing"])
def test_what_is_no_application_is_refused(module: str, attribute: str) -> None:
    """A missing attribute and a wrong one say how to name it."""
    with pytest.raises(Invalid) as caught:
        load_application(module + attribute)

    assert caught.value.code == "SG-APP-001"


def test_a_missing_module_is_refused() -> None:
    """No module of that name: the same clear error."""
    with pytest.raises(Invalid, match="no such application"):
        load_application("nowhere_at_all:app")
