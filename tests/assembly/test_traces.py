"""Traces go where the environment says, and across nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.assembly.pool_nodes import pools
from tests.waiting import wait_until

from skygarth.assembly import traces as traces_module
from skygarth.assembly.traces import NoTraces, traces_of, wants_traces
from skygarth.web.tracing import Spans

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}, True),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_whoever_names_a_collector_wants_traces(environment: dict[str, str], wanted: bool) -> None:
    """By the variables that OpenTelemetry defines, and unless they are switched off."""
    assert wants_traces(environment) is wanted


def test_a_node_without_the_library_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform sets these variables for all its programs."""
    monkeypatch.setattr(traces_module, "find_spec", lambda _name: None)

    assert isinstance(traces_of("a", ENDPOINT), NoTraces)
    assert isinstance(traces_of("a", {}), NoTraces)


def test_spans_are_exported_where_the_library_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that is away delays nobody."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    made = traces_of("a", ENDPOINT)
    made.close()

    assert isinstance(made, Spans)
    assert len(made.middleware) == 1


def test_a_request_that_is_handed_on_is_one_trace(tmp_path: Path) -> None:
    """The node that answers appears below the node that was asked."""
    kept = InMemorySpanExporter()

    def traces(name: str) -> Spans:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(kept))
        return Spans(provider, name)

    with pools(tmp_path, traces=traces) as (web, _), web.client() as client:
        assert client.get("/search").text == "search for anybody"
        wait_until(lambda: len(kept.get_finished_spans()) >= 2, "both spans")
    by_node = {
        str((span.attributes or {})["skygarth.node"]): span
        for span in kept.get_finished_spans()
        if (span.attributes or {})["url.path"] == "/search"
    }
    asked, answered = by_node["web-1"], by_node["search-1"]
    assert asked.context is not None
    assert answered.context is not None
    assert answered.parent is not None

    assert asked.context.trace_id == answered.context.trace_id
    assert answered.parent.span_id == asked.context.span_id
    assert asked.parent is None
    assert (asked.attributes or {})["skygarth.served_by"] == "search-1"
