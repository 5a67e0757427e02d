"""GTP-C, the GPRS Tunnelling Protocol for control (3GPP TS 29.060, TS 29.274), by header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSIONS = (1, 2)

MESSAGE_TYPES = {  # TS 29.060 §7.1, TS 29.274 §6.1
    1: "echo request",
    2: "echo response",
    3: "version not supported",
    16: "create PDP context request",
    17: "create PDP context response",
    18: "update PDP context request",
    19: "update PDP context response",
    20: "delete PDP context request",
    21: "delete PDP context response",
    32: "create session request",
    33: "create session response",
    34: "modify bearer request",
    35: "modify bearer response",
    36: "delete session request",
    37: "delete session response",
    170: "release access bearers request",
    171: "release access bearers response",
    176: "downlink data notification",
}


def parse(reader: HeaderReader) -> Next | None:
    """Version, message type, length and, where present, the tunnel endpoint."""
    version = reader.unsigned("Version", 3)
    if version not in VERSIONS:
        raise reader.malformed("the version is neither 1 nor 2", reader.start)
    if version == 2:
        reader.unsigned("P", 1, {1: "a second message follows"})
        has_tunnel = reader.unsigned("T", 1, {1: "a tunnel endpoint is present"})
        reader.unsigned("MP", 1, {1: "a message priority is present"})
        reader.unsigned("Spare", 2)
    else:
        reader.unsigned("PT", 1, {0: "GTP'", 1: "GTP"})
        reader.unsigned("Spare", 1)
        reader.unsigned("E", 1)
        reader.unsigned("S", 1)
        reader.unsigned("PN", 1)
        has_tunnel = 1
    reader.unsigned("Message Type", 8, MESSAGE_TYPES)
    reader.unsigned("Length", 16, "octets")
    if has_tunnel:
        reader.unsigned("Tunnel Endpoint Identifier", 32, hexadecimal=True)
    if version == 2:
        reader.unsigned("Sequence Number", 24)
        reader.unsigned("Spare", 8)
    return None


PROTOCOL = Protocol(
    name="gtp-c",
    title="GPRS Tunnelling Protocol, control plane",
    layer=Layer.INTERNET,
    reference="3GPP TS 29.274",
    carried_by=(Carried(Carrier.UDP_PORT, 2123),),
    parse=parse,
)
