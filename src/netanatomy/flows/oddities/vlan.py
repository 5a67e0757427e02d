"""VLAN tags that no switch should let through (IEEE 802.1Q)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import UNKNOWN, Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows

COLUMNS = ("protocols", "vlan_id", "vlan_tpid", "vlan_inner_id")

RESERVED = 0xFFF  # IEEE 802.1Q table 9-2: "reserved for implementation use"
CUSTOMER_TAG = 0x8100  # TPID of a C-tag; the outer one of two should be an S-tag, 0x88a8
FIRST_TAG = 12  # octets of addresses before it
TWO_TAGS = 8  # octets


def check(packets: PacketColumns) -> Iterator[Hits]:
    """The outermost tag, then the first two."""
    if not packets.has("vlan_id"):
        return
    rows = np.flatnonzero(packets.numbers("vlan_id") == RESERVED)
    if len(rows):
        yield hits("vlan-id-reserved", rows, _tag(packets, rows, 2), 2, RESERVED)
    if not packets.has("vlan_inner_id"):
        return
    rows = packets.rows_with("vlan_inner_id")
    outer, inner = packets.at("vlan_id", rows), packets.at("vlan_inner_id", rows)
    double = packets.numbers("vlan_tpid")[rows] == CUSTOMER_TAG
    yield hits(
        "vlan-double-customer-tag", rows[double], _tag(packets, rows[double], 0), TWO_TAGS, inner[double]
    )
    same = rows[outer == inner]
    yield hits("vlan-same-id-twice", same, _tag(packets, same, 0), TWO_TAGS, outer[outer == inner])


def _tag(packets: PacketColumns, rows: Rows, place: int) -> Rows:
    """Where the first tag lies; unknown where a switch's own tag may stand before it."""
    at = packets.ethernet_at(rows)
    if not len(rows):
        return at
    places, stacks = packets.names("protocols", rows)
    behind = np.array([_follows_ethernet(stack.split(":")) for stack in stacks])[places]
    return np.where(behind & (at != UNKNOWN), at + FIRST_TAG + place, UNKNOWN)


def _follows_ethernet(stack: list[str]) -> bool:
    """Whether the tags of the innermost tagged frame stand directly behind its addresses."""
    last = len(stack) - 1 - stack[::-1].index("vlan") if "vlan" in stack else 0
    while last > 0 and stack[last] == "vlan":
        last -= 1
    return stack[last] == "ethernet"
