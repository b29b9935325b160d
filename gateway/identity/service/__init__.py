"""The verbs of identity, inside the caller's transaction."""
