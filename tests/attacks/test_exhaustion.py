"""While somebody tries to use everything up, the others are answered, and nothing grows without bounds.

How much slower they are answered is measured by `make attack EXHAUSTION=1`, on processes apart.
"""

import asyncio
import time
from contextlib import suppress

import psutil
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.crowds import ATTACKS
from tests.attacks.forge import Forge
from tests.attacks.ground import Ground
from tests.attacks.target import Target

SECONDS = 1.0
COUNT = 100
MEMORY_BYTES = 160 * 2**20


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_neighbour_is_answered_while_somebody_attacks(ground: Ground, forge: Forge, name: str) -> None:
    memory = psutil.Process().memory_info().rss
    token = forge.good(roles=[Role.SOCIAL_WORKER]).encode()
    other = forge.good(partnership=str(new_id()), organisation=str(new_id()), client_id=str(new_id()))
    kept = Target("a neighbour", ground.gateway_port, "/v1/referrals")
    attack = asyncio.ensure_future(ATTACKS[name](ground.gateway_port, token, COUNT, asyncio.Event()))
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            new = Target("a neighbour who has just come", ground.gateway_port, "/v1/referrals")
            for target in (kept, new):
                verdict = await target.show(other)
                assert verdict.status == 200, verdict.body
            new.hang_up()
        assert not attack.done(), attack.exception()
    finally:
        kept.hang_up()
        attack.cancel()
        with suppress(asyncio.CancelledError):
            await attack
    assert psutil.Process().memory_info().rss - memory < MEMORY_BYTES
