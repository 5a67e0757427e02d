"""Martians: addresses that no packet on a link may have (RFC 1812 section 5.3.7, RFC 6890)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import Mask, PacketColumns, Rows
from netanatomy.flows.oddities.screen import S_DESTINATION, S_SOURCE
from netanatomy.layers.internet.addresses import AddressClass, classify_many
from netanatomy.tables.arrays import different

COLUMNS = (
    "ip_version",
    "ip_protocol",
    "ip_source",
    "ip_destination",
    "network_offset",
    "destination_port",
    "eth_source",
    "eth_destination",
    "sll_hardware_type",
    "wlan_type",
)

UDP, IGMP, ICMPV6 = 17, 2, 58
BOOTPS = 67  # a host without an address asks this port for one (RFC 2131 section 4.1)
PUBLIC = ("global-unicast", "6to4", "teredo", "nat64")


def check(packets: PacketColumns) -> Iterator[Hits]:
    """Each of the two addresses of a packet for itself."""
    for side, reason in (("ip_source", S_SOURCE), ("ip_destination", S_DESTINATION)):
        rows = packets.screened(reason)
        if len(rows):
            yield from _martians(packets, rows, side, side == "ip_source")


def _martians(packets: PacketColumns, rows: Rows, side: str, is_source: bool) -> Iterator[Hits]:
    codes, classes = classify_many(
        packets.octets(side)[rows], packets.numbers("ip_version")[rows].astype(np.uint8)
    )
    for code in different(codes).tolist():
        name = _kind(classes[code], is_source)
        if not name:
            continue
        chosen = rows[codes == code]
        chosen = chosen[_is_odd(packets, name, chosen, is_source)]
        four = packets.numbers("ip_version")[chosen] == 4
        place = np.where(four, 12 if is_source else 16, 8 if is_source else 24)
        at = packets.at("network_offset", chosen) + place
        yield hits(name, chosen, at, np.where(four, 4, 16))


def _kind(what: AddressClass, is_source: bool) -> str:
    """The kind of oddity that an address of a class may be; empty if it is none."""
    if what.name.startswith("multicast") or what.name in ("solicited-node", "node-information"):
        if is_source:
            return "multicast-source"
        return "interface-local-multicast" if what.scope in ("host", "none") else ""
    return {
        "loopback": "loopback-on-link",
        "unspecified": "unspecified-source" if is_source else "unspecified-destination",
        "this-network": "this-network-address",
        "reserved": "reserved-address",
        "broadcast": "broadcast-source" if is_source else "",
        "ipv4-mapped": "ipv4-mapped-address",
        "link-local": "link-local-beyond-link",
    }.get(what.name, "")


def _is_odd(packets: PacketColumns, name: str, rows: Rows, is_source: bool) -> Mask:
    """Whether nothing explains the address."""
    protocol = packets.numbers("ip_protocol")[rows]
    if name == "loopback-on-link":
        return packets.on_a_link(rows)
    if name == "unspecified-source":
        # A host that has no address yet: DHCP, reports to routers and switches, neighbour discovery.
        asks = (protocol == UDP) & (packets.numbers("destination_port")[rows] == BOOTPS)
        unexplained: Mask = ~(asks | (protocol == IGMP) | (protocol == ICMPV6))
        return unexplained
    if name == "link-local-beyond-link":
        routed: Mask = protocol != ICMPV6
        return routed & _is_public(packets, rows, "ip_destination" if is_source else "ip_source")
    return np.ones(len(rows), np.bool_)


def _is_public(packets: PacketColumns, rows: Rows, side: str) -> Mask:
    codes, classes = classify_many(
        packets.octets(side)[rows], packets.numbers("ip_version")[rows].astype(np.uint8)
    )
    public = np.array([what.name in PUBLIC for what in classes], np.bool_)
    return public[codes]
