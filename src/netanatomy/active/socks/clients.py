"""What a server remembers of its clients: their sessions, the octets they took, their wrong passwords."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Network
from typing import TypeAlias

from netanatomy.layers.internet.addresses import Address

MAXIMUM_CLIENTS = 65_536
"""Clients that are remembered: whoever has many addresses would fill the memory otherwise."""

CLIENT_PREFIX = 64  # bits, RFC 4291 section 2.5.1: whoever has one IPv6 address has all of its /64
WINDOW_SECONDS = 3600.0  # in which octets and time of a client are counted, from its first one on
OCTETS_SPENT = "octets of this client in an hour"
TIME_SPENT = "time of all sessions of this client in an hour"
FIRST_BACK_OFF = 1.0  # seconds after the first wrong password; each further one doubles it
LONGEST_BACK_OFF = 300.0  # seconds
FORGIVEN_AFTER = 3600.0  # seconds without a wrong password

Key: TypeAlias = IPv4Address | IPv6Network


@dataclass(slots=True)
class Client:
    """One client. Times are those of the event loop, in seconds.

    Attributes:
        sessions: that it has now.
        handshakes: of these, not yet connected.
        octets: in this window.
        seconds: that its sessions have lasted in this window, all of them together.
        window: when it began.
        failures: wrong passwords, not yet forgiven.
        last_failure: when.
        blocked_until: no password is looked at until then.
        refused: connections refused, not yet told in the log.
        resolutions: keeps one client from occupying all resolving threads.
    """

    resolutions: asyncio.Semaphore
    sessions: int = 0
    handshakes: int = 0
    octets: int = 0
    seconds: float = 0.0
    window: float = 0.0
    failures: int = 0
    last_failure: float = field(default=-FORGIVEN_AFTER)
    blocked_until: float = 0.0
    refused: int = 0

    def fail(self, now: float) -> None:
        """Count a wrong password."""
        if now - self.last_failure > FORGIVEN_AFTER:
            self.failures = 0
        self.failures += 1
        self.last_failure = now
        # Beyond the longest back-off the number only grows: two to the power of it is not needed.
        doublings = min(self.failures - 1, 16)
        self.blocked_until = now + min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2**doublings)

    def spend(self, octets: int, now: float) -> int:
        """Count octets; how many there are now in this window."""
        self._turn(now)
        self.octets += octets
        return self.octets

    def spend_time(self, seconds: float, now: float) -> float:
        """Count the time of a session; how much there is now in this window."""
        self._turn(now)
        self.seconds += seconds
        return self.seconds

    def exhausted(self, most_octets: int | None, most_seconds: float | None, now: float) -> str:
        """Which cap is reached; empty for none.

        Args:
            most_octets: the caps; None for none.
            most_seconds: the same.
            now: by the event loop.
        """
        self._turn(now)
        if most_octets is not None and self.octets > most_octets:
            return OCTETS_SPENT
        if most_seconds is not None and self.seconds > most_seconds:
            return TIME_SPENT
        return ""

    def _turn(self, now: float) -> None:
        if now - self.window > WINDOW_SECONDS:
            self.window, self.octets, self.seconds = now, 0, 0.0


class Clients:
    """All clients that are remembered."""

    def __init__(self, resolutions: int) -> None:
        self._resolutions = resolutions
        self._found: OrderedDict[Key, Client] = OrderedDict()

    def of(self, address: Address) -> Client:
        """The client with this address; of IPv6, with this /64."""
        key: Key
        key = (
            address
            if isinstance(address, IPv4Address)
            else IPv6Network((int(address), CLIENT_PREFIX), strict=False)
        )
        client = self._found.get(key)
        if client is None:
            client = self._found[key] = Client(asyncio.Semaphore(self._resolutions))
            self._forget()
        else:
            self._found.move_to_end(key)
        return client

    def __len__(self) -> int:
        return len(self._found)

    def _forget(self) -> None:
        """Forget whoever was longest not here; those with sessions are few and stay."""
        if len(self._found) <= MAXIMUM_CLIENTS:
            return
        key, client = self._found.popitem(last=False)
        if client.sessions:
            self._found[key] = client
