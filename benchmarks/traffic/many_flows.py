"""Many small connections: short HTTP and TLS exchanges and lookups, five to ten packets each."""

from __future__ import annotations

from typing import BinaryIO

import dns_payloads
import hosts
import numpy as np
import web_payloads

import wire
from wire import Conversations, Integers, Packets

WHAT = "many small connections, 5 to 10 packets each"
PACKETS = 2_400_000
GROUPS = ("connections",)

CLIENTS, SERVERS = 60_000, 12_000
PACKETS_A_SECOND = 60_000
SURPLUS = 1.03
"""More is made than is asked for, then cut at the end in time."""
LOOKUP_SHARE = 0.25
"""Share of the connections that are lookups over UDP; the rest is TCP."""
HTTP_SHARE = 0.4
"""Share of the TCP connections that are HTTP on port 80; the rest is TLS on port 443."""

SYN, SYN_ACK, ACK, DATA, FIN, RST = (
    wire.SYN,
    wire.SYN | wire.ACK,
    wire.ACK,
    wire.PSH | wire.ACK,
    wire.FIN | wire.ACK,
    0x04 | wire.ACK,
)
CLIENT, SERVER = 0, 1
HANDSHAKE = ((CLIENT, SYN), (SERVER, SYN_ACK), (CLIENT, ACK))
COURSES = (
    (*HANDSHAKE, (CLIENT, DATA), (SERVER, RST)),
    (*HANDSHAKE, (CLIENT, DATA), (SERVER, DATA), (CLIENT, RST)),
    (*HANDSHAKE, (CLIENT, DATA), (SERVER, DATA), (CLIENT, FIN), (SERVER, FIN), (CLIENT, ACK)),
    (*HANDSHAKE, (CLIENT, DATA), (SERVER, DATA), (CLIENT, ACK), (SERVER, FIN), (CLIENT, FIN), (SERVER, ACK)),
    (*HANDSHAKE, (CLIENT, DATA), (SERVER, DATA), (SERVER, DATA), (CLIENT, ACK), (CLIENT, FIN), (SERVER, FIN),
     (CLIENT, ACK)),
)  # fmt: skip
"""How a TCP connection goes, and below how often."""
COURSE_SHARES = (0.04, 0.06, 0.3, 0.35, 0.25)
QUESTIONS = 3
"""Questions of one lookup from one port: A, AAAA, HTTPS; each has its response."""


def write(file: BinaryIO, packets: int, rng: np.random.Generator) -> None:
    """Writes the capture."""
    payloads = wire.Payloads()
    duration = packets * 1_000_000 // PACKETS_A_SECOND + 1
    shares = [*((1 - LOOKUP_SHARE) * np.array(COURSE_SHARES)), LOOKUP_SHARE]
    lengths = [*map(len, COURSES), 2 * QUESTIONS]
    connections = packets * SURPLUS / float(np.dot(shares, lengths)) + 20
    pool = web_payloads.Pool(rng, payloads)
    counts = [int(connections * share) + 1 for share in shares]
    parts = [
        _tcp(rng, course, count, duration, pool, payloads)
        for course, count in zip(COURSES, counts, strict=False)
    ]
    parts.append(_lookups(rng, counts[-1], duration, payloads))
    conversations = hosts.joined([part for part, _ in parts])
    table, first = [], 0
    for part, rows in parts:
        table.append({**rows.columns(), "conversation": rows.conversation + first})
        first += len(part.protocol)
    joined = Packets(**{name: np.concatenate([rows[name] for rows in table]) for name in table[0]})
    wire.write(file, joined.in_time_order(packets), conversations, payloads)


def _times(rng: np.random.Generator, shape: tuple[int, int], duration: int) -> Integers:
    """Microseconds of each packet of each connection; 8 ms apart in the mean."""
    gaps = rng.exponential(8_000, shape).astype(np.int64) + 20
    gaps[:, 0] = rng.integers(0, duration, shape[0])
    times: Integers = np.cumsum(gaps, axis=1)
    return times


def _ports(rng: np.random.Generator, server: Integers) -> Integers:
    return np.stack([rng.integers(1024, 65_536, len(server)), server], axis=1)


def _tcp(
    rng: np.random.Generator,
    course: tuple[tuple[int, int], ...],
    count: int,
    duration: int,
    pool: web_payloads.Pool,
    payloads: wire.Payloads,
) -> tuple[Conversations, Packets]:
    """Connections that all go the same way; a row a connection, a column a packet."""
    shape = (count, len(course))
    sender, flags = (np.broadcast_to(np.array(column), shape) for column in zip(*course, strict=True))
    server_port = np.where(rng.random(count) < HTTP_SHARE, 80, 443)
    protocol = np.full(count, wire.TCP)
    conversations = hosts.conversations(rng, protocol, _ports(rng, server_port), CLIENTS, SERVERS)
    http, six = (
        np.broadcast_to(column[:, None], shape).ravel().astype(np.int64)
        for column in (server_port == 80, conversations.version == 6)
    )
    chosen = pool.choose(rng, http, six, sender.ravel()).reshape(shape)
    payload = np.where(flags == DATA, chosen, 0)
    used = payloads.columns()[1][payload] + ((flags & (wire.SYN | wire.FIN)) != 0)
    sent = []
    for side in (CLIENT, SERVER):
        mine = np.where(sender == side, used, 0)
        sent.append(np.cumsum(mine, axis=1) - mine + rng.integers(0, 2**32, count)[:, None])
    acknowledgment = np.where(sender == CLIENT, sent[SERVER], sent[CLIENT])
    columns = {
        "conversation": np.broadcast_to(np.arange(count)[:, None], shape),
        "sender": sender,
        "time": _times(rng, shape, duration),
        "flags": flags,
        "sequence": np.where(sender == CLIENT, sent[CLIENT], sent[SERVER]),
        "acknowledgment": np.where(flags == SYN, 0, acknowledgment),
        "payload": payload,
        "prefix": np.zeros(shape, dtype=np.int64),
    }
    return conversations, Packets(**{name: column.ravel() for name, column in columns.items()})


def _lookups(
    rng: np.random.Generator, count: int, duration: int, payloads: wire.Payloads
) -> tuple[Conversations, Packets]:
    """Questions and responses, in turn, between the same ports."""
    shape = (count, 2 * QUESTIONS)
    queries, responses = dns_payloads.exchanges(rng, 4_000)
    first = np.array([payloads.add(queries), payloads.add(responses)])
    sender = np.broadcast_to(np.arange(2 * QUESTIONS) % 2, shape)
    name = np.repeat(rng.zipf(1.2, (count, QUESTIONS)) % len(queries), 2, axis=1)
    zero = np.zeros(shape, dtype=np.int64)
    columns = {
        "conversation": np.broadcast_to(np.arange(count)[:, None], shape),
        "sender": sender,
        "time": _times(rng, shape, duration),
        "flags": zero,
        "sequence": zero,
        "acknowledgment": zero,
        "payload": first[sender] + name,
        "prefix": np.repeat(rng.integers(0, 65_536, (count, QUESTIONS)), 2, axis=1),
    }
    protocol, port = np.full(count, wire.UDP), _ports(rng, np.full(count, 53))
    conversations = hosts.conversations(rng, protocol, port, CLIENTS, servers=4)
    return conversations, Packets(**{name: column.ravel() for name, column in columns.items()})
