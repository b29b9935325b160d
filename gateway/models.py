"""All tables of the gateway's database, gathered so that whoever compares them with the migrations sees every one."""

from gateway.tables import Base

__all__ = ["Base"]
