"""What every table of this service is made of."""

from typing import Any

from sqlalchemy import JSON, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.tables import NAMING


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Everything that lives in this service's database."""


def listed() -> Any:
    """A list of codes or ids (jsonb). Replace it, never change it in place."""
    return Field(default_factory=list, sa_type=_JSONB, nullable=False)


_JSONB: type[JSON] = JSONB
