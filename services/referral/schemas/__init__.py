"""Request and response bodies; never a table."""
