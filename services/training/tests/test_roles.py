"""Who may not train is refused everywhere."""

import pytest

from services.training.tests.factories import Team
from shared.auth import Role
from shared.ids import new_id

ALLOWED = {Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER}


@pytest.mark.parametrize("role", sorted(set(Role) - ALLOWED))
async def test_a_role_that_does_not_train_is_refused_everywhere(team: Team, role: Role) -> None:
    caller, some = team.caller(role), new_id()
    for path in ("programmes", "courses", "sessions", "inductions"):
        assert (await caller.get(f"/v1/{path}")).status_code == 403
        assert (await caller.get(f"/v1/{path}/{some}")).status_code == 403
        assert (await caller.post(f"/v1/{path}", {})).status_code == 403
    for path in ("attendance", "judgements", "decision", "resume"):
        assert (await caller.post(f"/v1/inductions/{some}/{path}", {}, match=1)).status_code == 403
    for path in ("attendance", "judgements", "history"):
        assert (await caller.get(f"/v1/inductions/{some}/{path}")).status_code == 403
    for path in ("replan", "hold", "cancel"):
        assert (await caller.post(f"/v1/sessions/{some}/{path}", {}, match=1)).status_code == 403


async def test_a_trainer_does_not_resume_an_induction(team: Team) -> None:
    assert (await team.trainer.post(f"/v1/inductions/{new_id()}/resume", match=1)).status_code == 403
