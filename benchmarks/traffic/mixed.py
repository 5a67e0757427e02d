"""An office's uplink: web over TCP and QUIC, DNS, pings and ARP, 745 octets a packet on average."""

from __future__ import annotations

from typing import BinaryIO

import dns_payloads
import hosts
import numpy as np
import web_payloads

import wire
from wire import Conversations, Integers, Packets

WHAT = "mixed office traffic"
PACKETS = 1_700_000
GROUPS = ("packets", "connections")

CLIENTS, SERVERS = 4_000, 12_000
PACKETS_A_SECOND = 28_000
SURPLUS = 1.06
"""More is made than is asked for, then cut at the end in time: conversations are open there."""
TCP_SHARE, QUIC_SHARE, DNS_SHARE, ECHO_SHARE, ARP_SHARE = 0.80, 0.12, 0.06, 0.012, 0.008
"""Shares of the packets."""
TCP_PORTS, TCP_PORT_SHARES = (443, 80, 993, 8443), (0.76, 0.14, 0.05, 0.05)
TURNS = {"server data": 0.56, "client acknowledges": 0.35, "client data": 0.09}
"""What the packets between handshake and close are."""


def write(file: BinaryIO, packets: int, rng: np.random.Generator) -> None:
    """Writes the capture."""
    payloads = wire.Payloads()
    duration = packets * 1_000_000 // PACKETS_A_SECOND + 1
    wanted = packets * SURPLUS + 200
    parts = [
        _tcp(rng, int(wanted * TCP_SHARE), duration, payloads),
        _quic(rng, int(wanted * QUIC_SHARE), duration, payloads),
        _dns(rng, int(wanted * DNS_SHARE), duration, payloads),
        _echo(rng, int(wanted * ECHO_SHARE), duration, payloads),
        _arp(rng, int(wanted * ARP_SHARE), duration),
    ]
    conversations = hosts.joined([part for part, _ in parts])
    table, first = [], 0
    for part, rows in parts:
        table.append({**rows.columns(), "conversation": rows.conversation + first})
        first += len(part.protocol)
    joined = Packets(**{name: np.concatenate([rows[name] for rows in table]) for name in table[0]})
    wire.write(file, joined.in_time_order(packets), conversations, payloads)


