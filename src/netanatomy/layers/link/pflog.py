"""PFLOG: packets that OpenBSD's packet filter logs, with its verdict."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 44
"""Octets up to the rule's number: the fields that all systems have."""

FAMILIES = {2: "IPv4", 24: "IPv6", 28: "IPv6", 30: "IPv6"}
NAMES = {2: "ipv4", 24: "ipv6", 28: "ipv6", 30: "ipv6"}

ACTIONS = {0: "pass", 1: "drop", 2: "scrub", 8: "nat", 9: "no nat", 10: "rdr"}


def parse(reader: HeaderReader) -> Next | None:
    """Length, family, verdict, interface and rule."""
    start = reader.position
    length = reader.unsigned("Length", 8, "octets, without padding to a multiple of four")
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start)
    length += -length % 4
    reader.need(length - 1)
    family = reader.unsigned("Address Family", 8, FAMILIES)
    reader.unsigned("Action", 8, ACTIONS)
    reader.unsigned("Reason", 8)
    reader.utf8("Interface Name", 16)
    reader.utf8("Ruleset", 16)
    reader.unsigned("Rule Number", 32)
    reader.unsigned("Rule Number in Ruleset", 32)
    reader.raw("Further octets", start + length - reader.position)
    return Next(Carrier.NAMED, name=NAMES[family]) if family in NAMES else None


PROTOCOL = Protocol(
    name="pflog",
    title="OpenBSD packet filter log",
    layer=Layer.LINK,
    reference="LINKTYPE_PFLOG",
    carried_by=(Carried(Carrier.LINK_TYPE, 117),),
    parse=parse,
)
