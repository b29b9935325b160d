"""What it looks like when the database is away: as SQLAlchemy wraps it, or raw from the driver while connecting."""

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

# The driver's own errors reach us only while connecting: a server that starts, stops or has no connection left.
# An internal one comes when the line breaks between the steps of a statement: "cannot switch to state".
CONNECTING = (PostgresError, InterfaceError, InternalClientError)
DATABASE = (SQLAlchemyError, *CONNECTING, OSError, TimeoutError)
