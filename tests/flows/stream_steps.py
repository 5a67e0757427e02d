"""Many segments, chosen by a seed, and a digest of all that came of them: run compiled and uncompiled."""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path

import numpy as np

from netanatomy.flows.reassembly import Reassembly
from netanatomy.schema.overlap_policies import OVERLAP_POLICIES

sys.path.insert(0, str(Path(__file__).parents[2]))  # run by itself, it finds the other tests

from tests.plain_rows import plain_rows

CONNECTIONS = 12
STEPS = 4000


def digest(seed: int) -> str:
    """What one run gives: rows, anomalies with their evidence, and counters."""
    chance = random.Random(seed)
    policy = chance.choice(list(OVERLAP_POLICIES))
    depth, memory = chance.choice([30_000, 1 << 20]), chance.choice([1 << 15, 1 << 20])
    streams = Reassembly(policy, depth, memory, CONNECTIONS)
    found = hashlib.sha256()
    ahead = [0] * 2 * CONNECTIONS
    for frame in range(STEPS):
        connection, is_orig = chance.randrange(CONNECTIONS), chance.random() < 0.7
        at = 2 * connection + is_orig
        length = chance.choice([1, 10, 300, 1460, 9000])
        start = max(-5, ahead[at] + chance.choice([0, 0, 0, 0, 0, -1, -length // 2, -length, 700, 5000]))
        octets = bytes([chance.choice(b"ab")]) * length
        streams.segment(is_orig, start, octets, chance.choice([0, 0, 0, 40]), frame, frame, connection)
        ahead[at] = max(ahead[at], start + length)
        if chance.random() < 0.1:
            streams.acknowledged(is_orig, ahead[at] - chance.choice([0, 100, 5000]), connection)
        if chance.random() < 0.01:
            streams.close(connection)
            ahead[2 * connection : 2 * connection + 2] = [0, 0]
        if streams.streams.nearly_full:
            found.update(repr(plain_rows(streams.batch())).encode())
    for connection in range(CONNECTIONS):
        streams.close(connection)
    found.update(repr(plain_rows(streams.batch())).encode())
    events, count = streams.events.arrays, streams.events.count
    assert isinstance(events, dict)
    for name, column in sorted(events.items()):
        found.update(name.encode() + np.asarray(column)[:count].tobytes())
    kernel, store = streams.streams, streams.streams.store
    found.update(
        repr(
            (
                count,
                kernel.octets_beyond_depth,
                kernel.octets_too_far,
                kernel.conflicts.late,
                store.octets_kept,
                store.octets_given_up,
                store.octets_without_memory,
                store.pages_taken_back,
            )
        ).encode()
    )
    return found.hexdigest()


if __name__ == "__main__":
    for each in range(int(sys.argv[1])):
        sys.stdout.write(f"{digest(each)}\n")
