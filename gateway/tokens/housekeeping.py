"""Removes what the issuer needs no more: dead codes, revocations, used assertions, old failures."""

import asyncio

from sqlalchemy import text

from gateway.tokens.issuer import AWAY
from shared import logging
from shared.parts import Parts

EVERY_SECONDS = 300
_log = logging.get("issuer-housekeeping")
_STATEMENTS = (
    # A used code is kept for an hour, so that its second use is noticed while the token might still live.
    text("DELETE FROM authorization_codes WHERE expires_at < now() - interval '1 hour'"),
    text("DELETE FROM revocations WHERE expires_at < now()"),
    text("DELETE FROM used_assertions WHERE expires_at < now() - interval '1 minute'"),
    text("DELETE FROM sign_in_failures WHERE failed_at < now() - interval '1 day'"),
)


async def tidy(parts: Parts) -> None:
    """Once."""
    async with parts.worker.engine.begin() as connection:
        for statement in _STATEMENTS:
            await connection.execute(statement)


async def run(parts: Parts) -> None:
    """Until cancelled."""
    while True:
        try:
            await tidy(parts)
        except AWAY as error:
            _log.warning("housekeeping-waits", error=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)
