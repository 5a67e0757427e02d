"""Attacks on the link layer."""
