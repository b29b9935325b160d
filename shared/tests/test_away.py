"""Whatever the driver says when its line breaks is a database that is away: nobody ends or parks an event over it."""

import asyncpg
import pytest

from shared import away
from shared.consumer import is_transient


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.InterfaceError("connection is closed"),
        # Seen when the server was killed between the steps of a statement; it ended a worker.
        asyncpg.InternalClientError('cannot switch to state 3; protocol is in the "failed" state'),
    ],
)
def test_the_drivers_own_errors_are_a_database_that_is_away(error: Exception) -> None:
    assert isinstance(error, away.DATABASE)
    assert is_transient(error)
