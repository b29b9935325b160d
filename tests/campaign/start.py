"""What a process of a campaign's platform starts with: its planted fault and its deadly point first, then the real app.

`CAMPAIGN_PART` says which part it is, `CAMPAIGN_PLANTED` and `CAMPAIGN_POINT` what is wrong with it, if anything;
`CAMPAIGN_POISON` is the part, or the type, of the events that it cannot handle; `CAMPAIGN_CLOCK` is the file that says
by how many seconds its clock is wrong.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI

from gateway import handlers as gateway_handlers
from gateway.feed import numbering
from gateway.main import create_app as gateway_app
from gateway.settings import GatewaySettings
from gateway.tokens import housekeeping
from gateway.webhooks import sender
from services.matching import handlers as matching_handlers
from services.matching.main import create_app as matching_app
from services.matching.settings import MatchingSettings
from services.outcomes import handlers as outcomes_handlers
from services.outcomes.main import create_app as outcomes_app
from services.outcomes.settings import OutcomesSettings
from services.referral import handlers as referral_handlers
from services.referral.main import create_app as referral_app
from services.referral.settings import ReferralSettings
from services.training import handlers as training_handlers
from services.training.main import create_app as training_app
from services.training.settings import TrainingSettings
from shared import http
from shared.http import Background
from shared.settings import Settings
from shared.worker import background
from tests import planted
from tests.campaign import points, poison, wrong_clock

PART: Final = "CAMPAIGN_PART"
PLANTED: Final = "CAMPAIGN_PLANTED"
POINT: Final = "CAMPAIGN_POINT"
POISON: Final = "CAMPAIGN_POISON"


def _working(settings: Settings, work: Background) -> FastAPI:
    """A process that only works, like `shared.serve.run_worker` makes it."""
    return http.create_app(settings.model_copy(update={"worker": "inline"}), "worker", [], [work])


def _gateway_worker() -> FastAPI:
    """The gateway's worker without its webhook sender, which is a process of its own here."""
    work = background(gateway_handlers.register(), numbering.run, housekeeping.run)
    return _working(GatewaySettings(), work)


def _matching_worker() -> FastAPI:
    settings = MatchingSettings()
    return _working(settings, matching_handlers.listen(settings))


PARTS: Final[Mapping[str, Callable[[], Any]]] = {
    "gateway": gateway_app,
    "referral": referral_app,
    "matching": matching_app,
    "training": training_app,
    "outcomes": outcomes_app,
    "gateway-worker": _gateway_worker,
    "gateway-sender": lambda: _working(GatewaySettings(), sender.run),
    "referral-worker": lambda: _working(ReferralSettings(), background(referral_handlers.register())),
    "matching-worker": _matching_worker,
    "training-worker": lambda: _working(TrainingSettings(), training_handlers.listen),
    "outcomes-worker": lambda: _working(OutcomesSettings(), outcomes_handlers.work),
}


def create_app() -> Any:
    """The app of this process, broken first if it is to be."""
    if path := os.environ.get(wrong_clock.CLOCK):
        wrong_clock.arm(path)
    if name := os.environ.get(PLANTED):
        planted.plant(name)
    if point := os.environ.get(POINT):
        points.arm(point)
    if what := os.environ.get(POISON):
        poison.arm(what)
    return PARTS[os.environ[PART]]()
