"""Attacks on the internet layer: a file is a detector."""
