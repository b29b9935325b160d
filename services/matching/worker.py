"""`python -m services.matching.worker`: relay, consumer, clocks and sealer as a process of their own."""

from services.matching import handlers
from services.matching.settings import MatchingSettings
from shared.serve import run_worker
from shared.worker import background

if __name__ == "__main__":
    run_worker(MatchingSettings(), background(handlers.register()))
