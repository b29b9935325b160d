"""What every table of this service is made of."""

from typing import Any

from sqlalchemy import ARRAY, JSON, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.tables import NAMING


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Everything that lives in this service's database."""


def codes() -> Any:
    """A list of codes (text[]). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=ARRAY(Text), nullable=False)


def ids() -> Any:
    """A list of ids (uuid[]). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=ARRAY(Uuid), nullable=False)


def document() -> Any:
    """A small object (jsonb). Replace it, never change it in place."""
    return Field(default_factory=dict, sa_type=_JSONB, nullable=False)


def documents() -> Any:
    """A list of small objects (jsonb). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=_JSONB, nullable=False)


_JSONB: type[JSON] = JSONB
