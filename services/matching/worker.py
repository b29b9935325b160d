"""`python -m services.matching.worker`: relay, consumer, clocks and sealer as a process of their own."""

from services.matching import handlers
from services.matching.settings import MatchingSettings
from shared.serve import run_worker

if __name__ == "__main__":
    settings = MatchingSettings()
    run_worker(settings, handlers.listen(settings))
