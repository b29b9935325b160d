"""`python -m services.outcomes.worker`: relay, consumer, clocks and sealer as a process of their own."""

from services.outcomes import handlers
from services.outcomes.settings import OutcomesSettings
from shared.serve import run_worker

if __name__ == "__main__":
    run_worker(OutcomesSettings(), handlers.work)
