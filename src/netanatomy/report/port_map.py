"""Which ports of which hosts were called, and how much: the corner of that map where most packets are."""

from __future__ import annotations

import pyarrow as pa

from netanatomy.layers.internet.addresses import address_text
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.report.conversations import called
from netanatomy.report.records import PortMap, PortMapLine
from netanatomy.report.tally import sum_by

MOST_HOSTS = 10
MOST_PORTS = 10
"""Hosts and ports of the map: what a phone has room for."""

PORT_PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp", 136: "udplite", 33: "dccp"}
"""The protocols with ports, by number, as the port registry calls them."""

HOST = ("ip_version", "server")
PORT = ("ip_protocol", "server_port")
PACKETS = {"packets": "sum"}


def protocol_name(number: int) -> str:
    """A protocol above IP, as the port registry calls it.

    >>> protocol_name(17), protocol_name(89)
    ('udp', 'OSPF')
    """
    return PORT_PROTOCOLS.get(number) or IP_PROTOCOLS.get(number, str(number))


def port_map(pairs: pa.Table | None) -> PortMap:
    """The hosts that were called with the most packets, and of their ports those with the most.

    Args:
        pairs: pairs of sockets, as `Conversations.socket_pairs` has them; None for none.
    """
    if pairs is None or not pairs.num_rows:
        return PortMap([], 0, 0)
    every = sum_by(called(pairs), (*HOST, *PORT), PACKETS)
    hosts, ports = sum_by(every, HOST, PACKETS), sum_by(every, PORT, PACKETS)
    shown = _among(every, _leading(hosts, HOST, MOST_HOSTS), HOST)
    shown = _among(shown, _leading(sum_by(shown, PORT, PACKETS), PORT, MOST_PORTS), PORT)
    rows = shown.sort_by([("packets", "descending"), *((key, "ascending") for key in (*HOST, *PORT))])
    lines = [
        PortMapLine(
            address_text(row["server"], row["ip_version"]),
            protocol_name(row["ip_protocol"]),
            row["server_port"],
            row["packets"],
        )
        for row in rows.to_pylist()
    ]
    return PortMap(lines, hosts.num_rows, ports.num_rows)


def _leading(table: pa.Table, keys: tuple[str, ...], most: int) -> pa.Table:
    """The rows with the most packets, whatever their order: ties are broken by the keys."""
    order = [("packets", "descending"), *((key, "ascending") for key in keys)]
    return table.sort_by(order).slice(0, most)


def _among(table: pa.Table, chosen: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """The rows of which the keys are those of a chosen row."""
    wanted = set(zip(*(chosen[key].to_pylist() for key in keys), strict=True))
    kept = [row in wanted for row in zip(*(table[key].to_pylist() for key in keys), strict=True)]
    return table.filter(pa.array(kept, pa.bool_()))
