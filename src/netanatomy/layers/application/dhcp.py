"""DHCP for IPv4, and BOOTP that it grew from (RFC 951, RFC 2131, RFC 2132)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

SERVER_PORT, CLIENT_PORT = 67, 68  # RFC 2131 §4.1

BOOTREQUEST, BOOTREPLY = 1, 2  # RFC 2131 §2
OPERATIONS = {BOOTREQUEST: "from a client", BOOTREPLY: "from a server"}

HEADER_LENGTH = 240  # octets: the fixed part and the magic cookie, RFC 2131 §3
MAGIC_COOKIE = 0x63825363  # RFC 2132 §2
ETHERNET = 1  # hardware type, as in ARP

OPTION_PAD, OPTION_END = 0, 255  # RFC 2132 §3.1, 3.2
OPTION_SUBNET_MASK, OPTION_ROUTER, OPTION_DNS = 1, 3, 6
OPTION_REQUESTED_ADDRESS, OPTION_LEASE_TIME = 50, 51
OPTION_MESSAGE_TYPE, OPTION_SERVER, OPTION_REQUEST_LIST = 53, 54, 55
OPTION_CLIENT_IDENTIFIER = 61

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)  # RFC 2132 §9.6
MESSAGE_TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/bootp-dhcp-parameters
        DISCOVER: "DISCOVER: who gives me an address?",
        OFFER: "OFFER: take this one",
        REQUEST: "REQUEST: I want that one",
        DECLINE: "DECLINE: that one is in use",
        ACK: "ACK: it is yours",
        NAK: "NAK: you cannot have it",
        RELEASE: "RELEASE: I give it back",
        INFORM: "INFORM: tell me the rest",
        9: "FORCERENEW",
        10: "LEASEQUERY",
        11: "LEASEUNASSIGNED",
        12: "LEASEUNKNOWN",
        13: "LEASEACTIVE",
    }
)

ADDRESSES: Mapping[int, str] = MappingProxyType(
    {  # options that hold IPv4 addresses, RFC 2132
        OPTION_SUBNET_MASK: "Subnet Mask",
        OPTION_ROUTER: "Router",
        4: "Time Server",
        OPTION_DNS: "Domain Name Server",
        28: "Broadcast Address",
        42: "NTP Server",
        44: "NetBIOS Name Server",
        OPTION_REQUESTED_ADDRESS: "Requested IP Address",
        OPTION_SERVER: "Server Identifier",
    }
)
SECONDS: Mapping[int, str] = MappingProxyType(
    {OPTION_LEASE_TIME: "IP Address Lease Time", 58: "Renewal (T1) Time", 59: "Rebinding (T2) Time"}
)
TEXTS: Mapping[int, str] = MappingProxyType(
    {12: "Host Name", 15: "Domain Name", 56: "Message", 60: "Vendor Class", 66: "TFTP Server", 67: "Bootfile"}
)
OCTETS: Mapping[int, str] = MappingProxyType(
    {
        33: "Static Route",
        43: "Vendor Specific",
        52: "Option Overload",
        OPTION_REQUEST_LIST: "Parameter Request List",
        57: "Maximum Message Size",
        OPTION_CLIENT_IDENTIFIER: "Client Identifier",
        77: "User Class",
        81: "Client FQDN",
        82: "Relay Agent Information",
        119: "Domain Search",
        121: "Classless Static Routes",
        252: "Proxy Autodiscovery",
    }
)


def parse(reader: HeaderReader) -> Next | None:
    """The fixed part, then each option with what it says."""
    operation = reader.peek(0, 1)
    if operation not in OPERATIONS:
        reader.note("Remark", "another protocol", "the first octet is that of no DHCP message")
        return None
    reader.unsigned("op", 8, OPERATIONS)
    hardware = reader.unsigned("htype", 8, {ETHERNET: "Ethernet"})
    length = reader.unsigned("hlen", 8, "octets of the hardware address")
    reader.unsigned("hops", 8, "relays passed")
    reader.unsigned("xid", 32, "the client's number for this exchange", hexadecimal=True)
    reader.unsigned("secs", 16, "s since the client began")
    reader.unsigned("B", 1, {1: "answer by broadcast"})
    reader.unsigned("MBZ", 15)
    reader.ipv4("ciaddr", "the client's address, where it has one")
    reader.ipv4("yiaddr", "the address that the client gets")
    reader.ipv4("siaddr", "the next server, for booting")
    reader.ipv4("giaddr", "the relay agent")
    if hardware == ETHERNET and length == 6:
        reader.mac("chaddr", "the client's hardware address")
        reader.raw("chaddr padding", 10)
    else:
        reader.raw("chaddr", 16, "the client's hardware address")
    reader.text("sname", 64, _text)
    reader.text("file", 128, _text)
    if reader.remaining < 4:
        return None  # BOOTP without a vendor area
    if reader.unsigned("Magic Cookie", 32, hexadecimal=True) != MAGIC_COOKIE:
        return None
    while reader.remaining:
        if not _option(reader):
            break
    reader.rest("Padding")
    return None


def _option(reader: HeaderReader) -> bool:
    """Read one option; False behind the last."""
    code = reader.peek(0, 1)
    if code == OPTION_PAD:
        reader.unsigned("Pad", 8)
        return True
    if code == OPTION_END:
        reader.unsigned("End", 8)
        return False
    known = (ADDRESSES.get(code), SECONDS.get(code), TEXTS.get(code), OCTETS.get(code))
    name = next((one for one in known if one), f"Option {code}")
    if code == OPTION_MESSAGE_TYPE:
        name = "DHCP Message Type"
    reader.unsigned(f"{name}: Code", 8)
    length = reader.unsigned(f"{name}: Length", 8, "octets")
    with reader.restrict_to(length, name):
        if code == OPTION_MESSAGE_TYPE and length == 1:
            reader.unsigned(name, 8, MESSAGE_TYPES)
        elif code in ADDRESSES:
            while reader.remaining >= 4:
                reader.ipv4(name)
        elif code in SECONDS and length == 4:
            reader.unsigned(name, 32, "s")
        elif code in TEXTS and length:
            reader.text(name, length, _text)
    return True


def _text(octets: bytes) -> str:
    """Text up to the first zero octet; other octets as a backslash, x and hexadecimal digits."""
    return octets.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")


PROTOCOL = Protocol(
    name="dhcp",
    title="Dynamic Host Configuration Protocol",
    layer=Layer.APPLICATION,
    reference="RFC 2131",
    carried_by=(Carried(Carrier.UDP_PORT, SERVER_PORT), Carried(Carrier.UDP_PORT, CLIENT_PORT)),
    parse=parse,
)
