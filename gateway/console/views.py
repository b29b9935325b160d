"""What the API answers, as lines of a page."""

from typing import Any

from gateway.console.inside import Inside

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
    status = str(one["status"])
    types = " ".join(one.get("types", one.get("event_types", [])))
    return {"id": one["id"], "url": one["url"], "types": types, "enabled": status == "enabled"} | _state(status)


def health_line(one: dict[str, Any]) -> dict[str, Any]:
    """A webhook endpoint on the home page."""
    return {
        "id": one["id"],
        "url": one["url"],
        "pending": one.get("pending", 0),
        "oldest": one.get("oldest_undelivered"),
    } | _state(str(one["status"]))


def client_line(one: dict[str, Any]) -> dict[str, Any]:
    """A client."""
    status = "revoked" if one.get("revoked_at") else str(one.get("status", "active"))
    return {
        "id": one["id"],
        "name": one["name"],
        "kind": one.get("kind", ""),
        "roles": ", ".join(one.get("roles", [])),
        "etag": f'"{one["version"]}"' if "version" in one else "",
        "live": status != "revoked",
    } | _state(status)


async def concerns_of(calls: Inside) -> list[dict[str, Any]]:
    """Concerns that ran out of time and that nobody has acknowledged since; empty for whoever may not know of them."""
    found = await calls.read("/v1/events?types=circle.concern.*&limit=200") or {"items": []}
    late: dict[str, dict[str, Any]] = {}
    for event in found["items"]:
        concern = event["data"]["concern"]
        if event["type"].startswith("circle.concern.unacknowledged"):
            late[concern] = {"time": str(event["time"])[:16].replace("T", " "), "subject": concern}
        elif not event["type"].startswith("circle.concern.raised"):
            late.pop(concern, None)
    return list(late.values())
