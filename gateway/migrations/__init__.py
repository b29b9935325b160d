"""Alembic history of this database only."""
