"""Streams → messages: one file per application protocol, found by itself."""
