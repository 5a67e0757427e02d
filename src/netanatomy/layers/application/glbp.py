"""GLBP, Cisco's Gateway Load Balancing Protocol: as Cisco's routers send it, since no document defines it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.schema.frozen import frozen

PORT = 3222  # https://www.iana.org/assignments/service-names-port-numbers, glbp
VERSION = 1
HEADER_LENGTH = 12  # octets
HELLO, REQUEST_OR_RESPONSE, AUTHENTICATION = 1, 2, 3
HELLO_LENGTH = 24  # octets of the value, without the address
TYPES: Mapping[int, str] = MappingProxyType(
    {HELLO: "hello", REQUEST_OR_RESPONSE: "request or response", AUTHENTICATION: "authentication"}
)
PRIORITY_AT = 17
"""Octet with the priority, where the hello comes first, as it does."""
ACTIVE, STANDBY = 32, 16
STATES: Mapping[int, str] = MappingProxyType(
    {0: "disabled", 1: "initial", 2: "listen", 4: "speak", STANDBY: "standby", ACTIVE: "active"}
)


@frozen
class Message:
    """What a router says of itself.

    Attributes:
        active: whether it says that it is the group's active virtual gateway.
        priority: the highest becomes the gateway.
        group: number of the group.
        virtual: the address that the group keeps, as text; empty where it is not known yet.
    """

    active: bool
    priority: int
    group: int
    virtual: str


def message(octets: bytes) -> Message | None:
    """The hello in a message, or None if there is none at its beginning."""
    if len(octets) < HEADER_LENGTH + HELLO_LENGTH + 2 or octets[0] != VERSION or octets[12] != HELLO:
        return None
    virtual = octets[36:40]
    address = str(IPv4Address(virtual)) if octets[34:36] == b"\x01\x04" and len(virtual) == 4 else ""
    return Message(octets[15] == ACTIVE, octets[17], int.from_bytes(octets[2:4], "big"), address)


def parse(reader: HeaderReader) -> Next | None:
    """The fixed part and the type-length-values."""
    if reader.peek(0, 1) != VERSION:
        reader.note("Remark", "another protocol", "the first octet is that of no GLBP message")
        return None
    reader.unsigned("Version", 8)
    reader.unsigned("Unknown", 8)
    reader.unsigned("Group", 16)
    reader.unsigned("Unknown", 16)
    reader.mac("Owner ID")
    while reader.remaining >= 2:
        _value(reader)
    return None


def _value(reader: HeaderReader) -> None:
    kind = reader.unsigned("Type", 8, TYPES)
    length = reader.unsigned("Length", 8, "octets, with type and length")
    if length < 2:
        raise reader.malformed("a value is shorter than its type and length", reader.position - 1)
    with reader.restrict_to(length - 2, "Value"):
        if kind != HELLO or length - 2 < HELLO_LENGTH - 2:
            return
        reader.unsigned("Unknown", 8)
        reader.unsigned("VG State", 8, STATES)
        reader.unsigned("Unknown", 8)
        reader.unsigned("Priority", 8, "the highest becomes active")
        reader.unsigned("Unknown", 16)
        reader.unsigned("Hello Interval", 32, "ms")
        reader.unsigned("Hold Interval", 32, "ms")
        reader.unsigned("Redirect", 16, "s")
        reader.unsigned("Timeout", 16, "s")
        reader.unsigned("Unknown", 16)
        if reader.remaining < 2:
            return
        reader.unsigned("Address Type", 8, {1: "IPv4", 2: "IPv6"})
        size = reader.unsigned("Address Length", 8, "octets")
        if size == 4:
            reader.ipv4("Virtual IP Address")
        elif size == 16:
            reader.ipv6("Virtual IP Address")


PROTOCOL = Protocol(
    name="glbp",
    title="Gateway Load Balancing Protocol",
    layer=Layer.APPLICATION,
    reference="Cisco",
    carried_by=(Carried(Carrier.UDP_PORT, PORT),),
    parse=parse,
)
