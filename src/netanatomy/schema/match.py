"""Which packets are meant: what findings are about and what firewall rules take hold of, in one language."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from netanatomy.schema.frozen import frozen


class Operator(StrEnum):
    """How a column is compared. Of a column that is null nothing is true."""

    EQUAL = "="
    NOT_EQUAL = "!="
    IN = "in"  # one of several values
    NETWORK = "network"  # an address in a network in CIDR notation, or in one of several
    NOT_NETWORK = "not-network"  # an address in none of them
    AT_LEAST = ">="
    AT_MOST = "<="
    BITS = "bits"  # (mask, value): the bits of the mask have this value


Value: TypeAlias = int | str | bool | tuple[int, ...] | tuple[str, ...]
"""A number; an address, a network, a MAC address or a name as text; a truth; several of the same kind."""


@frozen
class Match:
    """One condition on one column of the packet table.

    Attributes:
        column: its name; `time` is compared in ns since 1970.
        operator: how it is compared.
        value: with what.

    >>> Match("tcp_flags", Operator.BITS, (0x12, 0x02))
    Match(column='tcp_flags', operator=<Operator.BITS: 'bits'>, value=(18, 2))
    """

    column: str
    operator: Operator
    value: Value


@frozen
class Selector:
    """Packets for which every condition holds.

    Attributes:
        matches: the conditions; without any it is every packet.
    """

    matches: tuple[Match, ...]


def where(**conditions: int | str | bool | Iterable[int] | Iterable[str]) -> tuple[Match, ...]:
    """Conditions from keywords: equal, or one of several values.

    >>> where(ip_destination="10.0.0.1", destination_port=[80, 443])[1].operator
    <Operator.IN: 'in'>
    """
    found = []
    for column, value in conditions.items():
        if isinstance(value, (int, str)):
            found.append(Match(column, Operator.EQUAL, value))
        else:
            several = tuple(value)
            found.append(Match(column, Operator.IN, several))  # type: ignore[arg-type]
    return tuple(found)


def between(start: int, end: int) -> tuple[Match, ...]:
    """From one time to another, both included, in ns since 1970."""
    return Match("time", Operator.AT_LEAST, start), Match("time", Operator.AT_MOST, end)


def flags(mask: int, value: int) -> Match:
    """TCP flags: those of `mask` are as in `value`."""
    return Match("tcp_flags", Operator.BITS, (mask, value))
