"""What every table of this service is made of."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Dialect,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
    cast,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.ids import ID_BYTES, Ids, to_bytes
from shared.tables import NAMING


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Everything that lives in this service's database."""


def codes() -> Any:
    """A list of codes (text[]). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=ARRAY(Text), nullable=False)


def ids() -> Any:
    """A list of ids (uuid[]). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=ARRAY(Uuid), nullable=False)


class _ManyIds(TypeDecorator[Sequence[UUID]]):
    """Told to the database as one text: the driver would look at each of ten thousand by itself."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[Any]) -> ColumnElement[Any]:
        return cast(type_coerce(bindparam, _IdsAsText()), ARRAY(Uuid))


class _IdsAsText(TypeDecorator[Sequence[UUID]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[UUID] | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        content = value.content if isinstance(value, Ids) else b"".join(map(to_bytes, value))
        return f"{{{content.hex(',', ID_BYTES)}}}"


def many_ids() -> Any:
    """The same for thousands."""
    return Field(default_factory=list, sa_type=_ManyIds, nullable=False)


def document() -> Any:
    """A small object (jsonb). Replace it, never change it in place."""
    return Field(default_factory=dict, sa_type=_JSONB, nullable=False)


def documents() -> Any:
    """A list of small objects (jsonb). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=_JSONB, nullable=False)


_JSONB: type[JSON] = JSONB
