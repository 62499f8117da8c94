"""Patterns that belong to no one language."""
