"""Attacks on the application layer: a file is a detector."""
