"""A SYN flood: frames of 60 octets, every source another one."""

from __future__ import annotations

from typing import BinaryIO

import hosts
import numpy as np

import wire

WHAT = "SYN flood from random sources, 60 octets each"
PACKETS = 5_000_000
GROUPS = ("packets", "connections")

VICTIM = (198, 18, 0, 80)
VICTIM_PORT = 80
FRAME = 60
"""The least that Ethernet carries, without the frame check sequence."""
PACKETS_A_SECOND = 500_000


def write(file: BinaryIO, packets: int, rng: np.random.Generator) -> None:
    """Writes the capture."""
    file.write(wire.PCAP_HEADER)
    for start in range(0, packets, wire.CHUNK):
        count = min(wire.CHUNK, packets - start)
        source = rng.integers(0, 256, (count, 4), dtype=np.uint8)
        source[:, 0] = rng.choice(hosts.FIRST_OCTETS, count)
        number = np.arange(start, start + count)
        matrix = np.zeros((count, wire.RECORD_HEADER + FRAME), dtype=np.uint8)
        wire.put_record_header(matrix, number * 1_000_000 // PACKETS_A_SECOND, FRAME)
        matrix[:, 16:22] = (0x02, 0, 0, 0, 0, 0x50)
        matrix[:, 22:28] = (0x02, 0, 0, 0, 0, 0x01)
        wire.put(matrix, 28, 2, 0x0800)
        victim = np.broadcast_to(np.array(VICTIM, dtype=np.uint8), (count, 4))
        identification = rng.integers(0, 65_536, count)
        wire.put_ipv4(matrix, 30, 40, identification, rng.integers(40, 64, count), wire.TCP, source, victim)
        wire.put(matrix, 50, 2, rng.integers(1024, 65_536, count))
        wire.put(matrix, 52, 2, VICTIM_PORT)
        wire.put(matrix, 54, 4, rng.integers(0, 2**32, count))
        wire.put(matrix, 62, 2, 5 << 12 | wire.SYN)
        wire.put(matrix, 64, 2, 512)
        total = wire.word_sum(matrix[:, 50:70]) + wire.word_sum(matrix[:, 42:50]) + wire.TCP + 20
        wire.put(matrix, 66, 2, wire.internet_checksum(total))
        file.write(matrix.tobytes())
