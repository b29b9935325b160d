"""Needs, candidates and ties as plain values, for the process that computes a plan."""

from dataclasses import MISSING, fields
from typing import Any
from uuid import UUID


def written(one: Any) -> dict[str, Any]:
    """A need, a candidate or ties, without what is as usual; sets as sorted lists."""
    return {
        field.name: _plain(value)
        for field in fields(one)
        if (value := getattr(one, field.name)) != field.default or field.default is MISSING
    }


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return str(value) if isinstance(value, UUID) else value
