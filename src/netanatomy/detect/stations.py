"""Which station of a link has which address, and which of them hand on what others sent."""

from __future__ import annotations

from collections.abc import Mapping

from netanatomy.detect.link.virtual_routers import is_virtual_router
from netanatomy.detect.relations import Summary
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.python_rows import python_tuples
from netanatomy.tables.text import address_text

GATEWAY_PROTOCOL = bytes.fromhex("00005e")
"""Virtual routers (RFC 9568 section 7.3): several stations by turns."""


@frozen
class Stations:
    """What `ip-spoofing` knows of the stations, by their link-layer addresses.

    Attributes:
        known: addresses that they own or have used for a conversation.
        owned: those of them that they say are their own (ARP, neighbour discovery).
        used: those of them that they have used for a conversation that went both ways.
        answered: addresses at which they were answered.
        homes: by address, the stations that know it as theirs.
        routers: stations that carry the packets of others.
    """

    known: Mapping[bytes, set[bytes]]
    owned: Mapping[bytes, set[bytes]]
    used: Mapping[bytes, set[bytes]]
    answered: Mapping[bytes, set[bytes]]
    homes: Mapping[bytes, set[bytes]]
    routers: set[bytes]


def stations(summary: Summary, network: Network) -> Stations:
    """Put together what was kept in the relations `owned`, `homes` and `met`."""
    known: dict[bytes, set[bytes]] = {}
    owned: dict[bytes, set[bytes]] = {}
    used: dict[bytes, set[bytes]] = {}
    answered: dict[bytes, set[bytes]] = {}
    routers: set[bytes] = set()
    for mac, address in python_tuples(summary["owned"], "mac", "address"):
        known.setdefault(mac, set()).add(address)
        owned.setdefault(mac, set()).add(address)
    for mac, address, far in python_tuples(summary["homes"], "mac", "address", "far"):
        for found in (known, used, answered):
            found.setdefault(mac, set()).add(address)
        if far:
            routers.add(mac)
    for mac, address in python_tuples(summary["met"], "mac", "address"):
        answered.setdefault(mac, set()).add(address)
    homes: dict[bytes, set[bytes]] = {}
    for mac, addresses in known.items():
        for address in addresses:
            homes.setdefault(address, set()).add(mac)
    routers |= {mac for mac, addresses in known.items() if mac in owned and addresses - owned[mac]}
    routers |= {mac for mac in known if mac and _is_shared(mac)}
    for address, macs in homes.items() if network.gateways else ():
        if network.is_gateway(address_text(address)):
            routers |= macs
    return Stations(known, owned, used, answered, homes, routers)


def _is_shared(mac: bytes) -> bool:
    return mac.startswith(GATEWAY_PROTOCOL) or is_virtual_router(mac)
