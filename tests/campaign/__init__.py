"""Fault campaigns: a whole platform under load, broken on purpose, and one offline checker that judges what is left."""
