"""Numbers as arguments of commands."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable


def between(most: float) -> Callable[[str], float]:
    """A number greater than 0, not absurdly great.

    >>> between(10)("2.5")
    2.5
    """

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= most:
            raise ArgumentTypeError(f"{text!r} is no number above 0 and up to {most:g}")
        return value

    return number


def up_to(most: int) -> Callable[[str], int]:
    """A whole number from 0 on.

    >>> up_to(65535)("443")
    443
    """

    def number(text: str) -> int:
        known = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not known or int(text) > most:
            raise ArgumentTypeError(f"{text!r} is no number from 0 to {most}")
        return int(text)

    return number
