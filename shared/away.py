"""What it looks like when the database is away: as SQLAlchemy wraps it, or raw from the driver while connecting."""

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError

# The driver's own errors reach us only while connecting: a server that starts, stops or has no connection left.
CONNECTING = (PostgresError, InterfaceError)
DATABASE = (SQLAlchemyError, *CONNECTING, OSError, TimeoutError)
