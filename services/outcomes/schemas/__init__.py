"""Request and response bodies of the outcomes service."""
