"""DNS queries and their responses, without the identifier (each packet has its own)."""

from __future__ import annotations

import struct

import numpy as np

A, SOA, MX, TXT, AAAA, OPT, HTTPS = 1, 6, 15, 16, 28, 41, 65
"""Resource record types, IANA."""
TYPES = (A, AAAA, HTTPS, TXT, MX)
SHARES = (0.58, 0.26, 0.10, 0.03, 0.03)
"""How often each type is asked for."""
NO_SUCH_NAME = 0.08
"""Share of questions answered with NXDOMAIN."""

_EDNS = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0)
"""An empty OPT record that offers 1,232 octets, RFC 6891 section 6.1.2."""
_WORDS = ("api", "cdn", "www", "mail", "static", "img", "login", "edge", "metrics", "news", "shop", "video")


def exchanges(rng: np.random.Generator, count: int) -> tuple[list[bytes], list[bytes]]:
    """Queries, and the response to each at the same index."""
    queries, responses = [], []
    for number in range(count):
        words = [_WORDS[index] for index in rng.integers(0, len(_WORDS), rng.integers(1, 4))]
        name = _name(*words, f"site{number}", "example", ("com", "net", "org")[number % 3])
        kind = int(rng.choice(TYPES, p=SHARES))
        question = name + struct.pack("!HH", kind, 1)
        queries.append(struct.pack("!5H", 0x0100, 1, 0, 0, 1) + question + _EDNS)
        if rng.random() < NO_SUCH_NAME:
            responses.append(
                struct.pack("!5H", 0x8183, 1, 0, 1, 1) + question + _start_of_authority() + _EDNS
            )
            continue
        answers = [_answer(rng, kind) for _ in range(rng.integers(1, 5))]
        header = struct.pack("!5H", 0x8180, 1, len(answers), 0, 1)
        responses.append(header + question + b"".join(answers) + _EDNS)
    return queries, responses


def _name(*labels: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def _record(kind: int, data: bytes) -> bytes:
    # The owner is a pointer to the question's name, which lies after the 12 octets of the header.
    return struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(data)) + data


def _answer(rng: np.random.Generator, kind: int) -> bytes:
    if kind == A:
        return _record(A, bytes([198, 18]) + rng.bytes(2))
    if kind == AAAA:
        return _record(AAAA, bytes.fromhex("20010db8") + rng.bytes(12))
    if kind == TXT:
        text = b"v=spf1 include:_spf.example.net -all " + rng.bytes(8).hex().encode()
        return _record(TXT, bytes([len(text)]) + text)
    if kind == MX:
        return _record(MX, struct.pack("!H", 10) + _name("mail", "example", "net"))
    return _record(HTTPS, struct.pack("!H", 1) + b"\0" + struct.pack("!HH", 1, 3) + b"\x02h2")  # alpn=h2


def _start_of_authority() -> bytes:
    data = _name("ns", "example", "net") + _name("hostmaster", "example", "net")
    return _record(SOA, data + struct.pack("!5I", 2026010100, 7200, 3600, 1_209_600, 300))
