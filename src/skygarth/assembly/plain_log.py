"""How a process of ours logs: plain lines on stderr, for stdout is for data."""

from __future__ import annotations

import sys

import structlog


def log_plainly() -> None:
    """Write to stderr, tracebacks without the values of variables: among them are tokens."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        # Looked up anew: whoever takes stderr over for a while must not take it away for good.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
