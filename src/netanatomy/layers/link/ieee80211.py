"""IEEE 802.11, wireless LAN: the MAC header of management, control and data frames."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, Part
from netanatomy.layers.link.ieee80211_management import body
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

MANAGEMENT = 0
CONTROL = 1
DATA = 2

TYPES = {MANAGEMENT: "management", CONTROL: "control", DATA: "data", 3: "extension"}

SUBTYPES = {  # type << 4 | subtype, IEEE 802.11 table 9-1
    0x00: "association request",
    0x01: "association response",
    0x02: "reassociation request",
    0x03: "reassociation response",
    0x04: "probe request",
    0x05: "probe response",
    0x06: "timing advertisement",
    0x08: "beacon",
    0x09: "announcement traffic indication",
    0x0A: "disassociation",
    0x0B: "authentication",
    0x0C: "deauthentication",
    0x0D: "action",
    0x0E: "action without acknowledgment",
    0x12: "trigger",
    0x13: "TACK",
    0x14: "beamforming report poll",
    0x15: "VHT/HE NDP announcement",
    0x16: "control frame extension",
    0x17: "control wrapper",
    0x18: "block acknowledgment request",
    0x19: "block acknowledgment",
    0x1A: "power-save poll",
    0x1B: "request to send",
    0x1C: "clear to send",
    0x1D: "acknowledgment",
    0x1E: "contention-free end",
    0x1F: "contention-free end and acknowledgment",
    0x20: "data",
    0x21: "data and contention-free acknowledgment",
    0x22: "data and contention-free poll",
    0x23: "data, contention-free acknowledgment and poll",
    0x24: "null: no data",
    0x25: "contention-free acknowledgment, no data",
    0x26: "contention-free poll, no data",
    0x27: "contention-free acknowledgment and poll, no data",
    0x28: "QoS data",
    0x29: "QoS data and contention-free acknowledgment",
    0x2A: "QoS data and contention-free poll",
    0x2B: "QoS data, contention-free acknowledgment and poll",
    0x2C: "QoS null: no data",
    0x2E: "QoS contention-free poll, no data",
    0x2F: "QoS contention-free acknowledgment and poll, no data",
    0x30: "DMG beacon",
    0x31: "S1G beacon",
}

POWER_SAVE_POLL = 0xA
CONTENTION_FREE_END = frozenset({0xE, 0xF})
WITH_TRANSMITTER = frozenset({0x2, 0x4, 0x5, 0x8, 0x9, 0xA, 0xB, 0xE, 0xF})
"""Subtypes of control frames that have a second address (IEEE 802.11 §9.3.1)."""

TO_DS = 0x01
FROM_DS = 0x02
MORE_FRAGMENTS = 0x04
PROTECTED = 0x40
ORDER = 0x80
NO_DATA = 0x4
QUALITY_OF_SERVICE = 0x8
"""Bits of a data frame's subtype."""

EXTENDED_IV = 0x20
"""Bit of the key octet: the initialisation vector has eight octets (TKIP, CCMP, GCMP), not four (WEP)."""

MESH_ADDRESSES = {0: 0, 1: 6, 2: 12, 3: 0}
"""Octets of addresses in the mesh control field, by its address extension mode (§9.2.4.7.3)."""


def parse(reader: HeaderReader) -> Next | None:
    """Frame control, duration and addresses; then what the type has behind them."""
    return read(reader, padded=False)


def read(reader: HeaderReader, padded: bool) -> Next | None:
    """Take the header; `padded` where some receivers fill it up to a multiple of four octets."""
    start = reader.position
    subtype = reader.unsigned("Subtype", 4, lambda low: _subtype(reader, start, low), column="wlan_subtype")
    kind = reader.unsigned("Type", 2, TYPES, column="wlan_type")
    version = reader.unsigned("Protocol Version", 2)
    flags = reader.peek(0, 1)
    if version:
        raise reader.malformed("the protocol version is not 0", start)
    for name in (
        "+HTC/Order",
        "Protected Frame",
        "More Data",
        "Power Management",
        "Retry",
        "More Fragments",
        "From DS",
        "To DS",
    ):
        reader.unsigned(name, 1)
    reader.note("Flags", flags, _direction(flags), column="wlan_flags")
    if kind == CONTROL:
        _control(reader, subtype)
        return None
    reader.little_endian("Duration/ID", 2, _duration)
    reader.mac("Address 1", "receiver", column="wlan_receiver")
    if kind == MANAGEMENT:
        _management(reader, subtype, flags)
        return None
    if kind == DATA:
        return _data(reader, subtype, flags, padded)
    return None


def _subtype(reader: HeaderReader, start: int, subtype: int) -> str:
    kind = reader.octets[start] >> 2 & 3
    return SUBTYPES.get(kind << 4 | subtype, "reserved")


def _direction(flags: int) -> str:
    return {
        0: "between stations",
        TO_DS: "to the distribution system",
        FROM_DS: "from the distribution system",
        TO_DS | FROM_DS: "between access points, or in a mesh",
    }[flags & (TO_DS | FROM_DS)]


def _duration(number: int) -> str:
    return "microseconds" if number < 0x8000 else ""


def _control(reader: HeaderReader, subtype: int) -> None:
    poll = subtype == POWER_SAVE_POLL
    if poll:
        reader.little_endian("AID", 2, lambda number: f"association {number & 0x3FFF}")
    else:
        reader.little_endian("Duration", 2, _duration)
    receiver = reader.mac("Address 1", "receiver", column="wlan_receiver")
    if poll:
        reader.note("BSSID", receiver, receiver.hex(":"), column="wlan_bssid")
    if subtype in WITH_TRANSMITTER:
        transmitter = reader.mac("Address 2", "transmitter", column="wlan_transmitter")
        if subtype in CONTENTION_FREE_END:
            reader.note("BSSID", transmitter, transmitter.hex(":"), column="wlan_bssid")


