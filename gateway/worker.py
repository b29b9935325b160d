"""`python -m gateway.worker`: relay, consumer, clocks, sealer, webhooks and feed as a process of their own."""

from gateway import handlers
from gateway.feed import numbering
from gateway.settings import GatewaySettings
from gateway.tokens import housekeeping
from gateway.webhooks import sender
from shared.serve import run_worker
from shared.worker import background

WORK = background(handlers.register(), numbering.run, sender.run, housekeeping.run)

if __name__ == "__main__":
    run_worker(GatewaySettings(), WORK)
