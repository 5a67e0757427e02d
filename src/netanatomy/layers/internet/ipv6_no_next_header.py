"""No next header: nothing follows the chain, and what does is to be ignored (RFC 8200 §4.7)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Nothing to read; octets behind it are told as what they are."""
    if reader.remaining:
        reader.rest("Ignored", "octets behind the end of the header chain")
    else:
        reader.note("End of the header chain", "nothing follows")
    return None


PROTOCOL = Protocol(
    name="no-next-header",
    title="IPv6 no next header",
    layer=Layer.INTERNET,
    reference="RFC 8200 §4.7",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 59),),
    parse=parse,
    listed=False,
)
