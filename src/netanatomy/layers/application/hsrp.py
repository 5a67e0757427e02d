"""HSRP, Cisco's Hot Standby Router Protocol, versions 1 and 2 (RFC 2281; Cisco for version 2)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.schema.frozen import frozen

PORT = 1985  # RFC 2281 §5
VERSION_1_LENGTH = 20  # octets, RFC 2281 §5.1
GROUP_STATE = 1
"""The type-length-value of version 2 that says what version 1 says."""
GROUP_STATE_LENGTH = 40
ADVERTISE = 3
PRIORITY_AT, PRIORITY_AT_2 = 5, 17
"""Octet with the priority, of version 1 and (the least significant) of version 2."""

OPERATIONS: Mapping[int, str] = MappingProxyType(
    {0: "hello", 1: "coup: I take over", 2: "resign", ADVERTISE: "advertise"}  # RFC 2281 §5.1
)
ACTIVE, STANDBY = 16, 8
STATES: Mapping[int, str] = MappingProxyType(
    {0: "initial", 1: "learn", 2: "listen", 4: "speak", STANDBY: "standby", ACTIVE: "active"}  # RFC 2281 §5.1
)
ACTIVE_2 = 6
STATES_2: Mapping[int, str] = MappingProxyType(
    {0: "disabled", 1: "initial", 2: "learn", 3: "listen", 4: "speak", 5: "standby", ACTIVE_2: "active"}
)
TYPES: Mapping[int, str] = MappingProxyType(
    {GROUP_STATE: "group state", 2: "interface state", 3: "text authentication", 4: "MD5 authentication"}
)


@frozen
class Message:
    """What a router says of itself.

    Attributes:
        operation: 0 hello, 1 coup, 2 resign.
        active: whether it says that it is the gateway now.
        priority: the highest becomes the gateway.
        group: number of the group.
        virtual: the address that the group keeps, as text; empty where it is not known yet.
    """

    operation: int
    active: bool
    priority: int
    group: int
    virtual: str


def message(octets: bytes) -> Message | None:
    r"""A message of either version, or None if it is none.

    >>> message(bytes.fromhex("0000100303640100") + b"cisco\0\0\0" + bytes([10, 0, 0, 1]))
    Message(operation=0, active=True, priority=100, group=1, virtual='10.0.0.1')
    """
    if len(octets) >= VERSION_1_LENGTH and octets[0] == 0 and octets[1] < ADVERTISE:
        virtual = str(IPv4Address(octets[16:20])) if any(octets[16:20]) else ""
        return Message(octets[1], octets[2] == ACTIVE, octets[5], octets[6], virtual)
    if len(octets) >= 2 + GROUP_STATE_LENGTH and octets[:3] == bytes((GROUP_STATE, GROUP_STATE_LENGTH, 2)):
        address = octets[26:30] if octets[5] == 4 else octets[26:42]
        kind = IPv4Address if octets[5] == 4 else IPv6Address
        virtual = str(kind(address)) if any(address) else ""
        priority, group = int.from_bytes(octets[14:18], "big"), int.from_bytes(octets[6:8], "big")
        return Message(octets[3], octets[4] == ACTIVE_2, priority, group, virtual)
    return None


def parse(reader: HeaderReader) -> Next | None:
    """The 20 octets of version 1, or the type-length-values of version 2."""
    first = reader.peek(0, 1)
    if first == 0 and reader.peek(1, 1) <= ADVERTISE:
        _version_1(reader)
    elif first in TYPES:
        while reader.remaining >= 2:
            _value(reader)
    else:
        reader.note("Remark", "another protocol", "the first octets are those of no HSRP message")
    return None


def _version_1(reader: HeaderReader) -> None:
    reader.unsigned("Version", 8)
    if reader.unsigned("Op Code", 8, OPERATIONS) == ADVERTISE:
        reader.rest("Advertisement")
        return
    reader.unsigned("State", 8, STATES)
    reader.unsigned("Hellotime", 8, "s")
    reader.unsigned("Holdtime", 8, "s")
    reader.unsigned("Priority", 8, "the highest becomes active")
    reader.unsigned("Group", 8)
    reader.unsigned("Reserved", 8)
    reader.utf8("Authentication Data", 8, "a password in clear text")
    reader.ipv4("Virtual IP Address")


def _value(reader: HeaderReader) -> None:
    kind = reader.unsigned("Type", 8, TYPES)
    length = reader.unsigned("Length", 8, "octets")
    with reader.restrict_to(length, "Value"):
        if kind != GROUP_STATE or length < GROUP_STATE_LENGTH:
            return
        reader.unsigned("Version", 8)
        reader.unsigned("Op Code", 8, OPERATIONS)
        reader.unsigned("State", 8, STATES_2)
        version = reader.unsigned("IP Version", 8)
        reader.unsigned("Group", 16)
        reader.mac("Identifier")
        reader.unsigned("Priority", 32, "the highest becomes active")
        reader.unsigned("Hellotime", 32, "ms")
        reader.unsigned("Holdtime", 32, "ms")
        if version == 4:
            reader.ipv4("Virtual IP Address")
            reader.raw("Padding", 12)
        else:
            reader.ipv6("Virtual IP Address")


PROTOCOL = Protocol(
    name="hsrp",
    title="Hot Standby Router Protocol",
    layer=Layer.APPLICATION,
    reference="RFC 2281",
    carried_by=(Carried(Carrier.UDP_PORT, PORT),),
    parse=parse,
)
