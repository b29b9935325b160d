"""The driver's connection as the house has it: a transaction begins in its tenant."""

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

import asyncpg

_NAMES: Final = ("partnership", "organisation", "person", "scope")
_SCOPES: Final = frozenset({"organisation", "person", "service", "system", "public"})
# A cancelled statement ends within milliseconds.
_CONFIRM_SECONDS: Final = 0.5


if TYPE_CHECKING:
    _Plain = asyncpg.Connection[asyncpg.Record]
else:  # the class is generic only in its stubs
    _Plain = asyncpg.Connection


class Tenant(Protocol):
    """In whose name a transaction happens."""

    partnership: UUID
    organisation: UUID | None
    person: UUID | None
    scope: Any


class Connection(_Plain):
    """A connection to which the next transaction's tenant is told before it begins."""

    __slots__ = ("_confirmed", "_opening")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._opening = ""
        # Done when the server has confirmed that the last statement which was given up has ended.
        self._confirmed: Any = None

    def begin_as(self, tenant: Tenant) -> None:
        """Let the next transaction, and no other, begin with these settings, which end with it."""
        self._opening = _settings(tenant.partnership, tenant.organisation, tenant.person, tenant.scope)

    @property
    def is_of_use(self) -> bool:
        """Open, and with nothing given up of which the server has not confirmed the end: it may have fallen silent."""
        return not self.is_closed() and (self._confirmed is None or self._confirmed.done())

    def forget_tenant(self) -> None:
        """Nobody else's transaction begins as the one that never began."""
        self._opening = ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - the driver's own signature
        if self._opening and query.startswith("BEGIN"):
            # Without parameters it is one message, so nothing but ids of ours may be written into it.
            query, self._opening = query + self._opening, ""
        return await super().execute(query, *args, timeout=timeout)

    def _cancel_current_command(self, waiter: Any, cancel_waiter: Any = None) -> None:
        """The driver's way of giving up on a statement; a server that does not confirm it soon is given up itself.

        Otherwise a server that fell silent without an end of the connection would be waited for by every next step.
        """
        super()._cancel_current_command(waiter, cancel_waiter)  # type: ignore[misc]  # the stubs have only what is public
        self._confirmed = cancel_waiter or waiter
        asyncio.get_running_loop().call_later(_CONFIRM_SECONDS, self._give_up, self._confirmed)

    def _give_up(self, confirmed: Any) -> None:
        if not confirmed.done():
            self.terminate()


@lru_cache(maxsize=1024)
def settings(
    partnership: UUID, organisation: UUID | None, person: UUID | None, scope: str
) -> tuple[str, str, str, str]:
    """What partnership, organisation, person and scope of a transaction are set to; anything but ids raises."""
    if scope not in _SCOPES:
        raise ValueError("there is no such scope")
    return _text(partnership), _text(organisation), _text(person), scope


@lru_cache(maxsize=1024)
def _settings(partnership: UUID, organisation: UUID | None, person: UUID | None, scope: str) -> str:
    pairs = zip(_NAMES, settings(partnership, organisation, person, scope), strict=True)
    calls = ", ".join(f"set_config('circle.{name}', '{value}', true)" for name, value in pairs)
    return f"SELECT {calls};"


def _text(one: UUID | None) -> str:
    """An id as it is written; whatever is not an id raises."""
    return "" if one is None else str(UUID(str(one)))
