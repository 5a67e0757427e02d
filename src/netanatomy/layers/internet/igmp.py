"""IGMP, the Internet Group Management Protocol, versions 1 to 3 (RFC 1112, RFC 2236, RFC 9776)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.internet.address_fields import take_ipv4
from netanatomy.layers.internet.multicast_listener import RECORD_TYPES, floating_point
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # https://www.iana.org/assignments/igmp-type-numbers
    0x11: "membership query",
    0x12: "version 1 membership report",
    0x13: "DVMRP",
    0x14: "PIM version 1",
    0x15: "Cisco trace message",
    0x16: "version 2 membership report",
    0x17: "leave group",
    0x1E: "multicast traceroute response",
    0x1F: "multicast traceroute",
    0x22: "version 3 membership report",
    0x30: "multicast router advertisement",
    0x31: "multicast router solicitation",
    0x32: "multicast router termination",
}

QUERY = 0x11
GROUP_REPORTS = frozenset({0x12, 0x16, 0x17})
VERSION_3_REPORT = 0x22
ROUTER_ADVERTISEMENT = 0x30

VERSION_3_QUERY_LENGTH = 12
"""Octets from which on a query is one of version 3 (RFC 9776 §7.1)."""


def parse(reader: HeaderReader) -> Next | None:
    """Type and checksum, then the group or the records."""
    message = reader.octets[reader.start : reader.end]
    kind = reader.unsigned("Type", 8, TYPES, column="igmp_type", hexadecimal=True)
    version = _version(kind, reader)
    reader.unsigned("Max Resp Code", 8, lambda code: _response_time(version, kind, code))
    reader.unsigned("Checksum", 16, hexadecimal=True)
    pseudo_header = reader.pseudo_header
    if pseudo_header is not None and len(message) < pseudo_header.length:
        status = "unverified"
    else:
        status = "good" if internet_checksum(message) == 0 else "bad"
    reader.note("Checksum status", status)
    if version:
        reader.note("Version", version)
    if kind == QUERY:
        take_ipv4(reader, "Group Address", column="igmp_group")
        if version == 3:
            _query_version_3(reader)
    elif kind in GROUP_REPORTS:
        take_ipv4(reader, "Group Address", column="igmp_group")
    elif kind == VERSION_3_REPORT:
        _report_version_3(reader)
    elif kind == ROUTER_ADVERTISEMENT:  # RFC 4286 §3.1
        reader.unsigned("Query Interval", 16, "s")
        reader.unsigned("Robustness Variable", 16)
    return None


def _version(kind: int, reader: HeaderReader) -> int:
    if kind == QUERY:
        if reader.end - reader.start >= VERSION_3_QUERY_LENGTH:
            return 3
        return 2 if reader.remaining and reader.peek(0, 1) else 1
    return {0x12: 1, 0x16: 2, 0x17: 2, 0x22: 3}.get(kind, 0)


def _response_time(version: int, kind: int, code: int) -> str:
    if kind != QUERY or version == 1:
        return ""
    tenths = floating_point(code, 8) if version == 3 else code
    return f"{tenths / 10:g} s"


def _query_version_3(reader: HeaderReader) -> None:
    reader.unsigned("Flags", 4)
    reader.unsigned("S", 1, {1: "routers shall not set their timers by it"})
    reader.unsigned("QRV", 3, "querier's robustness variable")
    reader.unsigned("QQIC", 8, lambda code: f"asks every {floating_point(code, 8)} s")
    for _ in range(reader.unsigned("Number of Sources", 16)):
        take_ipv4(reader, "Source Address")


def _report_version_3(reader: HeaderReader) -> None:
    reader.unsigned("Flags", 16)
    for record in range(reader.unsigned("Number of Group Records", 16)):
        reader.unsigned("Record Type", 8, RECORD_TYPES)
        words = reader.unsigned("Aux Data Len", 8, "in units of 4 octets")
        sources = reader.unsigned("Number of Sources", 16)
        take_ipv4(reader, "Multicast Address", column="" if record else "igmp_group")
        for _ in range(sources):
            take_ipv4(reader, "Source Address")
        if words:
            reader.raw("Auxiliary Data", words * 4)


PROTOCOL = Protocol(
    name="igmp",
    title="Internet Group Management Protocol",
    layer=Layer.INTERNET,
    reference="RFC 9776",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 2),),
    parse=parse,
)
