"""Frame Relay: the address field of Q.922, and the encapsulations of RFC 2427 and of Cisco."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

UNNUMBERED_INFORMATION = 0x03

NLPIDS = {  # RFC 2427 §3, ISO/IEC TR 9577
    0x00: "padding",
    0x08: "Q.933",
    0x80: "SNAP",
    0x81: "CLNP",
    0x82: "ES-IS",
    0x83: "IS-IS",
    0x8E: "IPv6",
    0xB0: "data compression",
    0xB1: "fragmentation (FRF.12)",
    0xCC: "IPv4",
    0xCF: "PPP",
}

NAMED = {0x80: "snap", 0x8E: "ipv6", 0xCC: "ipv4", 0xCF: "ppp"}

FIRST_OCTET_OF_ITS_OWN = {0x81: "clnp", 0x82: "es-is", 0x83: "is-is"}
"""Protocols whose first octet the NLPID is (RFC 2427 §5)."""

CISCO_NAMED = {0x2000: "cdp", 0xFEFE: "osi"}


def parse(reader: HeaderReader) -> Next | None:
    """An address of two to four octets, then a control octet and an NLPID, or an EtherType."""
    connection = _address(reader)
    if reader.peek(0, 1) == UNNUMBERED_INFORMATION:
        reader.unsigned("Control", 8, "unnumbered information", hexadecimal=True)
        return _nlpid(reader)
    if connection == 0:
        reader.note("Remark", "signalling", "the connection of the link's own management (Q.933)")
        return None
    protocol = reader.unsigned("EtherType", 16, "encapsulation of Cisco", hexadecimal=True)
    if protocol in CISCO_NAMED:
        return Next(Carrier.NAMED, name=CISCO_NAMED[protocol])
    return Next(Carrier.ETHERTYPE, protocol)


def _address(reader: HeaderReader) -> int:
    """Take the address field; the data link connection identifier (Q.922 §3.3)."""
    identifier = reader.unsigned("Upper DLCI", 6)
    reader.unsigned("Command/Response", 1)
    if reader.unsigned("Extended Address", 1):
        raise reader.malformed("the address ends in its first octet", reader.start)
    identifier = identifier << 4 | reader.unsigned("Lower DLCI", 4)
    reader.unsigned("Forward Congestion", 1)
    reader.unsigned("Backward Congestion", 1)
    reader.unsigned("Discard Eligibility", 1)
    last = reader.unsigned("Extended Address", 1)
    octets = 2
    while not last:
        if octets == 4:
            raise reader.malformed("the address has no end within four octets", reader.start)
        octets += 1
        if reader.peek(0, 1) & 1:  # the last octet has a bit that tells what its others are
            identifier = identifier << 6 | reader.unsigned("Last DLCI", 6)
            reader.unsigned("DLCI or DL-CORE Control", 1)
        else:
            identifier = identifier << 7 | reader.unsigned("Middle DLCI", 7)
        last = reader.unsigned("Extended Address", 1)
    reader.note("DLCI", identifier, "data link connection identifier")
    return identifier


def _nlpid(reader: HeaderReader) -> Next | None:
    if reader.peek(0, 1) == 0:
        reader.unsigned("Pad", 8)
    identifier = reader.peek(0, 1)
    if identifier in FIRST_OCTET_OF_ITS_OWN:
        reader.note("NLPID", identifier, NLPIDS[identifier])
        return Next(Carrier.NAMED, name=FIRST_OCTET_OF_ITS_OWN[identifier])
    reader.unsigned("NLPID", 8, NLPIDS, hexadecimal=True)
    if identifier in NAMED:
        return Next(Carrier.NAMED, name=NAMED[identifier])
    return None


PROTOCOL = Protocol(
    name="frame-relay",
    title="Frame Relay",
    layer=Layer.LINK,
    reference="RFC 2427",
    carried_by=(Carried(Carrier.LINK_TYPE, 107),),
    parse=parse,
)
