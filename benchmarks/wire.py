"""Conversations and packets, as columns, laid out as the octets of a pcap file.

Everything is done on whole columns with NumPy, a chunk of packets at a time: packets of one shape
(tagged or not, IP version, transport, options) share one matrix of headers, a row a packet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Integers: TypeAlias = NDArray[np.int64]

ARP = 0
"""Stands for ARP where an IP protocol number is expected: 0 is no transport."""
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
"""Assigned Internet Protocol Numbers, IANA."""

FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
"""Control bits, RFC 9293 section 3.1."""

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
"""Microseconds, little-endian, LINKTYPE_ETHERNET."""
RECORD_HEADER = 16
"""Octets before each frame: seconds, microseconds, captured length, original length."""

CHUNK = 65_536
"""Packets laid out at once: some 100 MB of frames."""
FIRST_SECOND = 1_767_225_600
"""2026-01-01T00:00:00Z: the time that all captures begin at."""


@dataclass(frozen=True)
class Conversations:
    """Who speaks with whom: one row a conversation; side 0 is the one that opened it."""

    protocol: Integers
    """IP protocol number, or `ARP`."""
    version: Integers
    """4 or 6."""
    vlan: Integers
    """VLAN identifier, 0 where the frames are untagged."""
    mac: Bytes
    """Shape (n, 2, 6)."""
    address: Bytes
    """Shape (n, 2, 16); an IPv4 address is the first four octets, the rest is zero."""
    port: Integers
    """Shape (n, 2); an ICMP conversation keeps its identifier at side 0."""


@dataclass(frozen=True)
class Packets:
    """One row a packet, in any order until `in_time_order`."""

    conversation: Integers
    sender: Integers
    """0 or 1: the side of the conversation that sent it."""
    time: Integers
    """Microseconds after the capture's begin."""
    flags: Integers
    """TCP control bits."""
    sequence: Integers
    """TCP sequence number; the sequence number of an ICMP echo."""
    acknowledgment: Integers
    payload: Integers
    """Index into `Payloads`."""
    prefix: Integers
    """UDP: the payload's first two octets, which differ from packet to packet (a DNS identifier)."""
    heard: Integers | None = None
    """Time of the other side's last packet before, -1 where there was none; known once they are in order."""

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, chosen: slice | Integers) -> Packets:
        """Some of the rows."""
        return Packets(**{name: column[chosen] for name, column in self.columns().items()})

    def columns(self) -> dict[str, Integers]:
        """The columns that there are, by name."""
        return {name: column for name, column in vars(self).items() if column is not None}

    def in_time_order(self, most: int) -> Packets:
        """The first `most` packets by time."""
        ordered = self.rows(np.argsort(self.time, kind="stable")[:most])
        return replace(ordered, heard=ordered._heard())

    def _heard(self) -> Integers:
        """When each packet's sender had last heard of the other side: what TCP's timestamps echo."""
        order = np.argsort(self.conversation, kind="stable")
        conversation, sender, time = self.conversation[order], self.sender[order], self.time[order]
        places = np.arange(len(order))
        begins = np.maximum.accumulate(
            np.where(np.r_[True, conversation[1:] != conversation[:-1]], places, 0)
        )
        heard = np.full(len(order), -1, np.int64)
        for side in (0, 1):
            last = np.maximum.accumulate(np.where(sender == side, places, -1))
            known = (sender != side) & (last >= begins)
            heard[known] = time[last[known]]
        back = np.empty_like(heard)
        back[order] = heard
        return back


class Payloads:
    """A pool of payloads, each with the sum of its 16-bit words ready for a checksum."""

    def __init__(self) -> None:
        self.octets: list[bytes] = [b""]
        self._lengths: list[int] = [0]
        self._sums: list[int] = [0]

    def add(self, payloads: list[bytes]) -> int:
        """Takes payloads in; gives the index of the first."""
        first = len(self.octets)
        for payload in payloads:
            self.octets.append(payload)
            self._lengths.append(len(payload))
            self._sums.append(
                int(np.frombuffer(payload + b"\0" * (len(payload) % 2), ">u2").sum(dtype=np.int64))
            )
        return first

    def columns(self) -> tuple[NDArray[np.object_], Integers, Integers]:
        """Octets, lengths and sums, to be indexed by a column of payload numbers."""
        octets = np.empty(len(self.octets), dtype=object)
        octets[:] = self.octets
        return octets, np.array(self._lengths), np.array(self._sums)


