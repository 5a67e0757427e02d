"""Which ports are a server's: what tells the originator where no SYN does."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netanatomy.layers.transport.ports import SYSTEM_PORTS, registered_protocols

PROTOCOLS = ("tcp", "udp")
"""Lines of the table."""

PROTOCOL_NUMBERS: Mapping[int, int] = MappingProxyType({6: 0, 17: 1})

WELL_KNOWN: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        # Beyond the system ports: what Zeek takes for likely server ports in its default scripts, and
        # servers of databases, caches, remote desktops and the like on IANA's registered ports.
        "tcp": (
            *(1080, 1194, 1433, 1434, 1521, 1723, 1883, 2049, 2181, 2375, 2376, 2811, 3000, 3128, 3268, 3269),
            *(3306, 3389, 4369, 5000, 5060, 5061, 5222, 5223, 5269, 5432, 5601, 5671, 5672, 5900, 5901, 5902),
            *(5903, 5904, 5905, 5906, 5938, 5985, 5986, 6000, 6379, 6443, 6666, 6667, 6668, 6669, 6697, 7000),
            *(7001, 8000, 8008, 8080, 8081, 8086, 8088, 8180, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9100),
            *(9200, 9300, 9418, 10000, 11211, 15672, 20000, 27017, 27018),
        ),
        "udp": (
            *(1194, 1434, 1645, 1646, 1701, 1812, 1813, 1900, 2123, 2152, 3478, 3544, 3702, 4011, 4500, 4789),
            *(5060, 5072, 5349, 5353, 5355, 5683, 6081, 11211, 20000, 33434),
        ),
    }
)


def chosen_servers(ports: frozenset[tuple[int, int]]) -> NDArray[np.uint8]:
    """A table of the given ports only: pairs of IP protocol and port."""
    table = np.zeros((2, 65_536), np.uint8)
    for protocol, port in ports:
        if protocol in PROTOCOL_NUMBERS:
            table[PROTOCOL_NUMBERS[protocol], port] = 1
    return table


@cache
def known_servers() -> NDArray[np.uint8]:
    """The table by the built-in rule: system ports with a registered service, and well-known others."""
    table = np.zeros((2, 65_536), np.uint8)
    for port in range(1, SYSTEM_PORTS.last + 1):
        registered = registered_protocols(port)
        for line, protocol in enumerate(PROTOCOLS):
            if protocol in registered:
                table[line, port] = 1
    for line, protocol in enumerate(PROTOCOLS):
        table[line, WELL_KNOWN[protocol]] = 1
    table.flags.writeable = False
    return table
