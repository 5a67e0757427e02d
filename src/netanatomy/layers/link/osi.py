"""The OSI network layer's first octet, which tells its protocols apart (ISO/IEC TR 9577)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

NAMES = {
    0x81: "clnp",
    0x82: "es-is",
    0x83: "is-is",
    0xCC: "ipv4",
    0x8E: "ipv6",
}
"""Network layer protocol identifiers: protocols whose own first octet they are, but for the last two."""

OTHERS = {
    0x00: "null",
    0x08: "Q.933",
    0x80: "SNAP",
    0xCF: "PPP",
}

IP = frozenset({0xCC, 0x8E})


def parse(reader: HeaderReader) -> Next | None:
    """What the network layer protocol identifier says."""
    identifier = reader.peek(0, 1)
    name = NAMES.get(identifier, "")
    if identifier in IP:
        reader.unsigned("NLPID", 8, NAMES, hexadecimal=True)
    else:
        reader.note("NLPID", identifier, name or OTHERS.get(identifier, ""))
    return Next(Carrier.NAMED, name=name) if name else None


PROTOCOL = Protocol(
    name="osi",
    title="OSI network layer",
    layer=Layer.LINK,
    reference="ISO/IEC TR 9577",
    carried_by=(Carried(Carrier.LLC_SAP, 0xFE), Carried(Carrier.PPP, 0x0023)),
    parse=parse,
)
