"""The most common answer, read without building message objects: that is what thousands of names cost.

It takes only what it can read beyond doubt: no error, one question, and in the answer section nothing but
A, AAAA and CNAME of the name asked for, beside an OPT record without options. Everything else, also
everything broken, is left to dnspython. A test holds both against each other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache

import dns.ipv6

from netanatomy.active.resolve.message import DO, HEADER, OPT, address_meaning
from netanatomy.schema.resolution import Answer, Edns, Exchange, Outcome, Question, Record

RECORD = struct.Struct("!HHHIH")  # RFC 1035 section 4.1.3, with a compression pointer as its name
POINTER_TO_QUESTION = 0xC000 | HEADER.size  # RFC 1035 section 4.1.4
FLAG_NAMES = ((0x8000, "qr"), (0x0400, "aa"), (0x0100, "rd"), (0x0080, "ra"), (0x0020, "ad"), (0x0010, "cd"))
REFUSED_FLAGS = 0x7A4F  # operation code, TC, the reserved bit and RCODE must all be zero
A, AAAA, IN = 1, 28, 1
OPT_START = b"\0" + OPT.to_bytes(2, "big")
LENGTHS = {A: 4, AAAA: 16}
TYPES = {A: "A", AAAA: "AAAA"}
Exchanges = tuple[Exchange, ...]
Notes = tuple[str, ...]


def simple_answer(
    octets: bytes, question_octets: bytes, question: Question, server: str
) -> Callable[[Exchanges, Notes], Answer] | None:
    """What makes the answer once the exchanges are known, or None where dnspython has to look."""
    if len(octets) < HEADER.size:
        return None
    _, flags, questions, answers, authorities, additional = HEADER.unpack_from(octets)
    at = HEADER.size + len(question_octets)
    if (
        not flags & 0x8000
        or flags & REFUSED_FLAGS
        or questions != 1
        or not answers
        or authorities
        or additional > 1
        or octets[HEADER.size : at] != question_octets
    ):
        return None
    records = _records(octets, at, answers, question)
    if records is None:
        return None
    at += sum(12 + LENGTHS[A if record.type == "A" else AAAA] for record in records)
    edns = None
    if additional:
        edns = _edns(octets, at)
        if edns is None:
            return None
        at += 11
    if at != len(octets):
        return None
    count = len(records)

    def made(exchanges: Exchanges, notes: Notes) -> Answer:
        return Answer(
            question=question,
            server=server,
            outcome=Outcome.ANSWERED,
            detail=f"{server} was asked for {question}: {count} record{'s' if count > 1 else ''}",
            rcode="NOERROR",
            flags=_flag_names(flags),
            records=records,
            canonical_name=records[0].name,
            edns=edns,
            exchanges=exchanges,
            notes=notes,
        )

    return made


def _records(octets: bytes, at: int, count: int, question: Question) -> tuple[Record, ...] | None:
    found: list[Record] = []
    for _ in range(count):
        if at + RECORD.size > len(octets):
            return None
        name, record_type, record_class, ttl, length = RECORD.unpack_from(octets, at)
        at += RECORD.size
        end = at + length
        if (
            name != POINTER_TO_QUESTION
            or record_class != IN
            or TYPES.get(record_type) != question.type
            or length != LENGTHS[record_type]
            or end > len(octets)
            or ttl > 0x7FFFFFFF  # RFC 2181 section 8: dnspython knows what to do with it
            or any(ttl != record.ttl for record in found)
        ):
            return None
        text, kind, scope = _address(octets[at:end])
        found.append(Record(question.name, TYPES[record_type], ttl, text, "IN", kind, scope))
        at = end
    # The same record twice is one record of the set (RFC 2181 section 5).
    return tuple(found) if len({record.data for record in found}) == count else None


def _edns(octets: bytes, at: int) -> Edns | None:
    """The OPT record at the end; None if there is something in it."""
    if octets[at : at + 3] != OPT_START or len(octets) < at + 11:
        return None
    _, payload, extended, length = struct.unpack_from("!HHIH", octets, at + 1)
    if extended & ~DO or length:
        return None
    return Edns(0, payload, bool(extended & DO))


@lru_cache(maxsize=4096)
def _address(octets: bytes) -> tuple[str, str, str]:
    """Text, class and scope; many names lead to few addresses."""
    text = ".".join(map(str, octets)) if len(octets) == 4 else dns.ipv6.inet_ntoa(octets)
    return (text, *address_meaning(text))


@lru_cache(maxsize=256)
def _flag_names(flags: int) -> tuple[str, ...]:
    return tuple(name for bit, name in FLAG_NAMES if flags & bit)
