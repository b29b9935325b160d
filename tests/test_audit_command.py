"""`circle audit search`: the operator's way into the audit, which is noted there too."""

import asyncio
import os
from collections.abc import Callable
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local import process, upkeep
from services.training.settings import TrainingSettings
from shared import audit, sealer
from shared.db import Work
from shared.ids import new_id
from shared.parts import Parts


async def test_the_lines_say_who_saw_what_and_the_search_is_noted(
    environment_of: Callable[[str], dict[str, str]],
) -> None:
    partnership, subject = new_id(), new_id()
    with mock.patch.dict(os.environ, environment_of("training")):
        parts = Parts.of(TrainingSettings())
        work = Work("training", partnership, new_id(), "a-trainer", "organisation", action="GET /v1/inductions/{id}")
        async with parts.app.open(work) as session:
            audit.saw(session, "volunteer", subject)
            await parts.app.commit(session)
        await _sealed(parts, partnership)
        lines, good = await _search(subject=subject)
        assert good
        assert lines[0] == "training  1 entries"
        for word in (f"{work.now:%Y-%m-%d %H:%M:%S}", f"partnership {partnership}", "seen", work.action, "a-trainer",
                     f"volunteer {subject}"):  # fmt: skip
            assert word in lines[1]
        await _sealed(parts, partnership)
        assert len((await _search(subject=subject))[0]) == 3
        (noted,) = (await _search(subject=subject, actor="worker:audit-search"))[0][1:][:1]
        assert f"audit {subject}" in noted
        assert (await _search(subject=new_id()))[0] == ["training  0 entries"]
        await parts.close()


async def test_a_question_that_is_none_is_told_to_whoever_asks(environment_of: Callable[[str], dict[str, str]]) -> None:
    with mock.patch.dict(os.environ, environment_of("training")):
        for asked in ({"from": "2026-02-01", "to": "2026-01-31"}, {"from": "yesterday"}):
            with pytest.raises(upkeep.NoServiceError):
                await _search(**asked)


async def test_that_the_platform_is_down_is_told_to_whoever_asks(
    environment_of: Callable[[str], dict[str, str]],
) -> None:
    away = {"CIRCLE_DATABASE_PORT": str(process.free_port())}
    with mock.patch.dict(os.environ, environment_of("training") | away):
        for work in (upkeep.verify_audit, upkeep.list_dead_letters):
            with pytest.raises(upkeep.NoServiceError, match="is the platform up"):
                await asyncio.to_thread(work, "training")


async def _search(**asked: Any) -> tuple[list[str], bool]:
    return await asyncio.to_thread(upkeep.search_audit, "training", asked)


async def _sealed(parts: Parts, partnership: UUID) -> None:
    """All of it; whoever else works in this PostgreSQL may hold that up for a moment."""
    waiting = text("SELECT count(*) FROM audit_unsealed WHERE partnership_id = :partnership")
    async with asyncio.timeout(20):
        while True:
            await sealer.seal(parts)
            async with parts.worker.engine.connect() as connection:
                if not (await connection.execute(waiting, {"partnership": partnership})).scalar_one():
                    return
            await asyncio.sleep(0.02)
