"""ARP messages that contradict the frame around them, or name senders that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from netanatomy.flows.oddities.oddity import Hits, hits
from netanatomy.flows.oddities.packet_columns import PacketColumns, Rows

COLUMNS = (
    "payload_offset",
    "eth_source",
    "eth_destination",
    "arp_operation",
    "arp_sender_hardware",
    "arp_sender_protocol",
    "arp_target_hardware",
)

MESSAGE = 28  # octets with addresses of Ethernet and IPv4, RFC 826
REPLY = 2


def check(packets: PacketColumns) -> Iterator[Hits]:
    """Only messages for IPv4 over six-octet addresses."""
    if not packets.has("arp_sender_hardware"):
        return
    rows = packets.rows_with("arp_sender_hardware")
    sender = packets.octets("arp_sender_hardware")[rows]
    at = packets.at("payload_offset", rows) - MESSAGE

    group = sender[:, 0] & 1 != 0
    if group.any():
        yield hits("arp-group-sender", rows[group], at[group] + 8, 6, _number(sender[group]))

    address = packets.octets("arp_sender_protocol")[rows, 12:]
    first = address[:, 0]
    # 0.0.0.0 asks whether an address is free (RFC 5227 section 1.1).
    strange = (first == 127) | (first >= 0xE0) | ((first == 0) & address.any(axis=1))
    if strange.any():
        yield hits("arp-martian-sender", rows[strange], at[strange] + 14, 4)

    if packets.has("eth_source"):
        framed = packets.valid_at("eth_source", rows)
        yield from _against_frame(packets, rows[framed], at[framed], sender[framed])


def _against_frame(packets: PacketColumns, rows: Rows, at: Rows, sender: NDArray[np.uint8]) -> Iterator[Hits]:
    source, destination = packets.octets("eth_source")[rows], packets.octets("eth_destination")[rows]
    other = (sender != source).any(axis=1)
    if other.any():
        number, right = _number(sender[other]), _number(source[other])
        yield hits("arp-sender-mismatch", rows[other], at[other] + 8, 6, number, right)
    reply = packets.numbers("arp_operation")[rows] == REPLY
    if reply.any():
        target = packets.octets("arp_target_hardware")[rows]
        other = reply & (destination[:, 0] & 1 == 0) & (target != destination).any(axis=1)
        number, right = _number(target[other]), _number(destination[other])
        yield hits("arp-target-mismatch", rows[other], at[other] + 18, 6, number, right)


def _number(octets: NDArray[np.uint8]) -> Rows:
    """Addresses of six octets as numbers."""
    padded = np.zeros((len(octets), 8), np.uint8)
    padded[:, 2:] = octets
    return padded.view(">i8").reshape(-1).astype(np.int64)
