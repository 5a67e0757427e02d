"""Questions to octets, and octets to answers.

dnspython reads the answers. The questions are written here: with thousands of names, building message
objects only to write three fixed fields would cost more than the network does.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.names import name_octets
from netanatomy.active.resolve.options import UDP_PAYLOAD, Options
from netanatomy.schema.resolution import (
    Answer,
    Edns,
    Exchange,
    ExtendedError,
    Outcome,
    Question,
    Record,
)

if TYPE_CHECKING:
    import dns.rrset

HEADER = struct.Struct("!6H")  # RFC 1035 section 4.1.1
RD = 0x0100
AD = 0x0020  # RFC 6840 section 5.7: in a question, "tell me whether it is authentic"
CD = 0x0010  # RFC 4035 section 3.2.2
TC = 0x0200
QR = 0x8000
DO = 0x8000  # RFC 3225 section 3
OPT = 41  # RFC 6891 section 6.1.1
OPTION_NSID = 3  # RFC 5001
OPTION_SUBNET = 8  # RFC 7871
OPTION_COOKIE = 10  # RFC 7873
OPTION_PADDING = 12  # RFC 7830
OPTION_EDE = 15  # RFC 8914

MAXIMUM_ALIASES = 16
"""Aliases that are followed: a server could make up a new one for ever. BIND and Unbound stop near there."""


def question_octets(name: str, record_type: str) -> bytes:
    """The question section (RFC 1035 section 4.1.2), class IN."""
    return name_octets(name) + type_and_class(record_type)


@lru_cache(maxsize=256)
def type_and_class(record_type: str) -> bytes:
    """What stands behind the name in a question."""
    return struct.pack("!2H", dns.rdatatype.from_text(record_type), 1)


def query_octets(
    question: bytes, options: Options, *, cookie: bytes = b"", padding: int = 0, edns: bool = True
) -> bytes:
    """A query with message ID 0, into which whoever sends it writes its own.

    Args:
        question: the question section.
        options: how to ask.
        cookie: the content of a cookie option, if one is to be sent.
        padding: pad to a multiple of so many octets (only sensible if encrypted).
        edns: False leaves the OPT record out, for servers that do not know it.
    """
    flags = (RD if options.recursion else 0) | (CD if options.dnssec else 0)
    if not (edns and options.edns):
        return HEADER.pack(0, flags, 1, 0, 0, 0) + question
    extras = _options(options, cookie)
    if padding:
        unpadded = HEADER.size + len(question) + 11 + len(extras) + 4
        extras += struct.pack("!2H", OPTION_PADDING, -unpadded % padding) + bytes(-unpadded % padding)
    opt = struct.pack("!BHHIH", 0, OPT, UDP_PAYLOAD, DO if options.dnssec else 0, len(extras))
    return HEADER.pack(0, flags | AD, 1, 0, 0, 1) + question + opt + extras


def _options(options: Options, cookie: bytes) -> bytes:
    extras = b""
    if options.nsid:
        extras += struct.pack("!2H", OPTION_NSID, 0)
    if options.subnet is not None:
        # RFC 7871 section 6: only the octets that the prefix needs.
        octets = options.subnet.network_address.packed[: (options.subnet.prefixlen + 7) // 8]
        family = 1 if options.subnet.version == 4 else 2
        extras += struct.pack("!2HHBB", OPTION_SUBNET, 4 + len(octets), family, options.subnet.prefixlen, 0)
        extras += octets
    if cookie:
        extras += struct.pack("!2H", OPTION_COOKIE, len(cookie)) + cookie
    return extras


def parse(octets: bytes, question: bytes) -> dns.message.Message:
    """The message in a reply.

    Raises:
        ExchangeError: it is no DNS message, or no response to this question.
    """
    try:
        message = dns.message.from_wire(octets)
    except (dns.exception.DNSException, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise ExchangeError(Outcome.UNUSABLE, f"the answer is no DNS message: {reason}") from error
    if not message.flags & dns.flags.QR:
        raise ExchangeError(Outcome.UNUSABLE, "the answer is itself a question (QR is not set)")
    if message.opcode() != 0:
        raise ExchangeError(Outcome.UNUSABLE, f"the answer has operation code {message.opcode()}, not QUERY")
    # RFC 1035 section 7.3 leaves errors without a question to the server's taste.
    bare_error = not message.question and message.rcode() != dns.rcode.NOERROR
    if not bare_error and not answers_question(octets, question):
        raise ExchangeError(Outcome.UNUSABLE, "the answer belongs to another question")
    return message


def answers_question(octets: bytes, question: bytes) -> bool:
    """Whether a message has this question and no other; ASCII case does not count (RFC 4343)."""
    found = octets[HEADER.size : HEADER.size + len(question)]
    return octets[4:6] == b"\x00\x01" and (found == question or found.lower() == question.lower())


def records(section: list[dns.rrset.RRset]) -> tuple[Record, ...]:
    """The records of a section, in its order."""
    found = []
    for rrset in section:
        name, type_text = rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype)
        class_text = dns.rdataclass.to_text(rrset.rdclass)
        for rdata in rrset:
            data = rdata.to_text()
            kind, scope = (
                address_meaning(data) if rrset.rdtype in (1, 28) and rrset.rdclass == 1 else ("", "")
            )
            found.append(Record(name, type_text, rrset.ttl, data, class_text, kind, scope))
    return tuple(found)


def address_meaning(text: str) -> tuple[str, str]:
    """Class and scope of an address.

    >>> address_meaning("10.1.2.3")
    ('private', 'private')
    """
    from netanatomy.layers.internet.addresses import classify

    found = classify(ip_address(text.partition("%")[0]))
    return found.name, found.scope


def edns(message: dns.message.Message) -> Edns | None:
    """What a message says in its OPT record."""
    import dns.edns

    if message.edns < 0:
        return None
    nsid = subnet = client = server = ""
    errors: list[ExtendedError] = []
    others: list[str] = []
    for option in message.options:
        match option:
            case dns.edns.NSIDOption():
                text = option.nsid.decode("ascii", "replace")
                nsid = text if text.isascii() and text.isprintable() else option.nsid.hex()
            case dns.edns.ECSOption():
                subnet = f"{option.address}/{option.srclen}/{option.scopelen}"
            case dns.edns.CookieOption():
                client, server = option.client.hex(), option.server.hex()
            case dns.edns.EDEOption():
                code = int(option.code)
                errors.append(ExtendedError(code, EXTENDED_ERRORS.get(code, "unassigned"), option.text or ""))
            case _ if int(option.otype) != OPTION_PADDING:
                others.append(f"option {int(option.otype)}: {option.to_wire().hex()}")
    return Edns(
        version=message.edns,
        udp_payload=int(message.payload),  # dnspython gives a class of DNS, where the number stands
        dnssec_ok=bool(message.ednsflags & DO),
        nsid=nsid,
        client_cookie=client,
        server_cookie=server,
        subnet=subnet,
        errors=tuple(errors),
        others=tuple(others),
    )


def answer_of(
    message: dns.message.Message,
    question: Question,
    server: str,
    exchanges: tuple[Exchange, ...],
    notes: tuple[str, ...] = (),
) -> Answer:
    """What a message says to a question."""
    rcode = dns.rcode.to_text(message.rcode())
    outcome, canonical, more, what = _outcome(message, question)
    asked = f"{server} was asked for {question}"
    return Answer(
        question=question,
        server=server,
        outcome=outcome,
        detail=f"{asked}: {what}",
        rcode=rcode,
        flags=tuple(dns.flags.to_text(message.flags).lower().split()),
        records=records(message.answer),
        authority=records(message.authority),
        additional=records(message.additional),
        canonical_name=canonical,
        edns=edns(message),
        exchanges=exchanges,
        notes=notes + more,
    )


def aliases(message: dns.message.Message, name: dns.name.Name) -> tuple[list[dns.name.Name], bool]:
    """The names that an answer leads through from `name` on, and whether they go round in a circle."""
    targets = {rrset.name: rrset[0].target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME}
    way = [name]
    while way[-1] in targets:
        following = targets[way[-1]]
        if following in way or len(way) > MAXIMUM_ALIASES:
            return way, True
        way.append(following)
    return way, False


def _outcome(message: dns.message.Message, question: Question) -> tuple[Outcome, str, tuple[str, ...], str]:
    """How it ended, the canonical name, notes, and what came in words."""
    code = message.rcode()
    name = dns.name.from_text(question.name)
    wanted = dns.rdatatype.from_text(question.type)
    way, circle = aliases(message, name)
    canonical = way[-1].to_text()
    notes: tuple[str, ...] = ()
    if circle:
        notes = (f"the aliases from {question.name} never end (a circle, or more than {MAXIMUM_ALIASES})",)
    if code == dns.rcode.NXDOMAIN:
        where = "" if len(way) == 1 else f" {canonical}, to which it is an alias"
        return Outcome.NO_SUCH_NAME, canonical, notes, f"no such name{where} (NXDOMAIN)"
    if code == dns.rcode.REFUSED:
        return Outcome.REFUSED, canonical, notes, "it refuses to answer (REFUSED)"
    if code != dns.rcode.NOERROR:
        text = dns.rcode.to_text(code)
        return Outcome.SERVER_FAILURE, canonical, notes, f"it failed ({text})"
    count = sum(
        len(rrset)
        for rrset in message.answer
        if wanted == dns.rdatatype.ANY or (rrset.rdtype == wanted and rrset.name in (way[-1], name))
    )
    if count:
        return Outcome.ANSWERED, canonical, notes, f"{count} record{'s' if count > 1 else ''}"
    if circle:
        return Outcome.NO_DATA, canonical, notes, "aliases that never end"
    if len(way) > 1:
        return Outcome.NO_DATA, canonical, notes, f"an alias to {canonical}, with no {question.type} record"
    if _is_referral(message):
        notes += (f"{question.name} is delegated to others, and this server does not ask them",)
    return Outcome.NO_DATA, canonical, notes, f"the name exists, but has no {question.type} record"


def _is_referral(message: dns.message.Message) -> bool:
    types = {rrset.rdtype for rrset in message.authority}
    return (
        dns.rdatatype.NS in types
        and dns.rdatatype.SOA not in types
        and not message.flags & dns.flags.AA
        and not message.answer
    )


EXTENDED_ERRORS = {
    # IANA, "Extended DNS Error Codes"; RFC 8914 section 4 and later documents.
    0: "Other Error",
    1: "Unsupported DNSKEY Algorithm",
    2: "Unsupported DS Digest Type",
    3: "Stale Answer",
    4: "Forged Answer",
    5: "DNSSEC Indeterminate",
    6: "DNSSEC Bogus",
    7: "Signature Expired",
    8: "Signature Not Yet Valid",
    9: "DNSKEY Missing",
    10: "RRSIGs Missing",
    11: "No Zone Key Bit Set",
    12: "NSEC Missing",
    13: "Cached Error",
    14: "Not Ready",
    15: "Blocked",
    16: "Censored",
    17: "Filtered",
    18: "Prohibited",
    19: "Stale NXDOMAIN Answer",
    20: "Not Authoritative",
    21: "Not Supported",
    22: "No Reachable Authority",
    23: "Network Error",
    24: "Invalid Data",
    25: "Signature Expired before Valid",
    26: "Too Early",
    27: "Unsupported NSEC3 Iterations Value",
    28: "Unable to conform to policy",
    29: "Synthesized",
    30: "Invalid Query Type",
}
