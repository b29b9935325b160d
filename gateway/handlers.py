"""What the gateway does when it is told something; `register` lists all of it."""

from gateway.webhooks.handlers import on_every_event
from shared.case_access import on_case_access_changed
from shared.consumer import Handlers
from shared.events.referral import CaseAccessChanged


def register() -> Handlers:
    """Everything that the gateway hears."""
    handlers = Handlers()
    handlers.on(CaseAccessChanged, on_case_access_changed)
    handlers.every = on_every_event
    return handlers
