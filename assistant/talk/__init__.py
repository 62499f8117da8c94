"""Talking: what is said to a person, and what checks it before they see it."""
