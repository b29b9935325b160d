"""Spans tell what was called and how long it took, never what somebody typed."""

from contextlib import suppress

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.spans import Discreet

NAME = "Amina Alder"


def test_nothing_that_was_typed_and_no_exceptions_text_leaves_with_a_span() -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(Discreet(kept))
    tracer = provider.get_tracer("test")
    typed = {"url.query": f"external_id={NAME}", "url.path": f"/v1/{NAME}", "http.route": "/v1/families"}
    with suppress(ValueError), tracer.start_as_current_span("GET", attributes=typed) as span:
        span.set_attribute("http.response.status_code", 500)
        raise ValueError(NAME)
    provider.shutdown()
    (told,) = kept.get_finished_spans()
    assert dict(told.attributes or {}) == {"http.route": "/v1/families", "http.response.status_code": 500}
    assert NAME not in told.to_json()
    assert told.end_time
