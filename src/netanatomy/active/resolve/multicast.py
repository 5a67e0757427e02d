"""What neighbours say to a multicast question (RFC 6762): asked once, from a port of our own (its 5.1)."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct

from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import (
    answer_of,
    answers_question,
    parse,
    query_octets,
    question_octets,
)
from netanatomy.active.resolve.options import Options
from netanatomy.schema.resolution import Answer, Question

GROUP = ("224.0.0.251", 5353)  # RFC 6762 section 3
DOMAIN = ".local"

TTL = 255
"""Of what is sent (RFC 6762 section 11); the group is of this link only, whatever the number."""

MAXIMUM_DATAGRAM = 9000
"""Octets of an answer (RFC 6762 section 17)."""

MAXIMUM_DATAGRAMS = 256
"""Datagrams that are looked at. Bounds a neighbour who sends so many that the time never seems to pass: a
datagram that is there already is read without a pause."""


async def ask_neighbours(question: Question, seconds: float) -> Answer | None:
    """The first usable answer of anybody on the link; None if there is none in time.

    Args:
        question: a name that ends in `.local`.
        seconds: to wait.
    """
    octets = question_octets(question.name, question.type)
    # Without EDNS: a one-shot question is a plain one, so that every responder understands it.
    query = query_octets(octets, Options(edns=False, recursion=False))
    query = secrets.token_bytes(2) + query[2:]
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("B", TTL))
            sock.sendto(query, GROUP)
            async with asyncio.timeout(seconds):
                for _ in range(MAXIMUM_DATAGRAMS):
                    said, peer = await loop.sock_recvfrom(sock, MAXIMUM_DATAGRAM)
                    if said[:2] != query[:2] or not answers_question(said, octets):
                        continue
                    if (found := _answer(said, octets, question, peer[0])) is not None:
                        return found
    except OSError:  # a time-out is one too
        return None
    return None


def _answer(said: bytes, octets: bytes, question: Question, peer: str) -> Answer | None:
    """What one neighbour says, if it is an answer: others may still give one."""
    try:
        found = answer_of(parse(said, octets), question, f"mdns://{peer}", ())
    except ExchangeError:
        return None
    return found if found.data else None
