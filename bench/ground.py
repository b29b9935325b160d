"""The ground that the referral figures stand on: one draft made as a caller would, copies of it, sixteen clients."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from bench.harness import Arm, Round
from deploy.local import bed
from deploy.local.bed import Stack
from services.referral.tests.factories import LAWFUL, child, parent
from shared.ids import new_id

CLIENTS: Final = 16
Item = TypeVar("Item")
Post = Callable[[str, Any], Awaitable[dict[str, Any]]]
# An asyncpg connection, the driver's own or one that a pool lends.
Admin = Any

_COPY: Final = """
WITH fresh AS MATERIALIZED (
  SELECT gen_random_uuid() AS family, gen_random_uuid() AS referral FROM generate_series(1, $2)
), f AS (
  INSERT INTO families SELECT (jsonb_populate_record(t, jsonb_build_object('id', n.family))).*
  FROM families t, fresh n WHERE t.id = $1
), a AS (
  INSERT INTO case_access SELECT (jsonb_populate_record(t, jsonb_build_object('family_id', n.family))).*
  FROM case_access t, fresh n WHERE t.family_id = $1
), v AS (
  INSERT INTO case_access_revisions SELECT (jsonb_populate_record(t, jsonb_build_object('family_id', n.family))).*
  FROM case_access_revisions t, fresh n WHERE t.family_id = $1
), r AS (
  INSERT INTO referrals
  SELECT (jsonb_populate_record(t, jsonb_build_object('id', n.referral, 'family_id', n.family))).*
  FROM referrals t, fresh n WHERE t.family_id = $1
)
SELECT referral, family FROM fresh
"""


@dataclass(frozen=True)
class Tenant:
    """The one partnership of a figure, and who refers to whom in it."""

    partnership: UUID
    organisation: UUID
    scheme: UUID

    @classmethod
    def fresh(cls) -> "Tenant":
        return cls(new_id(), new_id(), new_id())


def stack() -> Stack:
    """A throw-away PostgreSQL and bus of this process's own; they end with it."""
    return bed.open_stack(Path(tempfile.mkdtemp(prefix="circle-bench-")), os.getpid(), "bench")


async def draft(post: Post, scheme: UUID) -> tuple[UUID, UUID]:
    """(referral, family) of one draft that was made through the service."""
    family = await post("/v1/families", {"persons": [parent(), child()], "languages": ["en"]})
    body = {
        "family": family["id"],
        "kind": "volunteer_support",
        "scheme": str(scheme),
        "reasons": ["neglect"],
        "requests": {"visits_a_week": 1},
        "agreement": {"agreed": True, "method": "verbal", "agreed_on": "2026-01-05"},
        "lawful_basis": LAWFUL,
        "informed": True,
    }
    made = await post("/v1/referrals", body)
    return UUID(made["id"]), UUID(family["id"])


async def copies(admin: Admin, family: UUID, count: int) -> list[tuple[UUID, UUID]]:
    """(referral, family) of so many more drafts, alike but for their ids, each of a family of its own."""
    found = [(row["referral"], row["family"]) for row in await admin.fetch(_COPY, family, count)]
    await admin.execute("ANALYZE")
    return found


async def spread(items: Iterable[Item], act: Callable[[Item], Awaitable[object]]) -> None:
    """Sixteen clients, each taking the next item as soon as it has done its last."""
    queue = iter(items)

    async def client() -> None:
        for one in queue:
            await act(one)

    await asyncio.gather(*[client() for _ in range(CLIENTS)])


def arm(loop: asyncio.AbstractEventLoop, run: Callable[[], Any]) -> Arm:
    """An arm of the harness, which waits in a thread, for a coroutine of this loop."""

    def blocking() -> Round:
        done: Round = asyncio.run_coroutine_threadsafe(run(), loop).result()
        return done

    return blocking
