"""What it looks like when the database is away: as SQLAlchemy wraps it, or raw from the driver while connecting."""

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

# The driver's own errors reach us only while connecting: a server that starts, stops or has no connection left.
# An internal one comes when the line breaks between the steps of a statement: "cannot switch to state".
CONNECTING = (PostgresError, InterfaceError, InternalClientError)
DATABASE = (SQLAlchemyError, *CONNECTING, OSError, TimeoutError)
# Classes of SQLSTATE by which the server is in trouble or in a race, not the statement wrong: its line, a lost race, no
# room, not now, told to stop, the system under it, its own failures (XX: a file or an index that it cannot read).
# Whoever waits loses nothing; whoever parked an event for that would park all that follow.
TROUBLES = frozenset({"08", "40", "53", "55", "57", "58", "XX"})
