"""The ground that all attacks share."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local import bed
from deploy.local.bed import Stack
from gateway.tokens import rotation
from gateway.tokens.tests.idp import Idp
from shared.ids import new_id
from tests.attacks.forge import Forge
from tests.attacks.ground import Ground, Lure, laid
from tests.attacks.target import Target


@pytest.fixture(scope="session")
async def lure() -> AsyncIterator[Lure]:
    lure = Lure()
    await lure.start()
    yield lure
    await lure.stop()


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[Idp]:
    """An external issuer that the gateway trusts."""
    provider = Idp()
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="session")
async def ground(provider: Idp) -> AsyncIterator[Ground]:
    """On databases of its own, whose keys nobody else rotates."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    folder, controller = Path(os.environ["SAFEGUARDING_TEST_BED"]), int(os.environ["SAFEGUARDING_TEST_CONTROLLER"])
    stack: Stack = await asyncio.to_thread(bed.open_stack, folder, controller, f"{worker}attacks")
    async with laid(stack.environment_of, CIRCLE_EXTERNAL_ISSUERS=json.dumps([provider.settings])) as one:
        yield one


@pytest.fixture(scope="session")
def targets(ground: Ground) -> Iterator[list[Target]]:
    """Through the gateway to a service, at what the gateway answers itself, and straight at the service."""
    targets = [
        Target("through the gateway", ground.gateway_port, "/v1/referrals"),
        Target("at the gateway", ground.gateway_port, "/v1/clients"),
        Target("at the service", ground.service_port, "/v1/referrals"),
    ]
    yield targets
    for target in targets:
        target.hang_up()


@pytest.fixture(scope="session")
def thief(ground: Ground, lure: Lure) -> Forge:
    issuer = ground.platform.issuer
    claims = {
        "iss": issuer.settings.issuer,
        "aud": issuer.settings.audience,
        "sub": str(new_id()),
        "client_id": ground.partnership.client_id,
        "scope": "api",
        "partnership": str(ground.partnership.id),
        "organisation": str(ground.partnership.authority),
        "roles": ["admin", "project_manager"],
    }
    return Forge(rsa.generate_private_key(public_exponent=65537, key_size=2048), "", claims, lure.address)


@pytest.fixture
def forge(ground: Ground, thief: Forge) -> Forge:
    """Whoever has stolen the key that signs now, so that nothing but the case is wrong with a token."""
    keys = ground.platform.issuer.keys._keys.values()  # noqa: SLF001 - a thief has it
    loaded = rotation.current(keys, datetime.now(UTC))
    assert loaded is not None
    if loaded.kid != thief.kid:
        key = serialization.load_pem_private_key(loaded.private.to_pem(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        thief.take(key, loaded.kid)
    return thief
