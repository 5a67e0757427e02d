"""Teredo: IPv6 inside UDP, through NATs (RFC 4380)."""

from __future__ import annotations

from ipaddress import IPv4Address

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

AUTHENTICATION = 0x0001  # RFC 4380 §5.1.1
ORIGIN_INDICATION = 0x0000  # RFC 4380 §5.1.1

AUTHENTICATION_LENGTH = 13  # octets without identifier and value, RFC 4380 §5.1.1
ORIGIN_LENGTH = 8  # octets, RFC 4380 §5.1.1
IPV6_LENGTH = 40  # octets, RFC 8200 §3


def parse(reader: HeaderReader) -> Next | None:
    """An optional authentication, an optional origin indication, and an IPv6 packet."""
    if reader.peek(0, 2) == AUTHENTICATION:
        reader.unsigned("Authentication Indicator", 16, hexadecimal=True)
        client = reader.unsigned("ID-len", 8, "octets")
        authentication = reader.unsigned("AU-len", 8, "octets")
        if client:
            reader.raw("Client Identifier", client)
        if authentication:
            reader.raw("Authentication Value", authentication)
        reader.raw("Nonce Value", 8)
        reader.unsigned("Confirmation", 8, {0: "the client's key is still valid"})
    if reader.peek(0, 2) == ORIGIN_INDICATION:
        reader.unsigned("Origin Indicator", 16, hexadecimal=True)
        # RFC 4380 §5.1.1: inverted, lest a NAT on the way translate them.
        reader.unsigned("Origin Port", 16, lambda port: f"obfuscated: port {port ^ 0xFFFF}", hexadecimal=True)
        reader.unsigned(
            "Origin IPv4 Address",
            32,
            lambda address: f"obfuscated: {IPv4Address(address ^ 0xFFFFFFFF)}",
            hexadecimal=True,
        )
    if reader.position == reader.start:
        reader.note("Header", "none", "the IPv6 packet follows at once")
    if reader.peek(0, 1) >> 4 != 6:
        raise reader.malformed("what follows is not IPv6")
    return Next(Carrier.NAMED, name="ipv6", tunnel="teredo")


def fits(octets: bytes) -> bool:
    """An IPv6 header stands behind the optional authentication and origin indication."""
    if len(octets) < ORIGIN_LENGTH:
        return False
    at = 0
    if octets[:2] == b"\0\1":
        at = AUTHENTICATION_LENGTH + octets[2] + octets[3]
    if len(octets) - at >= ORIGIN_LENGTH and octets[at : at + 2] == b"\0\0":
        at += ORIGIN_LENGTH
    return len(octets) - at >= IPV6_LENGTH and octets[at] >> 4 == 6


PROTOCOL = Protocol(
    name="teredo",
    title="Teredo",
    layer=Layer.INTERNET,
    reference="RFC 4380",
    carried_by=(Carried(Carrier.UDP_PORT, 3544),),
    parse=parse,
    fits=fits,
)
