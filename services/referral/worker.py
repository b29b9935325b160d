"""`python -m services.referral.worker`: relay, consumer, clocks and sealer as a process of their own."""

from services.referral import handlers
from services.referral.settings import ReferralSettings
from shared.serve import run_worker
from shared.worker import background

if __name__ == "__main__":
    run_worker(ReferralSettings(), background(handlers.register()))
