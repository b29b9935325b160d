"""Values as SQL text, for messages that carry no parameters: in an alphabet in which no literal can be ended early."""

from datetime import date
from typing import Any
from uuid import UUID


def literal(value: Any) -> str:
    """Nothing of a text or of bytes but hexadecimal digits; a `TypeError` for a kind that is not known here."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"convert_from(decode('{value.encode().hex()}','hex'),'UTF8')"
    if isinstance(value, bytes):
        return f"decode('{value.hex()}','hex')"
    if isinstance(value, UUID):
        return f"'{value.hex}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"'{value:d}'"
    if isinstance(value, date):  # an instant is one, too
        return f"'{value.isoformat()}'"
    raise TypeError(type(value).__name__)
