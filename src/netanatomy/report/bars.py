"""Numbers as a line of bars."""

from __future__ import annotations

from collections.abc import Sequence

BARS = " ▁▂▃▄▅▆▇█"


def bars(numbers: Sequence[int]) -> str:
    """A bar for each number, the greatest of them full; none but zero is empty.

    >>> bars([0, 1, 4, 8])
    ' ▁▄█'
    """
    greatest = max(numbers, default=0)
    if not greatest:
        return " " * len(numbers)
    steps = len(BARS) - 1
    return "".join(BARS[-(-number * steps // greatest)] for number in numbers)
