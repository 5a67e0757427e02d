"""What TCP carries in the mixed capture: whole TLS records, HTTP requests and whole HTTP responses."""

from __future__ import annotations

import struct

import numpy as np

from wire import Integers, Payloads

VARIANTS = 512
"""Payloads of each kind; enough that they do not stay in the first-level cache."""
FULL = {4: 1448, 6: 1428}
"""Payload of a full frame of 1,514 octets with the timestamps option, by IP version."""
FULL_SHARE = 0.733
"""Share of the server's segments that are full."""


class Pool:
    """The payloads by kind: HTTP or TLS, IPv6 or IPv4, client's or server's."""

    def __init__(self, rng: np.random.Generator, payloads: Payloads) -> None:
        first = []
        for http in (False, True):
            for version in (4, 6):
                requests = [
                    _request(rng) if http else _record(rng, _client_size(rng)) for _ in range(VARIANTS)
                ]
                sizes = [_server_size(rng, FULL[version]) for _ in range(VARIANTS)]
                responses = [_response(rng, size) if http else _record(rng, size) for size in sizes]
                first.append((payloads.add(requests), payloads.add(responses)))
        self._first = np.array(first)

    def choose(self, rng: np.random.Generator, http: Integers, six: Integers, sender: Integers) -> Integers:
        """One payload for each packet."""
        chosen: Integers = self._first[http * 2 + six, sender] + rng.integers(0, VARIANTS, len(sender))
        return chosen


def _client_size(rng: np.random.Generator) -> int:
    return int(rng.integers(40, 700))


def _server_size(rng: np.random.Generator, full: int) -> int:
    return full if rng.random() < FULL_SHARE else int(rng.integers(160, full))


def _record(rng: np.random.Generator, size: int) -> bytes:
    """One TLS record of application data that fills the segment, RFC 8446 section 5.2."""
    return struct.pack("!BHH", 23, 0x0303, size - 5) + rng.bytes(size - 5)


def _request(rng: np.random.Generator) -> bytes:
    token = rng.bytes(int(rng.integers(4, 160))).hex()
    return (
        f"GET /assets/{token} HTTP/1.1\r\nHost: www.site{rng.integers(0, 999)}.example\r\n"
        "User-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n"
    ).encode()


def _response(rng: np.random.Generator, size: int) -> bytes:
    """A response whose body fills the segment."""
    header = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\nContent-Length: "
    body = size - len(header) - len("0000\r\n\r\n")
    return f"{header}{body:04}\r\n\r\n".encode() + rng.bytes(body)
