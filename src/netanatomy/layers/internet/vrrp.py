"""VRRP, the Virtual Router Redundancy Protocol, versions 2 and 3 (RFC 3768, RFC 9568).

OpenBSD's CARP uses the same protocol number and the same first octet; it is told by its constant
length of 36 octets, of which the fourth octet says seven words of digest.
"""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum, transport_checksum_status
from netanatomy.layers.internet.address_fields import take_address
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

PRIORITIES = {0: "gives up the virtual router", 255: "owns the addresses"}  # RFC 9568 §5.2.4
AUTHENTICATION_TYPES = {0: "none", 1: "simple password", 2: "IP authentication header"}  # RFC 2338 §5.3.6

CARP_LENGTH = 36  # octets: OpenBSD's netinet/ip_carp.h, struct carp_header
CARP_DIGEST_WORDS = 7  # likewise: counter and SHA-1 digest


def parse(reader: HeaderReader) -> Next | None:
    """Version, virtual router, priority and the addresses; or the CARP message that looks alike."""
    if _is_carp(reader):
        return _carp(reader)
    version = reader.unsigned("Version", 4, column="vrrp_version")
    reader.unsigned("Type", 4, {1: "advertisement"})
    reader.unsigned("Virtual Rtr ID", 8, column="vrrp_virtual_router")
    reader.unsigned("Priority", 8, PRIORITIES, column="vrrp_priority")
    count = reader.unsigned("Count IP Addrs", 8)
    if version == 3:
        reader.unsigned("Reserved", 4)
        reader.unsigned("Max Advertise Interval", 12, lambda units: f"{units / 100:g} s")
    else:
        reader.unsigned("Auth Type", 8, AUTHENTICATION_TYPES)
        reader.unsigned("Adver Int", 8, "s")
    sent = reader.unsigned("Checksum", 16, hexadecimal=True)
    reader.note("Checksum status", _checksum_status(reader, sent, version))
    octets = len(reader.pseudo_header.source) if reader.pseudo_header else 4
    for _ in range(count):
        take_address(reader, "IP Address", octets)
    if version != 3 and reader.remaining >= 8:
        reader.raw("Authentication Data", 8)
    return None


def _checksum_status(reader: HeaderReader, sent: int, version: int) -> str:
    """Version 3 adds a pseudo-header in IPv6; in IPv4 RFC 5798 left it open, and both are met."""
    pseudo_header = reader.pseudo_header
    length = reader.end - reader.start if pseudo_header is None else pseudo_header.length
    octets = reader.octets[reader.start : reader.end]
    if len(octets) < length:
        return "unverified"
    with_pseudo_header = transport_checksum_status(reader, sent)
    if version == 3 and with_pseudo_header == "good":
        return "good"
    if pseudo_header is not None and len(pseudo_header.source) == 16:
        return with_pseudo_header
    return "good" if internet_checksum(octets) == 0 else "bad"


def _is_carp(reader: HeaderReader) -> bool:
    return reader.end - reader.start == CARP_LENGTH and reader.peek(3, 1) == CARP_DIGEST_WORDS


def _carp(reader: HeaderReader) -> Next | None:
    reader.note("Protocol", "CARP", "the Common Address Redundancy Protocol, which looks like VRRP version 2")
    reader.unsigned("Version", 4)
    reader.unsigned("Type", 4, {1: "advertisement"})
    reader.unsigned("Virtual Host ID", 8)
    reader.unsigned("Advertisement Skew", 8, "in units of 1/256 s")
    reader.unsigned("Authentication Length", 8, "words of 4 octets")
    reader.unsigned("Demotion Counter", 8)
    reader.unsigned("Advertisement Base", 8, "s")
    reader.unsigned("Checksum", 16, hexadecimal=True)
    octets = reader.octets[reader.start : reader.end]
    reader.note("Checksum status", "good" if internet_checksum(octets) == 0 else "bad")
    reader.unsigned("Counter", 64)
    reader.raw("Message Digest", 20, "SHA-1 HMAC")
    return None


PROTOCOL = Protocol(
    name="vrrp",
    title="Virtual Router Redundancy Protocol",
    layer=Layer.INTERNET,
    reference="RFC 9568",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 112),),
    parse=parse,
)
