"""What became of each port of an inventory: one octet each while it runs, ranges when it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from netanatomy.schema.probe import PortStates

MAXIMUM_STATES = 20_000_000
"""Ports of all addresses together of which it is kept what became of each; of more only the totals are."""

NOT_ASKED, OPEN, CLOSED, FILTERED, FAILED = range(5)


class StateBook:
    """Notes what became of each port of each address."""

    def __init__(self, addresses: Sequence[str], ports: Iterable[int]) -> None:
        self._ports = sorted(set(ports))
        self._addresses = addresses
        size = len(addresses) * len(self._ports)
        self.kept = size <= MAXIMUM_STATES
        self._states = bytearray(size if self.kept else 0)
        self._row = {address: number for number, address in enumerate(addresses)} if self.kept else {}
        self._column = {port: number for number, port in enumerate(self._ports)}

    def note(self, address: str, port: int, state: int) -> None:
        """A port is found to be in a state."""
        if self.kept:
            self._states[self._row[address] * len(self._ports) + self._column[port]] = state

    def told(self) -> tuple[PortStates, ...]:
        """The ports of each address by their state; addresses of which all is the same stand together."""
        groups: dict[bytes, list[str]] = {}
        width = len(self._ports)
        for address, row in self._row.items():
            groups.setdefault(bytes(self._states[row * width : (row + 1) * width]), []).append(address)
        return tuple(
            PortStates(
                addresses=tuple(addresses),
                open=self._in(states, OPEN),
                closed=self._in(states, CLOSED),
                filtered=self._in(states, FILTERED),
                failed=self._in(states, FAILED),
            )
            for states, addresses in groups.items()
        )

    def _in(self, states: bytes, wanted: int) -> str:
        return ranges([port for port, state in zip(self._ports, states, strict=True) if state == wanted])


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as ranges, as `parse_ports` reads them.

    >>> ranges([22, 80, 81, 82, 443]), ranges([])
    ('22,80-82,443', '')
    """
    if not numbers:
        return ""
    breaks = [place for place, (one, other) in enumerate(pairwise(numbers), 1) if other != one + 1]
    bounds = pairwise([0, *breaks, len(numbers)])
    found = [(numbers[first], numbers[last - 1]) for first, last in bounds]
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in found)
