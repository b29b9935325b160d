"""All tables of the gateway's database, gathered so that whoever compares them with the migrations sees every one."""

from gateway.feed import models as feed
from gateway.identity import models as identity
from gateway.tables import Base
from gateway.tokens import models as tokens
from gateway.webhooks import models as webhooks

__all__ = ["Base", "feed", "identity", "tokens", "webhooks"]
