"""What is told of a flood of datagrams."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.detect.detector import PAYLOAD
from netanatomy.detect.floods import Sources, length_of
from netanatomy.detect.relations import Row
from netanatomy.detect.silent_datagrams import Repeated
from netanatomy.schema.frozen import frozen
from netanatomy.tables.text import address_text

REFUSALS = 5
"""ICMP refusals that show that a host is there; hosts send at least one a second (Linux icmp_ratelimit)."""
SHOWN = 6  # frames: the first and the last of three sources


@frozen
class Flood:
    """A flood, and what is told of it.

    Attributes:
        victims: hosts that get it.
        start: ns since 1970.
        end: ns since 1970.
        count: datagrams.
        peak: datagrams a second.
        ports: to which.
        length: of the IP packets, where nearly all have one.
        who: sends them.
        places: frames and depths that prove it.
        refused: ICMP refusals.
        says: what makes a flood of them, as the end of a sentence and more.
        proof: column that proves it.
        role: what the proof is.
        network: the network of the victims, where all of it is meant.
        confidence: 0 to 1.
    """

    victims: tuple[bytes, ...]
    start: int
    end: int
    count: int
    peak: int
    ports: tuple[int, ...]
    length: int | None
    who: Sources
    places: tuple[tuple[int, int], ...]
    refused: int
    says: str
    proof: str = "udp_length"
    role: str = "datagram of the flood"
    network: str = ""
    confidence: float = 0.85


def flood_of(
    victim: bytes,
    seconds: Sequence[Row],
    rows: Sequence[Row],
    who: Sources,
    frames: Sequence[Row],
    refused: int,
    same: Repeated | None,
) -> Flood:
    """A flood of datagrams that one host does not answer.

    Args:
        victim: the host.
        seconds: rows with `start`, `end` and `packets`.
        rows: with `port`, `length` and `packets`.
        who: sends them.
        frames: rows with `frame` and `depth`.
        refused: ICMP refusals.
        same: what they say, where all say the same.
    """
    ports, length = sorted({row["port"] for row in rows}), length_of(rows)
    proof, role, says = "udp_length", "datagram of the flood", ""
    places = tuple((row["frame"], row["depth"]) for row in frames)
    if same:
        ports, length, places = list(same.ports), same.length, same.places[:SHOWN]
        proof, role = PAYLOAD, "what all datagrams of this sender say"
        says = " Each of a sender says the same octets as all its others, which no stream or record does."
    return Flood(
        (victim,),
        min(row["start"] for row in seconds),
        max(row["end"] for row in seconds),
        sum(row["packets"] for row in seconds),
        max(row["packets"] for row in seconds),
        tuple(ports),
        length,
        who,
        places,
        refused,
        f", and none of them was answered; {address_text(victim)} refused {refused} by ICMP. Nobody there "
        f"wants them, and they go on.{says}",
        proof,
        role,
        confidence=0.95 if refused >= REFUSALS else 0.7 if same else 0.85,
    )
