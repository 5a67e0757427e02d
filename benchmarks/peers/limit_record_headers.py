"""C programs that walk over the mapped file: to each record header, and up to the five-tuple."""

from pathlib import Path

from compiled import compiled
from peer import LIMIT, Peer


def record_headers(capture: Path) -> list[str]:
    return [str(compiled("record_headers")), str(capture)]


def five_tuple(capture: Path) -> list[str]:
    return [str(compiled("five_tuple")), str(capture)]


PEERS = (
    Peer("C, record headers", LIMIT, "steps from record to record, mapped", record_headers, counts=True),
    Peer("C, five-tuple", LIMIT, "adds up addresses and ports, mapped", five_tuple, counts=True),
)
