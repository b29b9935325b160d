"""Whatever the driver says when its line breaks is a database that is away: nobody ends or parks an event over it."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

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


class Told(Exception):  # noqa: N818 - stands for the driver's
    """What a statement ended with."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "waits"),
    [
        ("40P01", True),  # a deadlock
        ("55P03", True),  # a lock that did not come in time
        ("53100", True),  # the disk is full
        ("58030", True),  # the disk cannot be read
        ("XX000", True),  # the server's own failure
        ("XX002", True),  # an index that is broken
        ("22P02", False),
        ("23505", False),
        ("42P01", False),
    ],
)
def test_a_server_in_trouble_is_waited_for_and_a_wrong_statement_is_not(sqlstate: str, waits: bool) -> None:
    assert is_transient(DBAPIError("a statement", {}, Told(sqlstate))) is waits
