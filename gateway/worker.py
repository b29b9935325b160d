"""`python -m gateway.worker`: relay, consumer, clocks and sealer of the gateway as a process of their own."""

from gateway import handlers
from gateway.feed import numbering
from gateway.settings import GatewaySettings
from gateway.webhooks import sender
from shared.serve import run_worker
from shared.worker import background

if __name__ == "__main__":
    run_worker(GatewaySettings(), background(handlers.register(), numbering.run, sender.run))
