"""Whatever the octets are: findings or none, never an exception."""

from __future__ import annotations

import io
import random
from binascii import crc32
from pathlib import Path

import pyarrow as pa
import pytest

import netanatomy
from netanatomy.capture.write import PcapngWriter
from tests.detect.support import capture, names

FRAMES = 1_500
"""Of a capture that are mangled: enough for every kind of message in it."""

STRANGE = (0, 1, 2, 4, 6, 16, 17, 58, 64, 127, 128, 255)
"""Octets that mean something in many headers."""


def mangled(name: str, seed: int) -> bytes:
    """A capture of which octets were changed, frames cut, repeated, left out, and times turned back."""
    chance = random.Random(seed)
    file = io.BytesIO()
    writer = PcapngWriter(file)
    interfaces: dict[int, int] = {}
    for batch in netanatomy.open(capture(name)).frames():
        some = batch.slice(0, FRAMES)
        # As whole numbers: Python has no times in nanoseconds without pandas.
        times = some["time"].cast(pa.int64()).to_pylist()
        for time, row in zip(times, some.select(["octets", "link_type"]).to_pylist(), strict=True):
            octets = bytearray(row["octets"])
            kind = row["link_type"]
            if kind not in interfaces:
                interfaces[kind] = writer.interface(kind)
            if chance.random() < 0.6:
                for _ in range(chance.randrange(1, 4)):
                    octets[chance.randrange(min(len(octets), 90))] = chance.choice(STRANGE)
            if chance.random() < 0.1:
                del octets[chance.randrange(len(octets)) :]
            if chance.random() < 0.05:
                continue
            moment = time + (chance.randrange(-(10**12), 10**12) if chance.random() < 0.05 else 0)
            for _ in range(2 if chance.random() < 0.05 else 1):
                writer.frame(moment, bytes(octets), interfaces[kind])
        break
    return file.getvalue()


@pytest.mark.parametrize("name", [name for at, name in enumerate(names()) if at % 3 == 0])
def test_mangled_captures_give_findings_or_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mangled.pcapng"
    path.write_bytes(mangled(name, crc32(name.encode())))
    for finding in netanatomy.open(path).findings():
        assert finding.start <= finding.end
        assert 0 <= finding.confidence <= 1
        assert finding.evidence_frames >= 0
        assert finding.reason
