"""MAC control frames: pause, and pause by priority (IEEE 802.3 annex 31)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

PAUSE = 0x0001
PAUSE_BY_PRIORITY = 0x0101

OPCODES = {  # IEEE 802.3 table 31A-1
    PAUSE: "pause",
    0x0002: "gate",
    0x0003: "report",
    0x0004: "register request",
    0x0005: "register",
    0x0006: "register acknowledgment",
    PAUSE_BY_PRIORITY: "pause by priority",
}


def parse(reader: HeaderReader) -> Next | None:
    """The opcode, and for how long a sender is to be silent."""
    opcode = reader.unsigned("Opcode", 16, OPCODES, hexadecimal=True)
    if opcode == PAUSE:
        reader.unsigned("Pause Time", 16, "quanta of 512 bit times")
    elif opcode == PAUSE_BY_PRIORITY:
        reader.unsigned("Priority Enable Vector", 16, hexadecimal=True)
        for priority in range(8):
            reader.unsigned(f"Time {priority}", 16, "quanta of 512 bit times")
    return None


PROTOCOL = Protocol(
    name="mac-control",
    title="Ethernet MAC control",
    layer=Layer.LINK,
    reference="IEEE 802.3 annex 31",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8808),),
    parse=parse,
)
