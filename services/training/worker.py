"""`python -m services.training.worker`: relay, consumer, clocks and sealer as a process of their own."""

from services.training import handlers
from services.training.settings import TrainingSettings
from shared.serve import run_worker

if __name__ == "__main__":
    run_worker(TrainingSettings(), handlers.listen)
