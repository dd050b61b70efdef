"""Decides whether a node traces its requests: if the environment names a collector.

OpenTelemetry's own variables say so, as for every other program of a platform.
A platform may set them for all its programs: so a node without the library
starts all the same, and says once what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Protocol

import structlog
from starlette.middleware import Middleware

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_LIBRARIES = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_log = structlog.get_logger("skygarth.traces")


class Traces(Protocol):
    """What is put around a node's faces, and closed after them."""

    @property
    def middleware(self) -> Sequence[Middleware]:
        """The outermost first."""
        ...

    def close(self) -> None:
        """Send what was not sent yet."""
        ...


class NoTraces:
    """Traces of a node that makes none."""

    middleware: Sequence[Middleware] = ()

    def close(self) -> None:
        """There is nothing to send."""


def wants_traces(environment: Mapping[str, str]) -> bool:
    """Whether somebody has named a collector, and not switched traces off."""
    is_off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none"
    )
    return not is_off and any(environment.get(name) for name in ENDPOINTS)


def traces_of(node: str, environment: Mapping[str, str]) -> Traces:
    """A node's traces, as the environment wants them.

    Args:
        node: the name of the node.
    """
    if not wants_traces(environment):
        return NoTraces()
    if not _is_installed():
        _log.warning("no traces: a library is missing", fix="pip install 'skygarth[otel]'")
        return NoTraces()
    from skygarth.web.trace_export import exported_spans  # only here: its library is an extra

    return exported_spans(node, environment.get("OTEL_SERVICE_NAME", "skygarth"))


def _is_installed() -> bool:
    try:
        return all(find_spec(name) is not None for name in _LIBRARIES)
    except ModuleNotFoundError:
        return False