def write(file: BinaryIO, packets: Packets, conversations: Conversations, payloads: Payloads) -> None:
    """Writes the packets as a pcap file, every checksum right."""
    octets, lengths, sums = payloads.columns()
    file.write(PCAP_HEADER)
    for start in range(0, len(packets), CHUNK):
        chunk = packets.rows(slice(start, start + CHUNK))
        conversation = chunk.conversation
        protocol = conversations.protocol[conversation]
        tagged = conversations.vlan[conversation] > 0
        opening = (chunk.flags & SYN) != 0
        shape = (protocol << 3) | (conversations.version[conversation] == 6) << 2 | tagged << 1 | opening
        pieces = np.empty(2 * len(chunk), dtype=object)
        for one in np.unique(shape):
            chosen = np.flatnonzero(shape == one)
            rows = chunk.rows(chosen)
            headers = _headers(rows, conversations, lengths[rows.payload], sums[rows.payload], start + chosen)
            pieces[2 * chosen] = rows_as_bytes(headers)
        pieces[1::2] = octets[chunk.payload]
        file.write(b"".join(pieces.tolist()))


def rows_as_bytes(matrix: Bytes) -> NDArray[np.object_]:
    """The rows of a matrix of octets, each as one `bytes`."""
    rows = np.empty(len(matrix), dtype=object)
    rows[:] = matrix.view(f"V{matrix.shape[1]}").ravel().tolist()
    return rows


def put(matrix: Bytes, offset: int, width: int, values: Integers | int) -> None:
    """Writes one big-endian field of `width` octets into every row."""
    for index in range(width):
        matrix[:, offset + index] = (values >> (8 * (width - 1 - index))) & 0xFF


def word_sum(matrix: Bytes) -> Integers:
    """Sum of the 16-bit words of each row; the width must be even."""
    total: Integers = np.ascontiguousarray(matrix).view(">u2").sum(axis=1, dtype=np.int64)
    return total


def internet_checksum(total: Integers) -> Integers:
    """The one's complement of a one's complement sum, RFC 1071."""
    for _ in range(3):  # a sum of at most 2**48 folds in three steps
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def put_record_header(matrix: Bytes, microseconds: Integers, frame_length: Integers | int) -> None:
    """Writes the sixteen octets before each frame; nothing is cut off."""
    header = np.empty((len(matrix), 4), dtype="<u4")
    header[:, 0] = FIRST_SECOND + microseconds // 1_000_000
    header[:, 1] = microseconds % 1_000_000
    header[:, 2] = header[:, 3] = frame_length
    matrix[:, :RECORD_HEADER] = header.view(np.uint8)


def put_ipv4(
    matrix: Bytes, offset: int, length: Integers | int, identification: Integers, ttl: Integers | int,
    protocol: int, source: Bytes, destination: Bytes,
) -> None:  # fmt: skip
    """Writes an IPv4 header without options, RFC 791 section 3.1, Don't Fragment set."""
    put(matrix, offset, 2, 0x4500)
    put(matrix, offset + 2, 2, length)
    put(matrix, offset + 4, 2, identification)
    put(matrix, offset + 6, 2, 0x4000)
    put(matrix, offset + 8, 1, ttl)
    put(matrix, offset + 9, 1, protocol)
    put(matrix, offset + 10, 2, 0)
    matrix[:, offset + 12 : offset + 16] = source
    matrix[:, offset + 16 : offset + 20] = destination
    put(matrix, offset + 10, 2, internet_checksum(word_sum(matrix[:, offset : offset + 20])))


def _headers(
    rows: Packets,
    conversations: Conversations,
    payload_length: Integers,
    payload_sum: Integers,
    number: Integers,
) -> Bytes:
    """Record header and all headers of packets of one shape; `number` counts packets from 0."""
    conversation, sender, receiver = rows.conversation, rows.sender, 1 - rows.sender
    protocol = int(conversations.protocol[conversation[0]])
    version = int(conversations.version[conversation[0]])
    vlan = conversations.vlan[conversation]
    opening = bool(rows.flags[0] & SYN)
    source, destination = (
        conversations.address[conversation, sender],
        conversations.address[conversation, receiver],
    )

    internet = RECORD_HEADER + (18 if vlan[0] else 14)
    transport = internet + (0 if protocol == ARP else 20 if version == 4 else 40)
    transport_header = {ARP: 60 - 14 - (4 if vlan[0] else 0), TCP: 40 if opening else 32, UDP: 8 + 2}.get(
        protocol, 8
    )
    matrix = np.zeros((len(rows), transport + transport_header), dtype=np.uint8)
    put_record_header(matrix, rows.time, matrix.shape[1] - RECORD_HEADER + payload_length)

    matrix[:, 16:22] = conversations.mac[conversation, receiver]
    matrix[:, 22:28] = conversations.mac[conversation, sender]
    if vlan[0]:
        put(matrix, 28, 2, 0x8100)
        put(matrix, 30, 2, vlan)
    put(matrix, internet - 2, 2, 0x0806 if protocol == ARP else 0x0800 if version == 4 else 0x86DD)
    if protocol == ARP:
        _put_arp(matrix, internet, rows, conversations, source, destination)
        return matrix

    length = transport_header + payload_length
    hop_limit = np.where(sender == 0, 64, 57)
    if version == 4:
        put_ipv4(
            matrix, internet, 20 + length, number, hop_limit, protocol, source[:, :4], destination[:, :4]
        )
    else:
        put(matrix, internet, 4, 0x6000_0000 | (conversation & 0xFFFFF))
        put(matrix, internet + 4, 2, length)
        put(matrix, internet + 6, 1, protocol)
        put(matrix, internet + 7, 1, hop_limit)
        matrix[:, internet + 8 : internet + 24] = source
        matrix[:, internet + 24 : internet + 40] = destination

    if protocol == TCP:
        checksum = _put_tcp(matrix, transport, rows, conversations, version)
    elif protocol == UDP:
        checksum = _put_udp(matrix, transport, rows, conversations, length)
    else:
        checksum = _put_echo(matrix, transport, rows, conversations, protocol)
    total = word_sum(matrix[:, transport:]) + payload_sum
    if protocol != ICMP:  # the pseudo-header: RFC 9293 section 3.1, RFC 8200 section 8.1
        total += word_sum(source) + word_sum(destination) + protocol + length
    value = internet_checksum(total)
    put(matrix, checksum, 2, np.where((value == 0) & (protocol == UDP), 0xFFFF, value))
    return matrix


