"""SNAP, the subnetwork access protocol (IEEE 802 §9.2)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carrier, Layer, Next, Protocol

ENCAPSULATED_ETHERNET = 0x000000  # RFC 1042
CISCO = 0x00000C
BRIDGE_TUNNEL = 0x0000F8  # IEEE 802.1H
BRIDGED = 0x0080C2  # RFC 2427 §4.2, RFC 2684 §5.2
APPLETALK = 0x080007

ORGANISATIONS = {
    ENCAPSULATED_ETHERNET: "the protocol is an EtherType (RFC 1042)",
    CISCO: "Cisco",
    BRIDGE_TUNNEL: "the protocol is an EtherType (IEEE 802.1H)",
    BRIDGED: "IEEE 802.1, bridged frames",
    APPLETALK: "Apple",
}

WITH_ETHERTYPE = frozenset({ENCAPSULATED_ETHERNET, BRIDGE_TUNNEL, APPLETALK})

BRIDGED_ETHERNET_WITH_FCS = 0x0001
BRIDGED_ETHERNET = 0x0007
FRAME_CHECK_SEQUENCE_LENGTH = 4  # octets


def parse(reader: HeaderReader) -> Next | None:
    """Who defines the protocol identifier, and the identifier."""
    organisation = reader.unsigned("OUI", 24, ORGANISATIONS, column="snap_oui", hexadecimal=True)
    protocol = reader.unsigned("Protocol Identifier", 16, column="snap_protocol", hexadecimal=True)
    if organisation in WITH_ETHERTYPE:
        return Next(Carrier.ETHERTYPE, protocol)
    if organisation == BRIDGED and "ethernet" in reader.preceding:
        return None  # bridged over a network of the same kind: nobody does
    if organisation == BRIDGED and protocol == BRIDGED_ETHERNET:
        return Next(Carrier.NAMED, name="ethernet")
    if organisation == BRIDGED and protocol == BRIDGED_ETHERNET_WITH_FCS:
        end = max(reader.position, reader.end - FRAME_CHECK_SEQUENCE_LENGTH)
        return Next(Carrier.NAMED, name="ethernet", end=end)
    return Next(Carrier.SNAP, organisation << 16 | protocol)


PROTOCOL = Protocol(
    name="snap",
    title="Subnetwork Access Protocol",
    layer=Layer.LINK,
    reference="IEEE 802",
    carried_by=(),
    parse=parse,
)
