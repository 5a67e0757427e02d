"""Ordinary traffic, also such as looks like an attack."""
