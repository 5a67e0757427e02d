"""Attacks on the internet layer."""
