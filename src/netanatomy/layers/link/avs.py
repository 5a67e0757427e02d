"""AVS: the monitor header that was to replace Prism's."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 64
"""Octets of version 1."""

VERSIONS = {0x80211001: "1", 0x80211002: "2"}

PHYSICAL_TYPES = {
    1: "FHSS, 802.11-1997",
    2: "DSSS, 802.11-1997",
    3: "infrared",
    4: "DSSS, 802.11b",
    5: "PBCC, 802.11b",
    6: "OFDM, 802.11g",
    7: "PBCC, 802.11g",
    8: "OFDM, 802.11a",
}

SIGNAL_TYPES = {0: "none", 1: "normalised RSSI", 2: "raw RSSI", 3: "dBm"}

DECIBEL_MILLIWATT = 3
SMALLEST_FREQUENCY = 256
"""From here on the channel field is a frequency in MHz; below, it is a number of a channel."""

LARGEST_FREQUENCY = 0xFFFF
SMALLEST_SIGNAL = 0xFFFFFF80
"""What the columns hold: frequencies of 16 bits, and signals that are negative and not below -128 dBm."""


def parse(reader: HeaderReader) -> Next | None:
    """Version, length, times, and what the radio measured; big-endian."""
    start = reader.position
    reader.unsigned("Version", 32, VERSIONS, hexadecimal=True)
    length = reader.unsigned("Length", 32)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 4)
    reader.need(length - 8)
    reader.unsigned("MAC Time", 64)
    reader.unsigned("Host Time", 64)
    reader.unsigned("Physical Type", 32, PHYSICAL_TYPES)
    frequency = SMALLEST_FREQUENCY <= reader.peek(0, 4) <= LARGEST_FREQUENCY
    reader.unsigned("Channel", 32, column="radio_frequency" if frequency else "")
    reader.unsigned("Data Rate", 32, lambda units: f"{units / 10:g} Mb/s")
    reader.unsigned("Antenna", 32)
    reader.unsigned("Priority", 32)
    kind = reader.unsigned("Signal Type", 32, SIGNAL_TYPES)
    in_column = kind == DECIBEL_MILLIWATT and reader.peek(0, 4) >= SMALLEST_SIGNAL
    reader.signed("Signal", 32, column="radio_signal" if in_column else "")
    reader.signed("Noise", 32)
    reader.unsigned("Preamble", 32)
    reader.unsigned("Encoding", 32)
    if length > HEADER_LENGTH:
        reader.raw("Further octets", start + length - reader.position)
    return Next(Carrier.NAMED, name="ieee80211")


PROTOCOL = Protocol(
    name="avs",
    title="AVS monitor header",
    layer=Layer.LINK,
    reference="LINKTYPE_IEEE802_11_AVS",
    carried_by=(Carried(Carrier.LINK_TYPE, 163),),
    parse=parse,
)
