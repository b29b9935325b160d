"""Data that training ships, and what makes it."""
