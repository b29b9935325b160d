"""The verbs of the outcomes service; each runs inside the caller's transaction."""
