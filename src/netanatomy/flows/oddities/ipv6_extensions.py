"""Extension headers of IPv6 in an order that no sender may use, and routes that nobody may follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import Mask, PacketColumns, Rows

COLUMNS = ("ip_extension_headers", "network_offset", "transport_offset")

HOP_BY_HOP, ROUTING, DESTINATION = "hop-by-hop", "routing", "destination-options"
ROUTING_HEADER = 43

# RFC 8200 section 4.1; destination options stand before the routing header, or at the end, or both.
RANKS: Mapping[str, int] = MappingProxyType(
    {HOP_BY_HOP: 0, ROUTING: 2, "fragment": 3, "ah": 4, "mobility": 6, "hip": 6, "shim6": 6}
)


def check(packets: PacketColumns) -> Iterator[Hits]:
    """By the names of the headers; the type of a routing header is looked up in the octets."""
    if not packets.has("ip_extension_headers"):
        return
    rows = packets.rows_with("ip_extension_headers")
    places, names = packets.names("ip_extension_headers", rows)
    chains = [name.split(",") for name in names]

    def among(condition: Sequence[bool]) -> Rows:
        chosen: Mask = np.array(condition, np.bool_)[places]
        return rows[chosen]

    yield _chain(packets, "ipv6-hop-by-hop-misplaced", among([HOP_BY_HOP in chain[1:] for chain in chains]))
    yield _chain(packets, "ipv6-extension-repeated", among([_repeats(chain) for chain in chains]))
    yield _chain(packets, "ipv6-extension-order", among([_out_of_order(chain) for chain in chains]))
    routed = among([ROUTING in chain for chain in chains])
    if len(routed) and packets.has_octets:
        at, length = packets.extension_header(routed, ROUTING_HEADER)
        zero = (at >= 0) & (packets.octet(routed, at + 2) == 0)
        left = packets.octet(routed, at + 3)
        yield hits("ipv6-routing-type-0", routed[zero], at[zero], length[zero], left[zero], 0)


def _chain(packets: PacketColumns, name: str, rows: Rows) -> Hits:
    start = packets.at("network_offset", rows) + 40
    return hits(name, rows, start, packets.at("transport_offset", rows) - start)


def _repeats(chain: Sequence[str]) -> bool:
    return any(chain.count(name) > (2 if name == DESTINATION else 1) for name in set(chain))


def _out_of_order(chain: Sequence[str]) -> bool:
    """Whether a header stands behind one that must follow it; hop-by-hop options are another kind."""
    ranks = [
        (1 if ROUTING in chain[place:] else 5) if name == DESTINATION else RANKS.get(name, 6)
        for place, name in enumerate(chain)
        if name != HOP_BY_HOP
    ]
    return any(before > after for before, after in pairwise(ranks))
