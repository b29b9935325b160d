"""Tests of the spine, on a real PostgreSQL and a real Kafka."""
