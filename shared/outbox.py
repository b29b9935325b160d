"""The outbox: an event is written in the transaction of the change that it tells of."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from shared.db import Unit, work_of
from shared.events.base import CaseEvent, Event
from shared.ids import new_id_text

# Audiences name the same few organisations again and again.
_text = lru_cache(maxsize=4096)(UUID.__str__)


def add(session: Unit, event: Event, *, audience: Iterable[UUID] | None = None) -> None:
    """Add one event to this transaction.

    The audience of a case's event is computed at commit from who may see the case. Any other event goes to `audience`,
    or else to the acting organisation.
    """
    work = work_of(session)
    work.pending.changed = True
    family = event.family if isinstance(event, CaseEvent) else None
    if audience is None and family is None:
        audience = [work.organisation] if work.organisation else []
    headers = {
        "ce_specversion": "1.0",
        "ce_id": new_id_text(),
        "ce_type": event.TYPE,
        "ce_source": f"/services/{work.service}",
        "ce_time": work.now,
        "ce_partnership": work.partnership,
        "ce_organisation": work.organisation or "",
        "ce_family": family or "",
        "traceparent": work.traceparent,
        "content-type": "application/json",
    }
    work.pending.events.append(
        {
            "topic": event.TOPIC,
            "key": event.key,
            "headers": headers,
            "data": _with_detail(event),
            "family_id": family,
            "parts": list(event.PARTS),
            "audience": [_text(one) for one in audience] if audience is not None else None,
        }
    )


def _with_detail(event: Event) -> str:
    body = event.model_dump_json()
    return f'{body[:-1]}{"," if len(body) > 2 else ""}"detail":"{event.detail}"}}'
