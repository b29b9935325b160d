"""Metrics for Prometheus, trace context from edge to consumer, OpenTelemetry where an endpoint is configured."""

import os
from random import Random
from typing import Any

from opentelemetry import trace
from prometheus_client import Counter, Gauge, Histogram

from shared.settings import Settings

REQUESTS = Counter("circle_http_requests_total", "Requests", ["service", "method", "route", "status"])
SECONDS = Histogram("circle_http_seconds", "Seconds a request took", ["service", "route"])
PUBLISHED = Counter("circle_events_published_total", "Events published by the relay", ["service"])
BACKLOG = Gauge("circle_outbox_backlog", "Events not yet published", ["service"])
HANDLED = Counter("circle_events_handled_total", "Events handled", ["service", "handler", "outcome"])
LAG = Gauge("circle_consumer_lag", "Events on the bus that this service has not handled", ["service"])
PARKED = Gauge("circle_dead_letters", "Events parked", ["service"])

# A generator of our own, which leaves the process's alone; a forked process must not go on in its parent's numbers.
_NUMBERS = Random()  # noqa: S311 - ids of traces, not secrets
os.register_at_fork(after_in_child=_NUMBERS.seed)


def child(traceparent: str | None) -> str:
    """A `traceparent` of the same trace with a span of our own; a new trace when none, or no good one, came."""
    # Ids have to be different, not secret; a system call for each would cost more than all the rest.
    digits = _NUMBERS.randbytes(24).hex()
    trace_id = (_trace_id(traceparent) if traceparent else None) or digits[:32]
    return f"00-{trace_id}-{digits[32:]}-01"


def _trace_id(traceparent: str) -> str | None:
    pieces = traceparent.split("-")
    if len(pieces) < 4 or len(pieces[1]) != 32 or not set(pieces[1]) <= set("0123456789abcdef"):
        return None
    return pieces[1] if set(pieces[1]) != {"0"} else None


def configure(settings: Settings) -> None:
    """Export spans when an endpoint is configured; a collector that does not listen changes nothing."""
    if not settings.otel_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - costs 0.3 s
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - only where it is configured
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - only where it is configured

    from shared.spans import Discreet  # noqa: PLC0415 - only where it is configured

    provider = TracerProvider(resource=Resource.create({"service.name": f"circle-{settings.service}"}))
    provider.add_span_processor(Discreet(OTLPSpanExporter(endpoint=settings.otel_endpoint)))
    trace.set_tracer_provider(provider)


# The text of an exception may hold what a record says; a span says only that there was one.
_SILENT: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}


def span(name: str, traceparent: str) -> Any:
    """A span under the given parent; does nothing until `configure` found an endpoint."""
    pieces = traceparent.split("-")
    if len(pieces) < 4:
        return trace.get_tracer("circle").start_as_current_span(name, **_SILENT)
    parent = trace.SpanContext(int(pieces[1], 16), int(pieces[2], 16), is_remote=True, trace_flags=trace.TraceFlags(1))
    context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
    return trace.get_tracer("circle").start_as_current_span(name, context=context, **_SILENT)