def _lengths(rng: np.random.Generator, packets: int, median: float, least: int) -> Integers:
    """How many packets each conversation has, heavy-tailed, about `packets` in all."""
    drawn = least + np.minimum(rng.lognormal(np.log(median), 1.4, packets // least + 1), 20_000).astype(
        np.int64
    )
    return drawn[: int(np.searchsorted(np.cumsum(drawn), packets)) + 1]


def _spread(rng: np.random.Generator, lengths: Integers, duration: int, gap: float) -> tuple[Integers, ...]:
    """Conversation, place in it, and time of every packet; `gap` is the mean in microseconds."""
    conversation = np.repeat(np.arange(len(lengths)), lengths)
    begin = np.repeat(np.cumsum(lengths) - lengths, lengths)
    elapsed = np.cumsum(rng.exponential(gap, len(conversation)).astype(np.int64) + 20)
    start = rng.integers(0, duration, len(lengths))
    return conversation, np.arange(len(conversation)) - begin, start[conversation] + elapsed - elapsed[begin]


def _rows(conversation: Integers, sender: Integers, time: Integers, **columns: Integers) -> Packets:
    """Packets, with zero in every column that is not given."""
    zero = np.zeros(len(conversation), dtype=np.int64)
    rest = dict.fromkeys(("flags", "sequence", "acknowledgment", "payload", "prefix"), zero) | columns
    return Packets(conversation=conversation, sender=sender, time=time, **rest)


def _ports(rng: np.random.Generator, server: Integers) -> Integers:
    return np.stack([rng.integers(32_768, 61_000, len(server)), server], axis=1)


def _tcp(
    rng: np.random.Generator, packets: int, duration: int, payloads: wire.Payloads
) -> tuple[Conversations, Packets]:
    """Handshake, data both ways, close; sequence numbers follow from what each side sent before."""
    lengths = _lengths(rng, packets, median=9, least=7)
    conversation, place, time = _spread(rng, lengths, duration, gap=40_000)
    server_port = rng.choice(TCP_PORTS, len(lengths), p=TCP_PORT_SHARES)
    protocol = np.full(len(lengths), wire.TCP)
    conversations = hosts.conversations(rng, protocol, _ports(rng, server_port), CLIENTS, SERVERS)

    left = lengths[conversation] - place
    turn = rng.choice(len(TURNS), len(conversation), p=list(TURNS.values()))
    # A client acknowledges only what just came: anything else would be a duplicate acknowledgment.
    turn[1:][(turn[1:] == 1) & (turn[:-1] != 0)] = 0
    sender = (turn == 0).astype(np.int64)
    data = turn != 1
    for chosen, side, has_data in (
        (place == 0, 0, False), (place == 1, 1, False), (place == 2, 0, False), (place == 3, 0, True),
        (left == 3, 0, False), (left == 2, 1, False), (left == 1, 0, False),
    ):  # fmt: skip
        sender[chosen] = side
        data[chosen] = has_data
    finishing = (left == 3) | (left == 2)
    flags = np.zeros(len(conversation), dtype=np.int64)
    flags[place > 0] |= wire.ACK
    flags[place < 2] |= wire.SYN
    flags[data] |= wire.PSH
    flags[finishing] |= wire.FIN

    http = (server_port == 80)[conversation]
    six = (conversations.version == 6)[conversation]
    payload = np.where(data, web_payloads.Pool(rng, payloads).choose(rng, http, six, sender), 0)
    used = payloads.columns()[1][payload] + (place < 2) + finishing
    first = np.cumsum(lengths) - lengths
    sent = []
    for side in (0, 1):
        used_by_side = np.where(sender == side, used, 0)
        before = np.cumsum(used_by_side) - used_by_side
        initial = rng.integers(0, 2**32, len(lengths))
        sent.append(before - before[first][conversation] + initial[conversation])
    sequence = np.where(sender == 0, sent[0], sent[1])
    acknowledgment = np.where(place == 0, 0, np.where(sender == 0, sent[1], sent[0]))
    return conversations, _rows(
        conversation,
        sender,
        time,
        flags=flags,
        sequence=sequence,
        acknowledgment=acknowledgment,
        payload=payload,
    )


def _quic(
    rng: np.random.Generator, packets: int, duration: int, payloads: wire.Payloads
) -> tuple[Conversations, Packets]:
    """1-RTT packets with short headers, RFC 9000 section 17.3: the fixed bit, then what looks random."""
    lengths = _lengths(rng, packets, median=20, least=4)
    conversation, place, time = _spread(rng, lengths, duration, gap=25_000)
    protocol, port = np.full(len(lengths), wire.UDP), _ports(rng, np.full(len(lengths), 443))
    conversations = hosts.conversations(rng, protocol, port, CLIENTS, SERVERS)
    sender = (rng.random(len(conversation)) < 0.68).astype(np.int64) * (place > 0)
    full = rng.random(len(conversation)) < np.where(sender == 1, 0.85, 0.08)
    large = payloads.add([rng.bytes(int(size)) for size in rng.integers(1180, 1350, 256)])
    small = payloads.add([rng.bytes(int(size)) for size in rng.integers(24, 120, 256)])
    payload = np.where(full, large, small) + rng.integers(0, 256, len(conversation))
    # The first octet is protected; the second begins the connection identifier, one for each side.
    identifier = rng.integers(0x80, 0x100, (len(lengths), 2))
    prefix = (0x40 | rng.integers(0, 0x40, len(conversation))) << 8 | identifier[conversation, sender]
    return conversations, _rows(conversation, sender, time, payload=payload, prefix=prefix)


def _dns(
    rng: np.random.Generator, packets: int, duration: int, payloads: wire.Payloads
) -> tuple[Conversations, Packets]:
    lengths = np.full(packets // 2 + 1, 2)
    conversation, sender, time = _spread(rng, lengths, duration, gap=12_000)
    queries, responses = dns_payloads.exchanges(rng, 4_000)
    first = np.array([payloads.add(queries), payloads.add(responses)])
    name = rng.zipf(1.2, len(lengths)) % len(queries)
    identifier = rng.integers(0, 65_536, len(lengths))
    protocol, port = np.full(len(lengths), wire.UDP), _ports(rng, np.full(len(lengths), 53))
    conversations = hosts.conversations(rng, protocol, port, CLIENTS, servers=4)
    rows = _rows(
        conversation,
        sender,
        time,
        payload=first[sender] + name[conversation],
        prefix=identifier[conversation],
    )
    return conversations, rows


def _echo(
    rng: np.random.Generator, packets: int, duration: int, payloads: wire.Payloads
) -> tuple[Conversations, Packets]:
    """Pings: five requests and their replies."""
    lengths = np.full(packets // 10 + 1, 10)
    conversation, place, time = _spread(rng, lengths, duration, gap=200_000)
    port = np.stack([rng.integers(1, 65_536, len(lengths)), np.zeros(len(lengths), dtype=np.int64)], axis=1)
    conversations = hosts.conversations(rng, np.full(len(lengths), wire.ICMP), port, CLIENTS, SERVERS)
    conversations.protocol[conversations.version == 6] = wire.ICMPV6
    pattern = payloads.add([rng.bytes(16) + bytes(range(0x10, 0x38))])  # a timeval, then what ping fills in
    payload = np.full(len(conversation), pattern)
    return conversations, _rows(conversation, place % 2, time, sequence=1 + place // 2, payload=payload)


def _arp(rng: np.random.Generator, packets: int, duration: int) -> tuple[Conversations, Packets]:
    """Who has the gateway's address: a request and its reply."""
    lengths = np.full(packets // 2 + 1, 2)
    conversation, sender, time = _spread(rng, lengths, duration, gap=300)
    port = np.zeros((len(lengths), 2), dtype=np.int64)
    conversations = hosts.conversations(rng, np.full(len(lengths), wire.ARP), port, CLIENTS, servers=1)
    conversations.version[:] = 4
    client = conversations.mac[:, 0, 4].astype(np.int64) << 8 | conversations.mac[:, 0, 5]
    conversations.address[:] = 0
    conversations.address[:, 0, :4] = conversations.address[:, 1, :4] = hosts.client_ipv4(client)
    conversations.address[:, 1, 3] = 1
    return conversations, _rows(conversation, sender, time)
