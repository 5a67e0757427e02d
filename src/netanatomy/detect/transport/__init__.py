"""Attacks on the transport layer: a file is a detector."""
