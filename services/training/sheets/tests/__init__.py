"""Tests of the sheets' reader."""
