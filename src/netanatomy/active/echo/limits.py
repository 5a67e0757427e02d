"""What an echo server grants, and what it has counted."""

from __future__ import annotations

from dataclasses import dataclass

from netanatomy.schema.frozen import frozen


@frozen
class Limits:
    """What an echo server grants.

    Attributes:
        connections: at once; one more is closed without a word. In UDP: datagrams a second.
        octets: that one connection may send in all, then it is closed; in HTTP, of one request's body.
        idle: seconds without an octet after which a connection is closed.
        seconds: that one connection may last.
    """

    connections: int = 1000
    octets: int = 1_000_000_000
    idle: float = 60.0
    seconds: float = 3600.0


@dataclass(slots=True)
class Counts:
    """What an echo server has seen.

    Attributes:
        served: connections taken; in UDP datagrams, in HTTP connections as well.
        refused: closed or dropped, because there were too many, or it might have gone in a circle.
        cut: closed because one sent too much, or lasted too long, or was silent for too long.
        broken: broken off by the peer, or without a handshake (TLS), or no request (HTTP).
        octets: given back.
        requests: HTTP requests answered.
    """

    served: int = 0
    refused: int = 0
    cut: int = 0
    broken: int = 0
    octets: int = 0
    requests: int = 0
