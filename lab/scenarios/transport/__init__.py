"""Attacks on the transport layer."""
