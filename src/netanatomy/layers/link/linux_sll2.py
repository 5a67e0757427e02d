"""Linux cooked captures, version 2: they also say on which interface a frame was seen."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.linux_sll import (
    HARDWARE_TYPES,
    PACKET_TYPES,
    PROTOCOLS,
    link_layer_address,
    payload,
)
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Protocol, interface, hardware type, packet type, and the sender's address."""
    protocol = reader.unsigned("Protocol Type", 16, PROTOCOLS, column="sll_protocol", hexadecimal=True)
    reader.unsigned("Reserved", 16)
    reader.unsigned("Interface Index", 32, column="sll_interface_index")
    hardware = reader.unsigned("ARPHRD Type", 16, HARDWARE_TYPES, column="sll_hardware_type")
    reader.unsigned("Packet Type", 8, PACKET_TYPES, column="sll_packet_type")
    length = reader.unsigned("Link-Layer Address Length", 8)
    link_layer_address(reader, length)
    return payload(hardware, protocol)


PROTOCOL = Protocol(
    name="linux-sll2",
    title="Linux cooked capture, version 2",
    layer=Layer.LINK,
    reference="LINKTYPE_LINUX_SLL2",
    carried_by=(Carried(Carrier.LINK_TYPE, 276),),
    parse=parse,
)
