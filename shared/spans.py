"""Which of a span leaves the process: names, times and codes of an allow-list, so that no personal data slips out.

FastAPI makes a span of each request by itself, with the query and the path as they were typed.
"""

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status

ALLOWED = frozenset({
    "code.function.name", "error.type", "http.request.method", "http.response.status_code", "http.route",
    "network.protocol.version", "server.address", "server.port", "url.scheme",
})  # fmt: skip


class Discreet(BatchSpanProcessor):
    """Exports in batches; of what a span was told, only the allowed."""

    def on_end(self, span: ReadableSpan) -> None:
        super().on_end(discreet(span))


def discreet(span: ReadableSpan) -> ReadableSpan:
    """The span without events (they hold exceptions) and without any attribute or text that is not allowed."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in ALLOWED},
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
