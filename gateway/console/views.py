"""What the API answers, as lines of a page."""

from datetime import datetime
from typing import Any

from gateway.console.inside import Inside
from shared.calendar import LONDON

_COLOURS = {
    "enabled": "govuk-tag--green",
    "active": "govuk-tag--green",
    "paused": "govuk-tag--yellow",
    "disabled": "govuk-tag--red",
    "revoked": "govuk-tag--grey",
}


def _state(status: str) -> dict[str, str]:
    return {"state": status.capitalize(), "colour": _COLOURS.get(status, "govuk-tag--grey")}


def endpoint_line(one: dict[str, Any]) -> dict[str, Any]:
    """A webhook endpoint."""
    status, types = str(one["state"]), " ".join(one["event_types"])
    etag = f'"{one["version"]}"'
    line = {"id": one["id"], "url": one["url"], "types": types, "enabled": status == "enabled", "etag": etag}
    return line | _state(status)


async def health_lines(calls: Inside) -> list[dict[str, Any]]:
    """The organisation's webhook endpoints, with what waits for each."""
    health = await calls.read("/v1/webhook-endpoints/health") or {"endpoints": []}
    known = await calls.read("/v1/webhook-endpoints") or {"items": []}
    addresses = {one["id"]: one["url"] for one in known["items"]}
    return [
        {
            "id": one["id"],
            "url": addresses.get(one["id"], one["id"]),
            "pending": one["pending"],
            "oldest": moment(one["oldest_pending_at"]),
        }
        | _state(str(one["state"]))
        for one in health["endpoints"]
    ]


def attempt_row(one: dict[str, Any]) -> tuple[str, ...]:
    """One attempt to deliver: when, which event, how it ended, how long it took."""
    answer = f"{one['outcome']} ({one['status']})" if one["status"] else str(one["outcome"])
    return moment(one["started_at"]) or "", str(one["event"]), answer, f"{one['duration_ms']} ms"


def moment(value: str | None) -> str | None:
    """An instant as people in England read it."""
    if value is None:
        return None
    return datetime.fromisoformat(value).astimezone(LONDON).strftime("%-d %B %Y, %H:%M:%S")


def client_line(one: dict[str, Any]) -> dict[str, Any]:
    """A client."""
    status = str(one["status"])
    return {
        "id": one["id"],
        "name": one["name"],
        "kind": one["kind"],
        "roles": ", ".join(one["roles"]),
        "live": status != "revoked",
    } | _state(status)


async def concerns_of(calls: Inside) -> list[dict[str, Any]]:
    """Concerns that ran out of time and that nobody has acknowledged since; empty for whoever may not know of them."""
    found = await calls.read("/v1/events?types=circle.concern.*&limit=200") or {"items": []}
    late: dict[str, dict[str, Any]] = {}
    for event in found["items"]:
        concern = event["data"]["concern"]
        if event["type"].startswith("circle.concern.unacknowledged"):
            late[concern] = {"time": moment(event["time"]), "subject": concern}
        elif not event["type"].startswith("circle.concern.raised"):
            late.pop(concern, None)
    return list(late.values())
