"""What an application is to a node: its types and its components."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from skygarth.model.errors import Invalid
from skygarth.model.types import Type
from skygarth.sample import Article, SampleSite, Section
from skygarth.web.component import Component


@dataclass(frozen=True, slots=True)
class Application:
    """Types to declare and components to mount: ``{"/": Front(), "/blog": Blog()}``.

    Attributes:
        templates: a folder whose templates cover the components' own.
    """

    types: Sequence[type[Type]] = ()
    components: Mapping[str, Component] = field(default_factory=dict)
    templates: Path | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The version of each component, by its name."""
        return {each.name: each.version for each in self.components.values()}


def sample_application() -> Application:
    """Sections and articles, with their pages, feed and search."""
    return Application((Section, Article), {"/": SampleSite()})


def load_application(name: str | None, *, folder: Path | None = None) -> Application:
    """The application that ``module:attribute`` names; the sample without a name.

    It is imported from `folder`, by default from the current one. The attribute
    is an `Application`, a `skygarth.Node`, or a function that gives one.

    Raises:
        Invalid: there is no such module or attribute, or it is something else (SG-APP-001).
    """
    if name is None:
        return sample_application()
    module_name, _, attribute = name.partition(":")
    sys.path.insert(0, str(folder or Path.cwd()))
    try:
        found: object = getattr(importlib.import_module(module_name), attribute or "application")
    except (ImportError, AttributeError) as cause:
        raise Invalid(
            f"there is no such application. app={name!r} reason={cause}",
            code="SG-APP-001",
            hint="name it as module:attribute, from the folder that holds the module",
        ) from cause
    if callable(found) and not isinstance(found, Application):
        found = found()
    application = getattr(found, "application", found)
    if not isinstance(application, Application):
        raise Invalid(
            f"this is no application. app={name!r} type={type(found).__name__!r}",
            code="SG-APP-001",
            hint="make it a skygarth.Application or a skygarth.Node",
        )
    return application
