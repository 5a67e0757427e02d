"""Options of IPv4 that let the sender choose the way, or that are there twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows

COLUMNS = ("ip_options", "ip_header_length", "network_offset")

SOURCE_ROUTES = ("loose-source-route", "strict-source-route")
FILLERS = ("nop", "end")


def check(packets: PacketColumns) -> Iterator[Hits]:
    """By the names of the options; their place is looked up in the octets, if these are at hand."""
    if not packets.has("ip_options"):
        return
    rows = packets.rows_with("ip_options")
    places, names = packets.names("ip_options", rows)
    lists = [[option for option in name.split(",") if option not in FILLERS] for name in names]
    routed = np.array([any(option in SOURCE_ROUTES for option in options) for options in lists])[places]
    recorded = np.array(["record-route" in options for options in lists])[places]
    repeated = np.array([len(set(options)) < len(options) for options in lists])[places]
    yield _option(packets, "ip-source-route", rows[routed], (131, 137))
    yield _option(packets, "ip-record-route", rows[recorded], (7,))
    at, length = _all(packets, rows[repeated])
    yield hits("ip-option-repeated", rows[repeated], at, length)


def _option(packets: PacketColumns, name: str, rows: Rows, kinds: tuple[int, ...]) -> Hits:
    at, length = packets.ip_option(rows, kinds)
    start, whole = _all(packets, rows)
    return hits(name, rows, np.where(at < 0, start, at), np.where(at < 0, whole, length))


def _all(packets: PacketColumns, rows: Rows) -> tuple[Rows, Rows]:
    """Where all options together lie."""
    return packets.at("network_offset", rows) + 20, packets.at("ip_header_length", rows) - 20
