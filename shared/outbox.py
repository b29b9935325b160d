"""The outbox: an event is written in the transaction of the change that it tells of."""

from collections.abc import Iterable
from uuid import UUID

from shared.db import Unit, work_of
from shared.events.base import CaseEvent, Event
from shared.ids import new_id


def add(session: Unit, event: Event, *, audience: Iterable[UUID] | None = None) -> UUID:
    """Add one event to this transaction and return its id.

    The audience of a case's event is computed at commit from who may see the case. Any other event goes to `audience`,
    or else to the acting organisation.
    """
    work = work_of(session)
    work.pending.changed = True
    event_id = new_id()
    family = event.family if isinstance(event, CaseEvent) else None
    if audience is None and family is None:
        audience = [work.organisation] if work.organisation else []
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": event.TYPE,
        "ce_source": f"/services/{work.service}",
        "ce_time": work.now.isoformat(),
        "ce_partnership": str(work.partnership),
        "ce_organisation": str(work.organisation or ""),
        "ce_family": str(family or ""),
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
            "audience": [str(one) for one in audience] if audience is not None else None,
        }
    )
    return event_id


def _with_detail(event: Event) -> str:
    body = event.model_dump_json()
    return f'{body[:-1]}{"," if len(body) > 2 else ""}"detail":"{event.detail}"}}'