def _put_arp(
    matrix: Bytes, offset: int, rows: Packets, conversations: Conversations, source: Bytes, destination: Bytes
) -> None:
    """Writes a request to everybody or the reply, RFC 826, padded to 60 octets."""
    request = rows.sender == 0
    put(matrix, offset, 6, 0x0001_0800_0604)
    put(matrix, offset + 6, 2, np.where(request, 1, 2))
    matrix[:, offset + 8 : offset + 14] = conversations.mac[rows.conversation, rows.sender]
    matrix[:, offset + 14 : offset + 18] = source[:, :4]
    matrix[:, offset + 24 : offset + 28] = destination[:, :4]
    target = conversations.mac[rows.conversation, 1 - rows.sender]
    matrix[:, offset + 18 : offset + 24] = np.where(request[:, None], 0, target)
    matrix[request, 16:22] = 0xFF


def _put_tcp(matrix: Bytes, offset: int, rows: Packets, conversations: Conversations, version: int) -> int:
    """Writes a TCP header with timestamps; gives the offset of the checksum."""
    opening = bool(rows.flags[0] & SYN)
    put(matrix, offset, 2, conversations.port[rows.conversation, rows.sender])
    put(matrix, offset + 2, 2, conversations.port[rows.conversation, 1 - rows.sender])
    put(matrix, offset + 4, 4, rows.sequence)
    put(matrix, offset + 8, 4, rows.acknowledgment)
    put(matrix, offset + 12, 1, (40 if opening else 32) << 2)
    put(matrix, offset + 13, 1, rows.flags)
    put(matrix, offset + 14, 2, 64_240 if opening else 501)
    if opening:  # MSS, SACK permitted, timestamps, NOP, window scale 7: what Linux sends
        put(matrix, offset + 20, 4, 0x0204_0000 | (1460 if version == 4 else 1440))
        put(matrix, offset + 24, 4, 0x0402_080A)
        put(matrix, offset + 36, 4, 0x0103_0307)
        timestamps = offset + 28
    else:
        put(matrix, offset + 20, 4, 0x0101_080A)
        timestamps = offset + 24
    begin = rows.conversation * 7919
    heard = np.full(len(rows), -1) if rows.heard is None else rows.heard
    put(matrix, timestamps, 4, rows.time // 1000 + begin)
    put(matrix, timestamps + 4, 4, np.where(heard >= 0, heard // 1000 + begin, 0))
    return offset + 16


def _put_udp(
    matrix: Bytes, offset: int, rows: Packets, conversations: Conversations, length: Integers
) -> int:
    """Writes a UDP header and the payload's first two octets; gives the offset of the checksum."""
    put(matrix, offset, 2, conversations.port[rows.conversation, rows.sender])
    put(matrix, offset + 2, 2, conversations.port[rows.conversation, 1 - rows.sender])
    put(matrix, offset + 4, 2, length)
    put(matrix, offset + 8, 2, rows.prefix)
    return offset + 6


def _put_echo(matrix: Bytes, offset: int, rows: Packets, conversations: Conversations, protocol: int) -> int:
    """Writes an echo request or reply, RFC 792 and RFC 4443; gives the offset of the checksum."""
    request, reply = (8, 0) if protocol == ICMP else (128, 129)
    put(matrix, offset, 1, np.where(rows.sender == 0, request, reply))
    put(matrix, offset + 4, 2, conversations.port[rows.conversation, 0])
    put(matrix, offset + 6, 2, rows.sequence)
    return offset + 2
