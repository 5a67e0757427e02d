"""What routers that share a virtual address say of themselves, by HSRP, VRRP or GLBP."""

from __future__ import annotations

from ipaddress import ip_address

import numpy as np
import pyarrow as pa

from netanatomy.detect.detector import Kept
from netanatomy.detect.tables import kept, packet_places
from netanatomy.layers.application import glbp, hsrp
from netanatomy.tables.rows import Places, Rows

PORTS = {"HSRP": hsrp.PORT, "GLBP": glbp.PORT}
IN_IPV6 = bytes(10) + b"\xff\xff"
"""In front of an IPv4 address in a table (RFC 4291 section 2.5.5.2)."""

READ = 48
"""Octets of a message that are read: HSRP version 2 has 42."""


def gateway_messages(packets: Rows) -> Kept:
    """Rows for the relations `said` and `frames`: who says in which group that it is the gateway, or not."""
    if packets.has("vrrp_version"):
        rows = packets.rows_with("vrrp_version")
        heads = packets.payload_heads(rows, READ)
        said = [
            (priority, group, priority > 0, _vrrp_address(bytes(head), len(speaker)), 0)
            for priority, group, head, speaker in zip(
                packets.at("vrrp_priority", rows).tolist(),
                packets.at("vrrp_virtual_router", rows).tolist(),
                heads,
                (_plain(address) for address in packets.take("ip_source", rows).to_pylist()),
                strict=True,
            )
        ]
        yield from _kept(packets, rows, "VRRP", said)  # priority 0: gives up
    if not packets.has("udp_length"):
        return
    ports = packets.numbers("destination_port")
    for protocol, port in PORTS.items():
        rows = np.flatnonzero(ports == port)
        if not len(rows):
            continue
        rows = rows[packets.valid_at("udp_length", rows)]
        messages = [_message(protocol, bytes(head)) for head in packets.payload_heads(rows, READ)]
        there = np.array([one is not None for one in messages], np.bool_)
        yield from _kept(packets, rows[there], protocol, [one for one in messages if one is not None])


Said = tuple[int, int, bool, str, int]
"""Priority, group, whether active, the virtual address, and where in the payload the priority lies."""


def _message(protocol: str, octets: bytes) -> Said | None:
    if protocol == "GLBP":
        hello = glbp.message(octets)
        return (
            None
            if hello is None
            else (hello.priority, hello.group, hello.active, hello.virtual, glbp.PRIORITY_AT)
        )
    message = hsrp.message(octets)
    if message is None or message.operation == 2:
        return None
    at = hsrp.PRIORITY_AT if octets[0] == 0 else hsrp.PRIORITY_AT_2
    return message.priority, message.group, message.active, message.virtual, at


def _plain(address: bytes | None) -> bytes:
    """An address of a table with as many octets as it has on the wire."""
    return b"" if address is None else address.removeprefix(IN_IPV6)


def _vrrp_address(octets: bytes, length: int) -> str:
    """The first address behind the header, of the family of the packet's own (RFC 9568 section 5.2.9)."""
    first = octets[:length]
    return str(ip_address(first)) if any(first) else ""


def _kept(packets: Rows, rows: Places, protocol: str, said: list[Said]) -> Kept:
    if not len(rows):
        return
    key = {
        "protocol": pa.array([protocol] * len(said)),
        "group": np.array([group for _, group, _, _, _ in said], np.int64),
        "active": np.array([active for _, _, active, _, _ in said], np.bool_),
        "priority": np.array([priority for priority, _, _, _, _ in said], np.int64),
    }
    virtual = pa.array([address for _, _, _, address, _ in said])
    columns = ("speaker=ip_source", "mac=eth_source", "start=time", "end=time")
    yield "said", kept(packets, rows, columns, **key, virtual=virtual, messages=1)
    at = packets.at("payload_offset", rows) + np.array([at for _, _, _, _, at in said], np.int64)
    yield "frames", packet_places(packets, rows, speaker=packets.take("ip_source", rows), offset=at, **key)
