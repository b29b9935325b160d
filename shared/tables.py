"""Columns that many tables share, and how constraints are named."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from shared.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Tenanted(SQLModel):
    """A row of one partnership."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partnership_id: UUID


class Versioned(Tenanted):
    """A row that callers move with `If-Match`; `version` counts up with every change."""

    version: int = 1


def instant(*, nullable: bool = False, **options: Any) -> Any:
    """An aware UTC instant (timestamptz)."""
    return Field(default=None if nullable else ..., sa_type=DateTime(timezone=True), nullable=nullable, **options)


def sealed(*, nullable: bool = False) -> Any:
    """A field sealed by a `shared.crypto.Cipher`."""
    return Field(default=None if nullable else ..., sa_column=Column(LargeBinary, nullable=nullable))


def words(*, nullable: bool = False, **options: Any) -> Any:
    """A text column without a length."""
    return Field(default=None if nullable else ..., sa_type=Text, nullable=nullable, **options)


class Coded(TypeDecorator[StrEnum]):
    """A text column whose values are members of one enum, also when they are read."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


def coded(kind: type[StrEnum], *, nullable: bool = False) -> Any:
    """A code of that enum; the migration writes it as text with a CHECK."""
    return Field(default=None if nullable else ..., sa_column=Column(Coded(kind), nullable=nullable))
