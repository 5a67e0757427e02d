"""Linux cooked captures: what a packet socket knows of a frame, in place of its link header."""

from __future__ import annotations

from collections.abc import Mapping

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

PACKET_TYPES = {
    0: "to us",
    1: "broadcast",
    2: "multicast",
    3: "to another host",
    4: "sent by us",
}

HARDWARE_TYPES: Mapping[int, str] = {  # ARPHRD_ of Linux, include/uapi/linux/if_arp.h
    1: "Ethernet",
    32: "InfiniBand",
    280: "CAN",
    512: "PPP",
    513: "Cisco HDLC",
    768: "IP-in-IP tunnel",
    769: "IPv6 tunnel",
    772: "loopback",
    776: "6in4 tunnel",
    778: "GRE tunnel",
    801: "802.11",
    802: "802.11 with Prism header",
    803: "802.11 with radiotap header",
    823: "GRE tunnel over IPv6",
    824: "netlink",
    65534: "no link header",
}

ADDRESS_ROOM = 8  # octets that an address has in the header, whatever its length

NETLINK = 824
"""Hardware type whose protocol field is a netlink family instead."""

IEEE_802_3_WITHOUT_LLC = 0x0001
IEEE_802_2 = 0x0004

PROTOCOLS = {  # Linux's own numbers below the EtherTypes
    IEEE_802_3_WITHOUT_LLC: "Novell's raw IEEE 802.3",
    IEEE_802_2: "an LLC header",
    0x000C: "CAN",
    0x000D: "CAN FD",
}


def parse(reader: HeaderReader) -> Next | None:
    """Packet type, hardware type, the sender's address, and a protocol."""
    reader.unsigned("Packet Type", 16, PACKET_TYPES, column="sll_packet_type")
    hardware = reader.unsigned("ARPHRD Type", 16, HARDWARE_TYPES, column="sll_hardware_type")
    length = reader.unsigned("Link-Layer Address Length", 16)
    link_layer_address(reader, length)
    protocol = reader.unsigned("Protocol Type", 16, PROTOCOLS, column="sll_protocol", hexadecimal=True)
    return payload(hardware, protocol)


def link_layer_address(reader: HeaderReader, length: int) -> None:
    """Take the sender's address and the padding of its place."""
    if length == 6:
        reader.mac("Link-Layer Address", column="sll_source")
    elif 0 < length < ADDRESS_ROOM:
        reader.raw("Link-Layer Address", length)
    elif length >= ADDRESS_ROOM:
        reader.raw("Link-Layer Address", ADDRESS_ROOM)
    if length < ADDRESS_ROOM:
        reader.raw("Unused", ADDRESS_ROOM - length)


def payload(hardware: int, protocol: int) -> Next | None:
    """What the protocol type means on that kind of hardware."""
    if hardware == NETLINK or protocol == IEEE_802_3_WITHOUT_LLC:
        return None
    if protocol == IEEE_802_2:
        return Next(Carrier.NAMED, name="llc")
    return Next(Carrier.ETHERTYPE, protocol)


PROTOCOL = Protocol(
    name="linux-sll",
    title="Linux cooked capture",
    layer=Layer.LINK,
    reference="LINKTYPE_LINUX_SLL",
    carried_by=(Carried(Carrier.LINK_TYPE, 113),),
    parse=parse,
)
