"""Many DHCPv6 messages at once, as columns: read without a loop over packets."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from netanatomy.layers.application.dhcpv6 import (
    CLIENT_PORT,
    HEADER_LENGTH,
    INFORMATION_REQUEST,
    OPTION_CLIENT,
    OPTION_DNS,
    OPTION_HEADER,
    OPTION_IA_ADDRESS,
    OPTION_IA_NA,
    OPTION_SERVER,
    SERVER_PORT,
    SOLICIT,
)
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import NONE, Places, Rows
from netanatomy.tables.words import mixed

READ = 512
"""Octets of a message that are read: clients and servers say what is looked at here in far less."""

OPTIONS = 32
"""Options of a message that are walked through. Bounds messages made of nothing but empty options."""

IDENTIFIER = 32
"""Octets of an identifier that are looked at: those of link-layer addresses have 10 to 14 (RFC 8415 §11)."""

ADDRESS = 16  # octets
IN_ASSOCIATION = 12
"""Octets of an identity association before its addresses (RFC 8415 §21.4)."""


WANTED = (OPTION_CLIENT, OPTION_SERVER, OPTION_DNS, OPTION_IA_NA)


@frozen
class Messages:
    """DHCPv6 messages between clients and servers; all arrays have one element for each.

    Attributes:
        rows: rows of the batch.
        kind: message type.
        xid: transaction identifier.
        client: a hash of the client's identifier (DUID); 0 without.
        client_at: where it begins in the payload; 0 without.
        client_length: its octets.
        server: a hash of the server's identifier; 0 without.
        server_at: where it begins in the payload; 0 without.
        server_length: its octets.
        dns: (n, 16) first resolver given; zeros without.
        dns_at: where it lies in the payload; 0 without.
        address: (n, 16) first address asked for or given; zeros without.
    """

    rows: Places
    kind: NDArray[np.int64]
    xid: NDArray[np.int64]
    client: NDArray[np.uint64]
    client_at: NDArray[np.int64]
    client_length: NDArray[np.int64]
    server: NDArray[np.uint64]
    server_at: NDArray[np.int64]
    server_length: NDArray[np.int64]
    dns: NDArray[np.uint8]
    dns_at: NDArray[np.int64]
    address: NDArray[np.uint8]

    def only(self, mask: NDArray[np.bool_]) -> Messages:
        """Some of them."""
        return Messages(*(getattr(self, each.name)[mask] for each in fields(self)))


COLUMNS = ("destination_port", "udp_length", "ip_version")
"""Columns of the packet table that `messages` needs, besides those that are always there."""


def messages(packets: Rows) -> Messages | None:
    """Every message of a batch that is no relay's, or None where there is none."""
    return packets.once(_messages)


def _messages(packets: Rows) -> Messages | None:
    rows = _rows(packets)
    if not len(rows):
        return None
    heads = packets.payload_heads(rows, READ)
    there = (heads[:, 0] >= SOLICIT) & (heads[:, 0] <= INFORMATION_REQUEST)
    rows, heads = rows[there], heads[there]
    if not len(rows):
        return None
    ends = np.minimum(packets.at("payload_length", rows), READ)
    at, lengths = _options(heads, ends)
    client, server, dns, association = (
        at[:, WANTED.index(code)] for code in (OPTION_CLIENT, OPTION_SERVER, OPTION_DNS, OPTION_IA_NA)
    )
    client_length, server_length = lengths[:, 0], lengths[:, 1]
    inner = association + IN_ASSOCIATION
    given = (association > 0) & (lengths[:, WANTED.index(OPTION_IA_NA)] >= IN_ASSOCIATION + OPTION_HEADER)
    given[given] &= _number(heads[given], inner[given], 2) == OPTION_IA_ADDRESS
    return Messages(
        rows=rows,
        kind=heads[:, 0].astype(np.int64),
        xid=_number(heads, np.ones(len(rows), np.int64), 3),
        client=_hashes(heads, client, client_length),
        client_at=client,
        client_length=client_length,
        server=_hashes(heads, server, server_length),
        server_at=server,
        server_length=server_length,
        dns=_octets(heads, np.where(lengths[:, WANTED.index(OPTION_DNS)] >= ADDRESS, dns, 0), ADDRESS),
        dns_at=dns,
        address=_octets(heads, np.where(given, inner + OPTION_HEADER, 0), ADDRESS),
    )


def _rows(packets: Rows) -> Places:
    if not packets.has("udp_length"):
        return NONE
    # What counts is where they listen: tools answer from any port, and clients believe them.
    port = packets.numbers("destination_port")
    rows = np.flatnonzero((port == CLIENT_PORT) | (port == SERVER_PORT))
    if len(rows):
        rows = rows[packets.valid_at("udp_length", rows) & (packets.at("ip_version", rows) == 6)]
        rows = rows[packets.at("payload_length", rows) >= HEADER_LENGTH + OPTION_HEADER]
    return rows


def _options(
    heads: NDArray[np.uint8], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the options that are wanted begin behind their header, and their octets; zeros without.

    All messages are walked through at the same time, one option of each in a step; the first of each counts.
    """
    at, lengths = (np.zeros((len(heads), len(WANTED)), np.int64) for _ in range(2))
    places = np.full(len(heads), HEADER_LENGTH, np.int64)
    every = np.arange(len(heads))
    for _ in range(OPTIONS):
        every = every[places[every] + OPTION_HEADER <= ends[every]]
        if not len(every):
            break
        place = places[every]
        code, length = _number(heads[every], place, 2), _number(heads[every], place + 2, 2)
        places[every] = place + OPTION_HEADER + length
        whole = places[every] <= ends[every]
        for index, option in enumerate(WANTED):
            mine = whole & (code == option) & (at[every, index] == 0)
            at[every[mine], index] = place[mine] + OPTION_HEADER
            lengths[every[mine], index] = length[mine]
    return at, lengths


def _number(heads: NDArray[np.uint8], at: NDArray[np.int64], octets: int) -> NDArray[np.int64]:
    value = np.zeros(len(heads), np.int64)
    which = np.arange(len(heads))
    for octet in range(octets):
        value = value << 8 | heads[which, np.minimum(at + octet, READ - 1)]
    return value


def _octets(heads: NDArray[np.uint8], at: NDArray[np.int64], octets: int) -> NDArray[np.uint8]:
    """(n, octets) what lies at these places; zeros where the place is 0."""
    places = np.minimum(at[:, None] + np.arange(octets), READ - 1)
    found: NDArray[np.uint8] = heads[np.arange(len(heads))[:, None], places]
    found[at == 0] = 0
    return found


def _hashes(
    heads: NDArray[np.uint8], at: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Numbers that are equal where identifiers are; 0 without one."""
    octets = _octets(heads, at, IDENTIFIER)
    octets[np.arange(IDENTIFIER) >= lengths[:, None]] = 0
    words = np.ascontiguousarray(octets).view(np.uint64)
    parts = [np.ascontiguousarray(words[:, word]) for word in range(words.shape[1])]
    hashes = mixed([*parts, lengths.astype(np.uint64)], len(heads))
    hashes[(at == 0) | (lengths == 0)] = 0
    return hashes
