"""Which addresses this machine has: as the system lists them, and as it lets one bind to them."""

from __future__ import annotations

import socket
import threading
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic

from netanatomy.layers.internet.addresses import Address

LISTED_SECONDS = 1.0  # for which a list is good: making one takes longer than a session
FOREIGN: dict[int, Address] = {
    # Addresses for documentation (RFC 5737, RFC 3849), which no machine should have: where one can bind to
    # them (Linux: ip_nonlocal_bind), binding proves nothing.
    4: IPv4Address("192.0.2.255"),
    6: IPv6Address("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"),
}


class OwnAddresses:
    """What this machine says of its addresses, remembered for a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed: frozenset[Address] = frozenset()
        self._binding_proves: dict[int, bool] = {}
        self._until = 0.0

    def has(self, address: Address) -> bool:
        """Whether this machine has the address.

        The list has what interfaces were given. Beyond that Linux may own whole networks (routes of type
        local), which only binding shows; so it counts as well, but where it works with any address.
        """
        now = monotonic()
        with self._lock:
            if now >= self._until:
                listed = listed_addresses()
                self._listed = listed or frozenset()
                # Without a list there is nothing better: then too much is denied rather than too little.
                self._binding_proves = {
                    version: listed is None or not can_bind(foreign) for version, foreign in FOREIGN.items()
                }
                self._until = now + LISTED_SECONDS
            known, proves = address in self._listed, self._binding_proves[address.version]
        return known or (proves and can_bind(address))


def listed_addresses() -> frozenset[Address] | None:
    """The addresses of all interfaces; None where the system does not give them."""
    import psutil

    try:
        found = psutil.net_if_addrs()
        return frozenset(
            ip_address(each.address.partition("%")[0])
            for listed in found.values()
            for each in listed
            if each.family in (socket.AF_INET, socket.AF_INET6)
        )
    except (psutil.Error, OSError, ValueError, RuntimeError):
        return None


def can_bind(address: Address) -> bool:
    """Whether the system lets one bind to an address: to its own, and where it is told so to any."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


OWN = OwnAddresses()


def is_of_this_host(address: Address) -> bool:
    """Whether this machine has the address.

    >>> is_of_this_host(IPv4Address("127.0.0.1"))
    True
    """
    return OWN.has(address)
