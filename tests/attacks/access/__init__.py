"""Attacks from inside: who sees and does what they may not, server-owned fields, personal data where it must not be."""
