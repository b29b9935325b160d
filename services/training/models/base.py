"""The registry of the training service's tables, and a column that several have."""

from typing import Any

from sqlalchemy import Column, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.tables import NAMING


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Everything that lives in this service's database."""


def listed() -> Any:
    """Short texts in their order; none by default, also for rows that an older version of this service writes."""
    return Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
