"""Port 0, which no service can have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import UNKNOWN, Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns
from netanatomy.flows.oddities.screen import S_PORT_ZERO

COLUMNS = (
    "source_port",
    "destination_port",
    "transport_offset",
    "ip_version",
    "ip_protocol",
    "ip_extension_headers",
)


def check(packets: PacketColumns) -> Iterator[Hits]:
    """One row for each port that is 0."""
    rows = packets.screened(S_PORT_ZERO)
    if not len(rows):
        return
    rows = rows[packets.valid_at("source_port", rows)]
    for name, place in (("source_port", 0), ("destination_port", 2)):
        zero = rows[packets.numbers(name)[rows] == 0]
        at = packets.transport_at(zero)
        yield hits("port-zero", zero, np.where(at == UNKNOWN, UNKNOWN, at + place), 2)
