"""Sends a node's spans to a collector, over OTLP; needs ``skygarth[otel]``.

Where it is, how often and how much of it stands in the variables that
OpenTelemetry defines for all programs (``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_TRACES_SAMPLER`` and so on): the library reads them itself.
"""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from skygarth.web.tracing import Spans


def exported_spans(node: str, service: str) -> Spans:
    """Spans that go to the collector of the environment.

    Args:
        node: the name of this node; the collector shows it as the service's instance.
        service: what the collector calls the cloud.
    """
    resource = Resource.create({"service.name": service, "service.instance.id": node})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Spans(provider, node)
