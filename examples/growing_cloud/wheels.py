"""Two editions of the site as wheels, as a build would make them."""

from __future__ import annotations

from pathlib import Path

from tests.assembly.wheels import build_wheel

ENTRY = "greeting"
SOURCE = """
from skygarth import Application, route
from skygarth.sample import Article, SampleSite, Section
from starlette.responses import PlainTextResponse


class Edition(SampleSite):
    version = "{version}"

    @route("/edition")
    def edition(self, request):
        return PlainTextResponse("{version}")


application = Application(types=(Section, Article), components={{"/": Edition()}})
"""


def build_edition(folder: Path, version: str) -> Path:
    """The wheel of one edition; its page ``/edition`` tells which it is."""
    return build_wheel(folder, version, source=SOURCE)
