"""What happens when a process, the broker or the database is killed at the worst moment."""
