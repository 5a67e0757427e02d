"""The slow protocols of Ethernet: link aggregation and its relatives (IEEE 802.3 annex 57A)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LINK_AGGREGATION = 1

SUBTYPES = {
    LINK_AGGREGATION: "LACP, link aggregation",
    2: "marker",
    3: "OAM",
    10: "organisation-specific, ESMC",
}

ACTOR = 1
PARTNER = 2
COLLECTOR = 3

TYPES = {0: "terminator", ACTOR: "actor", PARTNER: "partner", COLLECTOR: "collector"}

STATE = (  # IEEE 802.1AX §6.4.2.3, from the highest bit
    "Expired",
    "Defaulted",
    "Distributing",
    "Collecting",
    "Synchronization",
    "Aggregation",
    "Timeout",
    "Activity",
)


def parse(reader: HeaderReader) -> Next | None:
    """The subtype; for link aggregation what both ends know."""
    if reader.unsigned("Subtype", 8, SUBTYPES) != LINK_AGGREGATION:
        return None
    reader.unsigned("Version", 8)
    kind = -1
    while kind != 0 and reader.remaining:
        start = reader.position
        kind = reader.unsigned("TLV Type", 8, TYPES)
        length = reader.unsigned("TLV Length", 8, "octets, type and length included")
        if kind == 0:
            break
        if length < 2:
            raise reader.malformed("a type-length-value is shorter than its own header", start + 1)
        with reader.restrict_to(length - 2, "Reserved"):
            if kind in (ACTOR, PARTNER):
                _participant(reader, TYPES[kind].capitalize())
            elif kind == COLLECTOR:
                reader.unsigned("Collector Maximum Delay", 16)
    return None


def _participant(reader: HeaderReader, who: str) -> None:
    reader.unsigned(f"{who} System Priority", 16)
    reader.mac(f"{who} System")
    reader.unsigned(f"{who} Key", 16)
    reader.unsigned(f"{who} Port Priority", 16)
    reader.unsigned(f"{who} Port", 16)
    for name in STATE:
        reader.unsigned(f"{who} {name}", 1)


PROTOCOL = Protocol(
    name="slow-protocols",
    title="Ethernet slow protocols",
    layer=Layer.LINK,
    reference="IEEE 802.3 annex 57A",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8809),),
    parse=parse,
)
