"""Numbers as verdicts tell them: exact, or as the bound that they are; and nouns that fit them.

What detectors keep is capped. A number that a cap may have made too small is told as "at least" so many,
in text and in the counts of a finding alike: there its name ends in `_at_least`, or in `_at_most`.
"""

from __future__ import annotations

from enum import StrEnum

from netanatomy.schema.frozen import frozen


class Bound(StrEnum):
    """What a number says of the true one."""

    EXACT = ""
    AT_LEAST = "at least"
    AT_MOST = "at most"


@frozen
class Quantity:
    """How many there are.

    Attributes:
        number: how many were counted.
        bound: what that says of how many there were.

    >>> str(Quantity(5000)), str(Quantity(1024, Bound.AT_LEAST))
    ('5000', 'at least 1024')
    """

    number: int
    bound: Bound = Bound.EXACT

    def __str__(self) -> str:
        return f"{self.bound} {self.number}" if self.bound else str(self.number)

    def of(self, one: str, several: str = "") -> str:
        """With the noun that fits.

        >>> Quantity(1).of("port"), Quantity(2, Bound.AT_LEAST).of("try", "tries")
        ('1 port', 'at least 2 tries')
        """
        return f"{self.bound} {many(self.number, one, several)}".lstrip()

    def counted(self, name: str) -> dict[str, int | float]:
        """As counts of a finding.

        >>> Quantity(5000).counted("ports"), Quantity(1024, Bound.AT_LEAST).counted("ports")
        ({'ports': 5000}, {'ports_at_least': 1024})
        """
        return {"_".join((name, *self.bound.split())): self.number}


def quantity(number: int, exact: bool) -> Quantity:
    """A number of which some may be missing.

    >>> quantity(7, exact=False)
    Quantity(number=7, bound=<Bound.AT_LEAST: 'at least'>)
    """
    return Quantity(number, Bound.EXACT if exact else Bound.AT_LEAST)


def many(number: int, one: str, several: str = "") -> str:
    """A number with the noun that fits.

    >>> many(1, "packet"), many(2, "packet"), many(0, "reply", "replies")
    ('1 packet', '2 packets', '0 replies')
    """
    return f"{number} {one if number == 1 else several or one + 's'}"


def sentence(text: object) -> str:
    """A text as a sentence begins.

    >>> sentence(Quantity(2, Bound.AT_LEAST).of("MAC address", "MAC addresses"))
    'At least 2 MAC addresses'
    """
    told = str(text)
    return told[:1].upper() + told[1:]
