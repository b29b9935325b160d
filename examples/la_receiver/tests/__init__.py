"""Tests of the example receiver."""
