"""Attacks on the network access layer: a file is a detector."""
