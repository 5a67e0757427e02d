"""Arguments that several commands have."""

from __future__ import annotations

from argparse import ArgumentTypeError

CAPTURE_HELP = "a file, a folder, or - for standard input"


def positive(text: str) -> int:
    """A number from 1 on."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not number:
        raise ArgumentTypeError(f"{text!r} is no number from 1 on")
    return number
