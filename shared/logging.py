"""Structured logs: one JSON line an event, and only fields of the allow-list, so that no personal data slips in."""

import io
import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

ALLOWED = frozenset({
    "event", "level", "timestamp", "service", "request_id", "trace_id", "method", "route", "status", "duration_ms",
    "client_id", "partnership", "error", "where", "handler", "event_id", "event_type", "topic", "count", "attempt",
    "endpoint", "kind", "host", "port", "seconds", "position", "reason", "delivery", "state", "process", "places",
})  # fmt: skip

# The request at which this task works; said by every line that is written meanwhile.
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
_FRAMES = 4


def configure(service: str, level: int = logging.INFO) -> None:
    """Send everything, other libraries' records too, through the same renderer to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _rendering(service),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=_StandardError()),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Forward()]
    root.setLevel(logging.WARNING)


def get(where: str) -> Any:
    """A logger that says where its lines come from."""
    return structlog.get_logger(where=where)


def places(error: BaseException) -> list[str]:
    """Where each error of a group was raised, by type, file and line: never its text, which may hold data."""
    if isinstance(error, BaseExceptionGroup):
        return [place for one in error.exceptions for place in places(one)]
    frames = [
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return [" ".join([type(error).__name__, *frames[-_FRAMES:]])]


def _rendering(service: str) -> Callable[[Any, str, MutableMapping[str, Any]], str]:
    """The last step: what every line says is added, what is not allowed is left out, and it is one line of JSON."""

    def render(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
        said = {name: value for name, value in line.items() if name in ALLOWED}
        said |= {"service": service, "timestamp": datetime.now(UTC)}
        request_id = REQUEST_ID.get()
        if request_id is not None:
            said["request_id"] = request_id
        return orjson.dumps(said, default=str, option=orjson.OPT_UTC_Z).decode()

    return render


class _Forward(logging.Handler):
    """Other libraries' records: the logger's name and the exception's type; their message may hold data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        # Only the first line of a constant text: an exception given as the message is named, never printed.
        kind = record.msg.partition("\n")[0][:60] if isinstance(record.msg, str) else type(record.msg).__name__
        structlog.get_logger(where=record.name).log(record.levelno, "library-message", error=error, kind=kind)


class _StandardError(io.StringIO):
    """What standard error is at the moment of writing, not when logging was configured."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
