"""The event as partners get it: CloudEvents 1.0 in structured JSON, without what is only ours."""

from typing import Any, Final

import orjson

from shared.kafka import Envelope

MAX_BYTES: Final = 20_000


def document(envelope: Envelope) -> str:
    """Ids, codes, dates and the detail link; the audience and the acting organisation stay inside."""
    data: dict[str, Any] = orjson.loads(envelope.data)
    made = _made(envelope, data)
    if len(made) > MAX_BYTES:
        made = _made(envelope, {name: value for name, value in data.items() if not isinstance(value, list | dict)})
    return made.decode()


def _made(envelope: Envelope, data: dict[str, Any]) -> bytes:
    headers = envelope.headers
    attributes = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "type": envelope.type,
        "source": headers.get("ce_source", ""),
        "time": headers.get("ce_time", ""),
        "datacontenttype": "application/json",
        "partnership": str(envelope.partnership),
    }
    return orjson.dumps(attributes | {"data": data})
