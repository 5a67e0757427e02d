"""Many DHCP messages at once, as columns: read without a loop over packets."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from netanatomy.layers.application.dhcp import (
    CLIENT_PORT,
    HEADER_LENGTH,
    MAGIC_COOKIE,
    OPTION_DNS,
    OPTION_END,
    OPTION_LEASE_TIME,
    OPTION_MESSAGE_TYPE,
    OPTION_PAD,
    OPTION_ROUTER,
    OPTION_SERVER,
    SERVER_PORT,
)
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import NONE, Places, Rows

READ = 548
"""Octets of a message that are read: what every client can take (RFC 2131 section 2: 576 with headers)."""

OPTIONS = 64
"""Options of a message that are walked through. Bounds messages made of nothing but the shortest options."""

FIXED = {"op": (0, 1), "xid": (4, 4), "ciaddr": (12, 4), "yiaddr": (16, 4), "giaddr": (24, 4)}
"""Where numbers of the fixed part lie, and how many octets they have (RFC 2131 section 2)."""
CHADDR = 28


@frozen
class Messages:
    """DHCP messages of a batch; all arrays have one element for each.

    Attributes:
        rows: rows of the batch.
        op: 1 from a client, 2 from a server.
        kind: message type (option 53); 0 for BOOTP.
        xid: transaction identifier.
        ciaddr: the address that the client has already, where it asks to keep it.
        yiaddr: the address that is given.
        giaddr: the relay agent's address; 0 without.
        chaddr: (n, 6) the client's hardware address.
        server: server identifier; 0 without.
        server_at: where its four octets lie in the payload; 0 without.
        router: first router given; 0 without.
        dns: first resolver given; 0 without.
        lease: lease time in s; 0 without.
    """

    rows: Places
    op: NDArray[np.int64]
    kind: NDArray[np.int64]
    xid: NDArray[np.int64]
    ciaddr: NDArray[np.int64]
    yiaddr: NDArray[np.int64]
    giaddr: NDArray[np.int64]
    chaddr: NDArray[np.uint8]
    server: NDArray[np.int64]
    server_at: NDArray[np.int64]
    router: NDArray[np.int64]
    dns: NDArray[np.int64]
    lease: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> Messages:
        """Some of them."""
        return Messages(*(getattr(self, each.name)[mask] for each in fields(self)))


COLUMNS = ("source_port", "destination_port", "udp_length")
"""Columns of the packet table that `messages` needs, besides those that are always there."""


def messages(packets: Rows) -> Messages | None:
    """Every DHCP message of a batch, or None where there is none."""
    rows = _rows(packets)
    if not len(rows):
        return None
    heads = packets.payload_heads(rows, READ)
    there = (_number(heads, HEADER_LENGTH - 4, 4) == MAGIC_COOKIE) & (heads[:, 1] == 1) & (heads[:, 2] == 6)
    rows, heads = rows[there], heads[there]
    if not len(rows):
        return None
    fixed = {name: _number(heads, at, length) for name, (at, length) in FIXED.items()}
    found = _options(heads, np.minimum(packets.at("payload_length", rows), READ))
    return Messages(rows=rows, chaddr=heads[:, CHADDR : CHADDR + 6], **fixed, **found)


def _rows(packets: Rows) -> Places:
    if not packets.has("udp_length"):
        return NONE
    ports = packets.numbers("source_port"), packets.numbers("destination_port")
    rows = np.flatnonzero((ports[0] == SERVER_PORT) | (ports[1] == SERVER_PORT) | (ports[1] == CLIENT_PORT))
    if len(rows):
        rows = rows[packets.valid_at("udp_length", rows)]
        rows = rows[packets.at("payload_length", rows) >= HEADER_LENGTH]
    return rows


def _options(heads: NDArray[np.uint8], ends: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Walk through the options of all messages at the same time, one option of each in a step."""
    count = len(heads)
    wanted = {
        OPTION_MESSAGE_TYPE: ("kind", 1),
        OPTION_SERVER: ("server", 4),
        OPTION_ROUTER: ("router", 4),
        OPTION_DNS: ("dns", 4),
        OPTION_LEASE_TIME: ("lease", 4),
    }
    found = {name: np.zeros(count, np.int64) for name, _ in wanted.values()}
    found["server_at"] = np.zeros(count, np.int64)
    at = np.full(count, HEADER_LENGTH, np.int64)
    every = np.arange(count)
    for _ in range(OPTIONS):
        every = every[at[every] + 1 < ends[every]]
        if not len(every):
            break
        place = at[every]
        code = heads[every, place]
        length = heads[every, place + 1].astype(np.int64)
        for option, (name, octets) in wanted.items():
            mine = (code == option) & (length >= octets) & (place + 2 + octets <= ends[every])
            if mine.any():
                which, start = every[mine], place[mine] + 2
                value = np.zeros(len(which), np.int64)
                for octet in range(octets):
                    value = value << 8 | heads[which, start + octet]
                found[name][which] = value
                if option == OPTION_SERVER:
                    found["server_at"][which] = start
        at[every] = np.where(code == OPTION_PAD, place + 1, place + 2 + length)
        every = every[code != OPTION_END]
    return found


def _number(heads: NDArray[np.uint8], at: int, length: int) -> NDArray[np.int64]:
    value = np.zeros(len(heads), np.int64)
    for octet in range(at, at + length):
        value = value << 8 | heads[:, octet]
    return value
