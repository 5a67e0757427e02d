"""Many DHCP messages at once, as columns: read without a loop over packets."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from netanatomy.layers.application.dhcp import (
    CLIENT_PORT,
    HEADER_LENGTH,
    MAGIC_COOKIE,
    OPTION_CLIENT_IDENTIFIER,
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

VERSION = 4  # of IP
READ = 548
"""Octets of a message that are read: what every client can take (RFC 2131 section 2: 576 with headers)."""

OPTIONS = 64
"""Options of a message that are walked through. Bounds messages made of nothing but the shortest options."""

FIXED = {"op": (0, 1), "xid": (4, 4), "ciaddr": (12, 4), "yiaddr": (16, 4), "giaddr": (24, 4)}
"""Where numbers of the fixed part lie, and how many octets they have (RFC 2131 section 2)."""
CHADDR = 28
HARDWARE = 1  # first octet of a client identifier that is a hardware address (RFC 2132 section 9.14)
IDENTIFIER_READ = 64
"""Octets of a client identifier that tell it from others; those of RFC 4361 have up to 135, most 19."""
ABOVE = 1 << 62
"""Bit that makes what stands for an identifier greater than a hardware address."""
FNV_BASIS, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, 64 bits


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
        name: what stands for the client identifier; 0 where there is none, or it is the hardware address.
            Greater than any hardware address is as a number.
        name_at: where the identifier's octets lie in the payload; 0 without.
        name_length: how many it has.
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
    name: NDArray[np.int64]
    name_at: NDArray[np.int64]
    name_length: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> Messages:
        """Some of them."""
        return Messages(*(getattr(self, each.name)[mask] for each in fields(self)))


COLUMNS = ("ip_version", "source_port", "destination_port", "udp_length")
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
    chaddr = heads[:, CHADDR : CHADDR + 6]
    name = _names(heads, found["name_at"], found["name_length"], chaddr)
    return Messages(rows=rows, chaddr=chaddr, name=name, **fixed, **found)


def _rows(packets: Rows) -> Places:
    if not packets.has("udp_length"):
        return NONE
    ports = packets.numbers("source_port"), packets.numbers("destination_port")
    rows = np.flatnonzero((ports[0] == SERVER_PORT) | (ports[1] == SERVER_PORT) | (ports[1] == CLIENT_PORT))
    if len(rows):
        # RFC 2131: of IPv4 only. That of IPv6 has other ports and messages (RFC 8415).
        rows = rows[packets.valid_at("udp_length", rows) & (packets.at("ip_version", rows) == VERSION)]
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
    for name in ("server_at", "name_at", "name_length"):
        found[name] = np.zeros(count, np.int64)
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
        mine = (code == OPTION_CLIENT_IDENTIFIER) & (place + 2 + length <= ends[every])
        found["name_at"][every[mine]] = place[mine] + 2
        found["name_length"][every[mine]] = length[mine]
        at[every] = np.where(code == OPTION_PAD, place + 1, place + 2 + length)
        every = every[code != OPTION_END]
    return found


def _names(
    heads: NDArray[np.uint8], at: NDArray[np.int64], length: NDArray[np.int64], chaddr: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """(n,) what stands for the client identifiers, see `Messages.name`."""
    found = np.zeros(len(heads), np.int64)
    rows = np.flatnonzero(length)
    if not len(rows):
        return found
    octets = heads[rows[:, None], np.minimum(at[rows, None] + np.arange(IDENTIFIER_READ), READ - 1)]
    same = (length[rows] == 7) & (octets[:, 0] == HARDWARE) & (octets[:, 1:7] == chaddr[rows]).all(axis=1)
    rows, octets = rows[~same], octets[~same]
    value = np.full(len(rows), FNV_BASIS) ^ length[rows].astype(np.uint64)
    for octet in range(int(min(length[rows].max(initial=0), IDENTIFIER_READ))):
        further = (value ^ octets[:, octet]) * FNV_PRIME
        value = np.where(octet < length[rows], further, value)
    found[rows] = (value >> np.uint64(2)).astype(np.int64) | ABOVE
    return found


def _number(heads: NDArray[np.uint8], at: int, length: int) -> NDArray[np.int64]:
    value = np.zeros(len(heads), np.int64)
    for octet in range(at, at + length):
        value = value << 8 | heads[:, octet]
    return value
