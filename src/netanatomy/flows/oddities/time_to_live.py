"""A time to live, or hop limit, of 0 on a link."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns
from netanatomy.flows.oddities.screen import S_TTL_ZERO

COLUMNS = ("ip_version", "ip_ttl", "network_offset")


def check(packets: PacketColumns) -> Iterator[Hits]:
    """The octet of the time to live."""
    rows = packets.screened(S_TTL_ZERO)
    if not len(rows):
        return
    place = np.where(
        packets.numbers("ip_version")[rows] == 4, 8, 7
    )  # RFC 791 section 3.1, RFC 8200 section 3
    yield hits("ttl-zero", rows, packets.at("network_offset", rows) + place, 1, 0)
