"""Good access tokens for any role, organisation and person: signed with the platform's own key."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock
from uuid import UUID

from gateway.identity.domain import PLATFORM
from gateway.settings import GatewaySettings
from gateway.tokens.keys import SigningKeys
from shared.auth import Role
from shared.db import Work
from shared.ids import new_id
from shared.parts import Parts

_FRESH_SECONDS: Final = 120
_LIFE_SECONDS: Final = 300


@dataclass(frozen=True)
class Who:
    """Somebody with one role."""

    role: Role
    partnership: UUID
    organisation: UUID
    person: UUID | None = None
    client: str = ""

    def elsewhere(self, **other: Any) -> "Who":
        """The same role of somebody else."""
        return replace(self, person=new_id() if self.person else None, client=f"client-{new_id()}", **other)


class Mint:
    """Signs as the gateway does; each token is used for two minutes."""

    def __init__(self, keys: SigningKeys, settings: GatewaySettings) -> None:
        self._keys = keys
        self._settings = settings
        self._made: dict[Who, tuple[float, str]] = {}

    @classmethod
    async def of(cls, environment: Mapping[str, str]) -> "Mint":
        with mock.patch.dict("os.environ", environment):
            settings = GatewaySettings()
        parts = Parts.of(settings)
        keys = SigningKeys(settings, parts.ring)
        work = Work("gateway", PLATFORM, None, "attack", "system")
        async with parts.app.open(work) as session:
            await keys.load(session)
        await parts.close()
        return cls(keys, settings)

    def token(self, who: Who) -> str:
        made = self._made.get(who)
        if made is None or time.monotonic() - made[0] > _FRESH_SECONDS:
            made = self._made[who] = (time.monotonic(), self._signed(who))
        return made[1]

    def _signed(self, who: Who) -> str:
        now = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": str(who.person or who.client),
            "client_id": who.client or "console",
            "iat": now,
            "exp": now + _LIFE_SECONDS,
            "jti": str(new_id()),
            "scope": "api",
            "partnership": str(who.partnership),
            "organisation": str(who.organisation),
            "roles": [who.role.value],
        }
        return self._keys.sign(claims | ({"person": str(who.person)} if who.person else {}))


def again(claims: Mapping[str, Any]) -> Who:
    """Whoever those claims were about."""
    person = UUID(claims["person"]) if claims.get("person") else None
    partnership, organisation = UUID(claims["partnership"]), UUID(claims["organisation"])
    return Who(Role(claims["roles"][0]), partnership, organisation, person, "" if person else str(claims["client_id"]))
