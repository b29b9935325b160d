"""The page of sessions that are open to everybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from gateway.console.public.languages import named
from gateway.console.public.pages import Asking, instead, kept
from shared.calendar import LONDON

router = APIRouter(prefix="/public/sessions", include_in_schema=False)
_AT_ONCE: Final = 50
_KEPT: Final = "public, max-age=60"
_ROOM: Final = {
    "places": ("There are places", "govuk-tag--green"),
    "few": ("Few places left", "govuk-tag--yellow"),
    "waiting_list": ("Waiting list", "govuk-tag--grey"),
}


@router.get("")
async def show_sessions(request: Request, calls: Asking, cursor: str = "") -> Response:
    answer = await calls.get("/v1/public/sessions", limit=_AT_ONCE, cursor=cursor)
    if not answer.is_success:
        return instead(answer)
    found = answer.json()
    lines = [line(one) for one in found["items"]]
    return kept(request, "public/sessions.html", _KEPT, here="sessions", lines=lines, next=found["next"])


def line(one: Mapping[str, Any]) -> dict[str, Any]:
    """A session, as far as there is anything to say of it."""
    room, colour = _ROOM[one["room"]]
    said = [
        ("When", _hours(one["starts_at"], one["ends_at"])),
        ("Where", one["outcode"] or "Online"),
        ("About", ", ".join(one["topics"])),
        ("Spoken", named(one["languages"])),
        ("Interpreted into", named(one["interpreters"])),
        ("To book", one["how_to_book"]),
    ]
    facts = [(label, text) for label, text in said if text]
    return {"course": one["course"], "room": room, "colour": colour, "facts": facts}


def _hours(starts: str, ends: str) -> str:
    first, last = (datetime.fromisoformat(one).astimezone(LONDON) for one in (starts, ends))
    until = last.strftime("%H:%M" if first.date() == last.date() else "%-d %B, %H:%M")
    return f"{first.strftime('%A %-d %B %Y, %H:%M')} to {until}"
