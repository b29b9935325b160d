"""Disclosure control: properties, brute force, and an attacker."""
