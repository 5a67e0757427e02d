"""Packets that say they go to where they come from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns
from netanatomy.flows.oddities.screen import S_SAME_ADDRESS

COLUMNS = (
    "ip_version",
    "ip_source",
    "ip_destination",
    "network_offset",
    "source_port",
    "destination_port",
    "eth_source",
    "eth_destination",
    "sll_hardware_type",
    "wlan_type",
)


def check(packets: PacketColumns) -> Iterator[Hits]:
    """With the same ports too it is the shape of a land attack."""
    rows = packets.screened(S_SAME_ADDRESS)
    if not len(rows):
        return
    # From nowhere to nowhere (::, 0.0.0.0) is another oddity.
    rows = rows[packets.octets("ip_source")[rows, 12:].any(axis=1)]
    rows = rows[packets.on_a_link(rows)]
    ports = packets.numbers("source_port")[rows]
    land = (ports > 0) & (ports == packets.numbers("destination_port")[rows])
    for name, chosen in (("land-packet", rows[land]), ("source-is-destination", rows[~land])):
        four = packets.numbers("ip_version")[chosen] == 4
        at = packets.at("network_offset", chosen) + np.where(four, 12, 8)
        yield hits(name, chosen, at, np.where(four, 8, 32))
