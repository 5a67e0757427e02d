"""The labelled captures of the lab as the detectors' judges read them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from lab.capture import ENHANCED_PACKET
from netanatomy.detect.settings import DEFAULTS, Settings
from netanatomy.schema.network import Network

CAPTURES = Path(__file__).parent / "captures"


@dataclass(frozen=True)
class Incident:
    """What really happened."""

    detector: str
    also: frozenset[str]
    attackers: frozenset[str]
    attacker_known: bool
    victims: frozenset[str]
    start: int
    end: int
    frames: frozenset[int]
    responses: frozenset[int]


@dataclass(frozen=True)
class Case:
    """One labelled capture."""

    name: str
    capture: Path
    group: str
    held_out: bool
    seconds: float
    settings: Settings
    incidents: tuple[Incident, ...]


def cases(names: Sequence[str] = (), folder: Path = CAPTURES) -> list[Case]:
    """The labelled captures, or those of some names or groups."""
    found = []
    for path in sorted(folder.glob("*.labels.json")):
        labels: dict[str, Any] = json.loads(path.read_text())
        if names and not {labels["scenario"], labels["group"]} & set(names):
            continue
        told = labels["network"]
        network = Network(tuple(told["home_networks"]), tuple(told["gateways"]))
        incidents = [
            Incident(
                row["detector"],
                frozenset(row["also"]),
                frozenset(row["attackers"]),
                row["attacker_known"],
                frozenset(row["victims"]),
                row["start"],
                row["end"],
                numbers(row["frames"]),
                numbers(row["responses"]),
            )
            for row in labels["incidents"]
        ]
        found.append(
            Case(
                labels["scenario"],
                path.with_name(path.name.replace(".labels.json", ".pcapng.zst")),
                labels["group"],
                labels["held_out"],
                labels["seconds"],
                Settings(network) if labels["needs_network"] else DEFAULTS,
                tuple(incidents),
            )
        )
    return found


def numbers(ranges: str) -> frozenset[int]:
    """Frame numbers of a text such as `1-3,7`.

    >>> sorted(numbers("1-3,7"))
    [1, 2, 3, 7]
    """
    parts = [part.partition("-") for part in ranges.split(",") if part]
    return frozenset(
        number for first, _, last in parts for number in range(int(first), int(last or first) + 1)
    )


def unpacked(path: Path) -> bytes:
    """The octets of a capture that the laboratory wrote."""
    return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()


def blocks(octets: bytes) -> Iterable[tuple[int, int, int]]:
    """(time in ns, where its block begins, where it ends) of each packet of such a capture."""
    offset = 0
    while offset < len(octets):
        kind, length = struct.unpack_from("<II", octets, offset)
        if kind == ENHANCED_PACKET:
            high, low = struct.unpack_from("<II", octets, offset + 12)
            yield high << 32 | low, offset, offset + length
        offset += length
