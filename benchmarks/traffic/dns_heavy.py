"""Resolvers at work: small UDP queries and their responses, little else."""

from __future__ import annotations

from typing import BinaryIO

import dns_payloads
import hosts
import numpy as np

import wire

WHAT = "DNS queries and responses over UDP"
PACKETS = 2_000_000
GROUPS = ("packets",)

NAMES = 8_000
EXCHANGES_A_SECOND = 20_000
ANSWERED = 0.98
"""Share of queries that get a response."""


def write(file: BinaryIO, packets: int, rng: np.random.Generator) -> None:
    """Writes the capture."""
    payloads = wire.Payloads()
    queries, responses = dns_payloads.exchanges(rng, NAMES)
    first_query, first_response = payloads.add(queries), payloads.add(responses)

    count = int(packets / (1 + ANSWERED) * 1.01) + 64
    port = np.stack([rng.integers(1024, 65_536, count), np.full(count, 53)], axis=1)
    conversations = hosts.conversations(rng, np.full(count, wire.UDP), port, clients=3_000, servers=4)
    name = rng.zipf(1.2, count) % NAMES
    identifier = rng.integers(0, 65_536, count)
    asked = np.sort(rng.integers(0, count * 1_000_000 // EXCHANGES_A_SECOND + 1, count))
    answered = np.flatnonzero(rng.random(count) < ANSWERED)
    delay = rng.lognormal(8.5, 1.0, count).astype(np.int64)  # microseconds; the median is 5 ms

    conversation = np.concatenate([np.arange(count), answered])
    none = np.zeros(len(conversation), dtype=np.int64)
    table = wire.Packets(
        conversation=conversation,
        sender=np.repeat([0, 1], [count, len(answered)]),
        time=np.concatenate([asked, (asked + delay)[answered]]),
        flags=none,
        sequence=none,
        acknowledgment=none,
        payload=np.concatenate([first_query + name, first_response + name[answered]]),
        prefix=identifier[conversation],
    )
    wire.write(file, table.in_time_order(packets), conversations, payloads)
