"""What the home page shows of each part: asked of the parts themselves, all at once, each with little patience."""

import asyncio
from typing import Any

import httpx

from gateway.settings import GatewaySettings
from shared import away, state
from shared.parts import Parts

SERVICES = ("referral", "matching", "training", "outcomes")
NAMES = {name: name.capitalize() for name in (*SERVICES, "gateway")}
_SILENT_SECONDS = 15.0


async def parts_of(parts: Parts, settings: GatewaySettings) -> list[dict[str, Any]]:
    """One line for each service and for the gateway itself."""
    async with httpx.AsyncClient(timeout=1.5) as client:
        asked = [_ask(client, name, settings.upstream(name)) for name in SERVICES]
        return list(await asyncio.gather(*asked, _ourselves(parts)))


async def _ask(client: httpx.AsyncClient, name: str, address: str) -> dict[str, Any]:
    try:
        answer = await client.get(f"{address}/state")
        answer.raise_for_status()
        return _line(NAMES[name], state.State.model_validate(answer.json()))
    except (httpx.HTTPError, ValueError):
        return _away(NAMES[name])


async def _ourselves(parts: Parts) -> dict[str, Any]:
    try:
        return _line(NAMES["gateway"], await state.state_of(parts))
    except away.DATABASE:
        return _away(NAMES["gateway"])


def _line(name: str, now: state.State) -> dict[str, Any]:
    silent = now.worker_seen_seconds is None or now.worker_seen_seconds > _SILENT_SECONDS
    word, colour = "Working", "govuk-tag--green"
    if now.dead_letters:
        word, colour = "Events parked", "govuk-tag--orange"
    if silent:
        word, colour = "Worker silent", "govuk-tag--red"
    figures = [_count(one) for one in (now.backlog, now.lag, now.dead_letters, now.unsealed)]
    return {"name": name, "state": word, "colour": colour, "figures": figures}


def _count(number: int) -> str:
    return f"{number:,}" if number < 1000 else "1,000 or more"


def _away(name: str) -> dict[str, Any]:
    return {"name": name, "state": "Does not answer", "colour": "govuk-tag--red", "figures": ["–"] * 4}
