"""The most common answer, read without building message objects: that is what thousands of names cost.

It takes only what it can read beyond doubt: no error, one question, and in the answer section nothing but
A, AAAA and CNAME of the name asked for, beside an OPT record without options. Everything else, also
everything broken, is left to dnspython. A test holds both against each other.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import dns.ipv6

from netanatomy.active.resolve.message import DO, HEADER, OPT, QR, address_meaning
from netanatomy.schema.resolution import Answer, Edns, Exchange, Outcome, Question, Record

RECORD = struct.Struct("!HHHIH")  # RFC 1035 section 4.1.3, with a compression pointer as its name
POINTER_TO_QUESTION = 0xC000 | HEADER.size  # RFC 1035 section 4.1.4
FLAG_NAMES = ((0x8000, "qr"), (0x0400, "aa"), (0x0100, "rd"), (0x0080, "ra"), (0x0020, "ad"), (0x0010, "cd"))
REFUSED_FLAGS = 0x7A4F  # operation code, TC, the reserved bit and RCODE must all be zero
IN = 1
MAXIMUM_TTL = 0x7FFFFFFF  # RFC 2181 section 8; dnspython knows what to do with a larger one
OPT_START = b"\0" + OPT.to_bytes(2, "big")
OPT_LENGTH = 11  # octets of an OPT record without options: RFC 6891 section 6.1.2
TYPES = {"A": (1, 4), "AAAA": (28, 16)}
"""Number of the type, and octets of its data: RFC 1035 section 3.4.1, RFC 3596 section 2."""


def simple_answer(
    octets: bytes,
    question_octets: bytes,
    question: Question,
    server: str,
    exchanges: tuple[Exchange, ...],
    notes: tuple[str, ...] = (),
) -> Answer | None:
    """The answer, or None where dnspython has to look."""
    known = TYPES.get(question.type)
    at = HEADER.size + len(question_octets)
    if known is None or len(octets) < at or octets[HEADER.size : at] != question_octets:
        return None
    _, flags, questions, count, authorities, additional = HEADER.unpack_from(octets)
    if flags & (QR | REFUSED_FLAGS) != QR or questions != 1 or not count or authorities or additional > 1:
        return None
    number, length = known
    end = at + count * (RECORD.size + length)
    # All records have the same length, so this tells that none reaches beyond the end.
    if len(octets) != end + additional * OPT_LENGTH:
        return None
    records = _records(octets, at, end, question, number, length)
    edns = _edns(octets[end:]) if additional else None
    if records is None or (additional and edns is None):
        return None
    return Answer(
        question=question,
        server=server,
        outcome=Outcome.ANSWERED,
        detail=f"{server} was asked for {question.name} {question.type}: "
        f"{count} record{'s' if count > 1 else ''}",
        rcode="NOERROR",
        flags=_flag_names(flags),
        records=records,
        canonical_name=question.name,
        edns=edns,
        exchanges=exchanges,
        notes=notes,
    )


def _records(
    octets: bytes, at: int, end: int, question: Question, number: int, length: int
) -> tuple[Record, ...] | None:
    found: list[Record] = []
    first_ttl: int | None = None
    while at < end:
        name, record_type, record_class, ttl, data_length = RECORD.unpack_from(octets, at)
        at += RECORD.size
        if first_ttl is None:
            first_ttl = ttl
        if (
            name != POINTER_TO_QUESTION
            or record_type != number
            or record_class != IN
            or data_length != length
            or ttl > MAXIMUM_TTL
            or ttl != first_ttl
        ):
            return None
        text, kind, scope = _address(octets[at : at + length])
        found.append(Record(question.name, question.type, ttl, text, "IN", kind, scope))
        at += length
    # The same record twice is one record of the set (RFC 2181 section 5).
    if len(found) > 1 and len({record.data for record in found}) != len(found):
        return None
    return tuple(found)


@lru_cache(maxsize=256)
def _edns(octets: bytes) -> Edns | None:
    """The OPT record at the end; None if there is something in it."""
    if not octets.startswith(OPT_START):
        return None
    _, payload, extended, length = struct.unpack_from("!HHIH", octets, 1)
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
