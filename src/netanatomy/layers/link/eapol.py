"""EAPOL, the extensible authentication protocol over LANs (IEEE 802.1X)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSIONS = {1: "802.1X-2001", 2: "802.1X-2004", 3: "802.1X-2010"}

EAP_PACKET = 0
KEY = 3

TYPES = {  # IEEE 802.1X table 11-3
    EAP_PACKET: "EAP packet",
    1: "start",
    2: "logoff",
    KEY: "key",
    4: "encapsulated alert",
    5: "MKA",
    6: "announcement, generic",
    7: "announcement, specific",
    8: "announcement request",
}

DESCRIPTOR_TYPES = {1: "RC4", 2: "RSN", 254: "WPA"}  # IEEE 802.11 §12.7.2


def parse(reader: HeaderReader) -> Next | None:
    """Version, type and length; the key descriptor of the 802.11 handshakes; EAP is the next header."""
    reader.unsigned("Protocol Version", 8, VERSIONS, column="eapol_version")
    kind = reader.unsigned("Packet Type", 8, TYPES, column="eapol_type")
    length = reader.unsigned("Packet Body Length", 16)
    end = min(reader.end, reader.position + length)
    if kind == EAP_PACKET and length:
        return Next(Carrier.NAMED, name="eap", end=end)
    if kind == KEY:
        with reader.restrict_to(length, "Key Descriptor"):
            if reader.unsigned("Descriptor Type", 8, DESCRIPTOR_TYPES) in (2, 254):
                _key(reader)
    return None


def _key(reader: HeaderReader) -> None:
    reader.unsigned("Reserved", 2)
    for name in ("SMK Message", "Encrypted Key Data", "Request", "Error", "Secure", "Key MIC", "Key Ack"):
        reader.unsigned(name, 1)
    reader.unsigned("Install", 1)
    reader.unsigned("Key Index", 2)
    reader.unsigned("Key Type", 1, {0: "group", 1: "pairwise"})
    reader.unsigned("Key Descriptor Version", 3)
    reader.unsigned("Key Length", 16)
    reader.unsigned("Key Replay Counter", 64)
    reader.raw("Key Nonce", 32)
    reader.raw("EAPOL-Key IV", 16)
    reader.raw("Key RSC", 8)
    reader.raw("Reserved", 8)
    reader.raw("Key MIC", 16)
    length = reader.unsigned("Key Data Length", 16)
    reader.raw("Key Data", length)


PROTOCOL = Protocol(
    name="eapol",
    title="EAP over LAN",
    layer=Layer.LINK,
    reference="IEEE 802.1X",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x888E),
        Carried(Carrier.ETHERTYPE, 0x88C7),  # preauthentication, IEEE 802.11 §12.6.10.2
    ),
    parse=parse,
)
