"""The floor of a queue: the number below which nothing can wait any more, so that nobody looks there again.

What was taken out stays in the index while anybody in the database holds an older snapshot, a backup for instance;
from the beginning, every look would pass over all of it.
"""

import time
from typing import Any, Final

# A floor is given up after so long: whatever was put below it by hand, or by a restore, is found then.
KEPT_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 1.0

# Whoever writes holds this lock from before its number is drawn until its commit can be seen.
_WRITERS: Final = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Floor:
    """Rises to a number that was published once all who were writing at that moment have ended.

    Numbers are drawn in order: whoever begins to write later draws a higher one.
    """

    def __init__(self) -> None:
        self.number = 1
        self._published = 0
        # (the number to rise to, who was writing when it had been published)
        self._waits_for: tuple[int, set[str]] | None = None
        self._proven = 0
        self._given_up_at = time.monotonic() + KEPT_SECONDS
        self._looks_at = 0.0

    async def look(self, connection: Any) -> None:
        """Before each taking, on a connection that is in no transaction, so that the taking sees what has ended."""
        now = time.monotonic()
        if now >= self._given_up_at:
            self.number, self._given_up_at = 1, now + KEPT_SECONDS
        if self._published < self.number or now < self._looks_at:
            return
        self._looks_at = now + LOOK_SECONDS
        writing = {row["virtualtransaction"] for row in await connection.fetch(_WRITERS)}
        if self._waits_for is None:
            self._waits_for = self._published, writing
        elif writing.isdisjoint(self._waits_for[1]):
            self._proven, self._waits_for = self._waits_for[0], None

    def taken(self, numbers: list[int]) -> None:
        """What was taken after `look`, and is published now."""
        if self._proven and (not numbers or numbers[0] > self._proven):
            self.number = self._proven + 1
        self._proven = 0
        self._published = max([self._published, *numbers])
