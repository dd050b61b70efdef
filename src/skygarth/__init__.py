"""Skygarth: a replicated content repository and web framework that needs nothing but a bucket.

The names below are imported when they are first used: a command that only
talks to a node should not wait for a web framework to load.
"""

from importlib import import_module

_HOMES = {
    "Application": "skygarth.assembly.application",
    "Attr": "skygarth.model.attributes",
    "Component": "skygarth.web.component",
    "JobChange": "skygarth.repository",
    "Json": "skygarth.model.attributes",
    "LongText": "skygarth.model.attributes",
    "Node": "skygarth.assembly.hosting",
    "Repository": "skygarth.repository",
    "Type": "skygarth.model.types",
    "attr": "skygarth.model.attributes",
    "on": "skygarth.repository",
    "route": "skygarth.web.routes",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names and their homes stand in one place


def __getattr__(name: str) -> object:
    """Import a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'skygarth' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
