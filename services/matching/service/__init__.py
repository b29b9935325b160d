"""What people and the clock do in matching: load, decide, record; inside the caller's transaction."""
