"""Looks for the markers of personal fields in every column of every database."""

from typing import Final

import asyncpg

from deploy.local.state import APPLICATIONS
from tests.attacks.access.stage import Stage


async def columns(stage: Stage) -> dict[str, set[str]]:
    """Every column of every table that holds a marker in the clear, with the fields that it came from."""
    found: dict[str, set[str]] = {}
    for name in APPLICATIONS:
        dsn = stage.stack.admin_dsn.rpartition("/")[0] + f"/{stage.stack.database(name)}"
        connection = await asyncpg.connect(dsn)
        try:
            for row in await connection.fetch(_COLUMNS):
                table, column = row["table_name"], row["column_name"]
                query = f'SELECT "{column}"::text FROM "{table}" WHERE "{column}"::text ILIKE $1'  # noqa: S608 - names of ours
                for text in await connection.fetch(query, f"%{stage.witness.marks.word}%"):
                    found.setdefault(f"{name}.{table}.{column}", set()).update(stage.witness.marks.found_in(text[0]))
        finally:
            await connection.close()
    return found


_COLUMNS: Final = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
