"""Which values a threshold may have, by its kind and unit."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen

COUNT = 2**31 - 1
"""The greatest count or rate: products with it fit into 64 bits."""
LONGEST = 31_536_000
"""Seconds of a year: the longest time that can be set. In ns, it fits into 64 bits a hundred times."""
SHORTEST = 0.001
"""Seconds: the shortest time that can be set where a fraction can. Captures of old have milliseconds."""
PORT = 65_535  # RFC 9293 section 3.1
SECONDS = "s"


@frozen
class Permitted:
    """The values that one threshold may have.

    Attributes:
        whole: whether only whole numbers make sense.
        least: the least.
        most: the greatest.
        several: whether it is a list of such numbers.
        unit: what a number without a unit is; empty where it has one.
    """

    whole: bool
    least: float
    most: float
    several: bool = False
    unit: str = ""

    def takes(self, value: object) -> bool:
        """Whether a value, or one of a list, is permitted.

        >>> permitted(0.5, "").takes(7), permitted(50, "SYN/s").takes(7), permitted(1.0, "s").takes(0)
        (False, True, False)
        """
        kinds = (int,) if self.whole else (int, float)
        # Any comparison with what is no number is false.
        return isinstance(value, kinds) and not isinstance(value, bool) and self.least <= value <= self.most

    def __str__(self) -> str:
        numbers = f"from {self.least:,} to {self.most:,}"
        if self.several:
            return f"a list of whole numbers {numbers}"
        return f"{'a whole number' if self.whole else 'a number'} {numbers}"


SHARE = Permitted(False, 0, 1, unit="share, 0 to 1")
PORTS = Permitted(True, 0, PORT, several=True)


def permitted(default: object, unit: str) -> Permitted:
    """What a threshold may be.

    Args:
        default: its default; says whether it is a whole number, a fraction or a list of ports.
        unit: its unit; a fraction without one is a share.

    >>> str(permitted(50, "SYN/s")), str(permitted(0.2, ""))
    ('a whole number from 1 to 2,147,483,647', 'a number from 0 to 1')
    >>> str(permitted(60.0, "s")), str(permitted((53,), ""))
    ('a number from 0.001 to 31,536,000', 'a list of whole numbers from 0 to 65,535')
    """
    if isinstance(default, tuple):
        return PORTS
    if not isinstance(default, (int, float)):
        raise TypeError(f"a threshold is a number or a list of ports, not {default!r}")
    whole = isinstance(default, int)
    if unit == SECONDS:
        return Permitted(whole, 1 if whole else SHORTEST, LONGEST)
    if whole:
        return Permitted(True, 1, COUNT)
    return Permitted(False, 0, COUNT) if unit else SHARE
