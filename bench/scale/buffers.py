"""How many buffers a piece of work touches: the plans of its own statements, as PostgreSQL itself counts them."""

import asyncio
import json
import statistics
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import event

from bench.ground import Admin
from shared.db import Database

_SETTINGS: Final = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
    "auto_explain.log_parameter_max_length": "0",
}
Act = Callable[[], Awaitable[object]]


async def told(admin: Admin, database: str, *roles: str) -> None:
    """Let the server tell these roles, in this database, the plan of everything that they run."""
    await admin.execute("LOAD 'auto_explain'")
    for role in roles:
        for name, value in _SETTINGS.items():
            await admin.execute(f"ALTER ROLE {role} IN DATABASE {database} SET {name} = '{value}'")


class Meter:
    """Listens to what the server tells about the statements of these engines."""

    def __init__(self) -> None:
        self.plans: list[dict[str, Any]] = []

    @classmethod
    async def of(cls, *databases: Database) -> "Meter":
        """A meter for every connection that these engines will have: those that are open are given up."""
        meter = cls()
        for database in databases:
            event.listen(database.engine.sync_engine, "connect", meter._listen)
            await database.engine.dispose()
        return meter

    def _listen(self, connection: Any, _record: Any) -> None:
        connection.driver_connection.add_log_listener(self._hear)

    def _hear(self, _connection: Any, message: Any) -> None:
        _, told, plan = message.message.partition("plan:\n")
        if told:
            self.plans.append(json.loads(plan))

    async def touched(self, act: Act, times: int = 3) -> int:
        """The median over some runs; the first one, which may set hint bits, does not count."""
        counts = [await self._once(act) for _ in range(times + 1)]
        return round(statistics.median(counts[1:]))

    async def _once(self, act: Act) -> int:
        self.plans.clear()
        await act()
        # What the server told last is handed on by the event loop's next turn.
        await asyncio.sleep(0.01)
        if not self.plans:
            raise RuntimeError("the server has told no plan: the work did nothing, or auto_explain is not there")
        return sum(one["Plan"]["Shared Hit Blocks"] + one["Plan"]["Shared Read Blocks"] for one in self.plans)
