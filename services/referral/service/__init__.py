"""The verbs of the referral service: load, decide, record, inside the caller's transaction."""
