"""All tables of the gateway's database, gathered so that whoever compares them with the migrations sees every one."""

from gateway.identity import models as identity
from gateway.tables import Base
from gateway.tokens import models as tokens

__all__ = ["Base", "identity", "tokens"]
