"""The first administrator: made once, and renewed only when somebody with the platform's settings asks for it."""

from collections.abc import AsyncIterator, Callable
from unittest import mock

import pytest

from gateway.identity.bootstrap import bootstrap, rotate_signing_key
from gateway.identity.domain import PLATFORM
from gateway.identity.tests.platform import Platform
from gateway.settings import GatewaySettings


@pytest.fixture
async def settings(
    platform: Platform, environment_of: Callable[[str], dict[str, str]]
) -> AsyncIterator[GatewaySettings]:
    """The platform's settings; its administrator has the old secret again at the end."""
    with mock.patch.dict("os.environ", environment_of("gateway")):
        yield GatewaySettings()
        await bootstrap(GatewaySettings(), platform.root_credentials[1])


async def test_a_second_bootstrap_changes_nothing_and_shows_nothing(
    platform: Platform, settings: GatewaySettings
) -> None:
    again = await bootstrap(settings)
    assert (str(again.client_id), again.client_secret) == (platform.root_credentials[0], None)
    same = await bootstrap(settings, platform.root_credentials[1])
    assert same.client_secret is None
    assert (await platform.ask_token(*platform.root_credentials)).status_code == 200


async def test_a_lost_secret_is_renewed_and_the_old_one_is_good_no_more(
    platform: Platform, settings: GatewaySettings
) -> None:
    made = await bootstrap(settings, renew=True)
    assert made.client_secret is not None
    assert (await platform.ask_token(*platform.root_credentials)).status_code == 401
    assert (await platform.ask_token(str(made.client_id), made.client_secret)).status_code == 200


async def test_a_revoked_administrator_is_followed_by_another(platform: Platform, settings: GatewaySettings) -> None:
    root = await platform.root()
    path = f"/v1/clients/{platform.root_credentials[0]}"
    tag = (await root.get(path)).headers["etag"]
    assert (await root.post(f"{path}/revoke", headers={"If-Match": tag})).status_code == 200
    made = await bootstrap(settings, platform.root_credentials[1])
    assert str(made.client_id) != platform.root_credentials[0]
    assert (await platform.ask_token(str(made.client_id), platform.root_credentials[1])).status_code == 200
    assert (await platform.ask_token(*platform.root_credentials)).status_code == 401


async def test_a_given_secret_has_to_be_long(settings: GatewaySettings) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        await bootstrap(settings, "short")


async def test_the_platforms_administrator_belongs_to_no_partnership_of_anybody(platform: Platform) -> None:
    root = await platform.root()
    clients = (await root.get("/v1/clients")).json()["items"]
    assert [one["roles"] for one in clients if one["status"] == "active"] == [["admin"]]
    organisations = (await root.get("/v1/organisations")).json()["items"]
    assert [one["kind"] for one in organisations] == ["platform"]
    assert (await root.get(f"/v1/partnerships/{PLATFORM}")).status_code == 200


async def test_an_operator_rotates_the_signing_key(platform: Platform, settings: GatewaySettings) -> None:
    kid = await rotate_signing_key(settings)
    await platform.issuer.load()
    assert kid in {key["kid"] for key in platform.issuer.keys.published()}