def _sequence_control(reader: HeaderReader) -> int:
    """Take the sequence control field; the fragment number."""
    fragment, _ = reader.little_endian_parts(
        2,
        Part("Fragment Number", 4, column="wlan_fragment"),
        Part("Sequence Number", 12, column="wlan_sequence"),
    )
    return fragment


def _management(reader: HeaderReader, subtype: int, flags: int) -> None:
    receiver = reader.octets[reader.position - 6 : reader.position]
    transmitter = reader.mac("Address 2", "transmitter", column="wlan_transmitter")
    reader.mac("Address 3", "BSSID", column="wlan_bssid")
    _ends(reader, receiver, transmitter)
    fragment = _sequence_control(reader)
    if flags & ORDER:
        reader.little_endian("HT Control", 4)
    if flags & PROTECTED:
        _security(reader)
    elif fragment == 0 and not flags & MORE_FRAGMENTS:
        body(reader, subtype)


def _ends(reader: HeaderReader, destination: bytes, source: bytes) -> None:
    reader.note("Destination", destination, destination.hex(":"), column="wlan_destination")
    reader.note("Source", source, source.hex(":"), column="wlan_source")


def _data(reader: HeaderReader, subtype: int, flags: int, padded: bool) -> Next | None:
    first = reader.octets[reader.position - 6 : reader.position]
    second = reader.mac("Address 2", "transmitter", column="wlan_transmitter")
    third = reader.mac("Address 3")
    fragment = _sequence_control(reader)
    direction = flags & (TO_DS | FROM_DS)
    if direction == TO_DS | FROM_DS:
        _ends(reader, third, reader.mac("Address 4"))
    else:
        destination, source, network = {
            0: (first, second, third),
            TO_DS: (third, second, first),
            FROM_DS: (first, third, second),
        }[direction]
        _ends(reader, destination, source)
        reader.note("BSSID", network, network.hex(":"), column="wlan_bssid")
    aggregate = mesh = False
    if subtype & QUALITY_OF_SERVICE:
        aggregate, mesh = _quality_of_service(reader, direction == TO_DS | FROM_DS)
        if flags & ORDER:
            reader.little_endian("HT Control", 4)
    if subtype & NO_DATA:
        return None
    padding = -(reader.position - reader.start) % 4 if padded else 0
    if padding:
        reader.raw("Padding", padding)
    if flags & PROTECTED:
        _security(reader)
        return None
    if fragment or flags & MORE_FRAGMENTS:
        reader.note("Remark", "fragment", "a piece of a frame, and no header of its own")
        return None
    if mesh:
        _mesh_control(reader)
    if aggregate:
        return _aggregate(reader)
    return Next(Carrier.NAMED, name="llc") if reader.remaining else None


def _quality_of_service(reader: HeaderReader, four_addresses: bool) -> tuple[bool, bool]:
    """Take the QoS control field; whether an A-MSDU follows, and whether a mesh control field does."""
    reader.unsigned("A-MSDU Present", 1)
    aggregate = reader.fields[-1].value == 1
    reader.unsigned("Ack Policy", 2, {0: "normal", 1: "none", 2: "not explicit", 3: "block"})
    reader.unsigned("End of Service Period", 1)
    reader.unsigned("Traffic Identifier", 4)
    high = reader.unsigned("TXOP, Queue Size or Mesh", 8)
    return aggregate, four_addresses and bool(high & 1)


def _mesh_control(reader: HeaderReader) -> None:
    reader.unsigned("Mesh Reserved", 6)
    mode = reader.unsigned("Mesh Address Extension Mode", 2)
    reader.unsigned("Mesh TTL", 8)
    reader.little_endian("Mesh Sequence Number", 4)
    for number in range(MESH_ADDRESSES[mode] // 6):
        reader.mac(f"Mesh Address {number + 5 if mode == 2 else 4}")


def _aggregate(reader: HeaderReader) -> Next | None:
    """Take the header of the first subframe of an A-MSDU (§9.3.2.2.2); the others are payload."""
    reader.mac("Subframe Destination")
    reader.mac("Subframe Source")
    length = reader.unsigned("Subframe Length", 16, "octets")
    return Next(Carrier.NAMED, name="llc", end=min(reader.end, reader.position + length))


def _security(reader: HeaderReader) -> None:
    """Take what stands before encrypted data (§12.5): for WEP four octets, otherwise eight."""
    if reader.remaining < 4:
        return
    extended = reader.peek(3, 1) & EXTENDED_IV
    reader.raw("Initialization Vector", 3)
    reader.unsigned("Key ID", 2)
    reader.unsigned("Extended IV", 1, {0: "WEP", 1: "TKIP, CCMP or GCMP"})
    reader.unsigned("Reserved", 5)
    if extended and reader.remaining >= 4:
        reader.raw("Extended Initialization Vector", 4)
    reader.note("Data", "encrypted", "what follows cannot be read without the key")


PROTOCOL = Protocol(
    name="ieee80211",
    title="IEEE 802.11",
    layer=Layer.LINK,
    reference="IEEE 802.11",
    carried_by=(Carried(Carrier.LINK_TYPE, 105),),
    parse=parse,
)
