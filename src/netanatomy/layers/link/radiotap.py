"""Radiotap: what a receiver knows of an 802.11 frame besides its octets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netanatomy.layers.header import HeaderReader, Part
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets of the fixed part

FLAGS = (  # https://www.radiotap.org/fields/Flags.html, from the lowest bit
    "contention-free period",
    "short preamble",
    "WEP",
    "fragmentation",
    "FCS at end",
    "data pad",
    "bad FCS",
    "short guard interval",
)
FLAGS_PLACE = 1
"""Bit of the flags field in the bitmap."""
FCS_AT_END = 0x10
DATA_PAD = 0x20
FRAME_CHECK_SEQUENCE_LENGTH = 4  # octets

RADIOTAP_NAMESPACE = 29
VENDOR_NAMESPACE = 30
EXTENDED = 31
"""Bits of a present word that do not stand for fields."""
VENDOR_HEADER_LENGTH = 6  # octets

MAXIMUM_PRESENT_WORDS = 32
"""Words read of one bitmap. Bounds a header that is one bitmap without an end."""


def parse(reader: HeaderReader) -> Next | None:
    """The fixed part, the bitmaps of what is present, and the fields, each aligned to its own size."""
    start = reader.position
    version = reader.unsigned("Version", 8)
    reader.unsigned("Pad", 8)
    length = reader.little_endian("Length", 2, "octets")
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the fixed part", start + 2)
    reader.need(start + length - reader.position)
    flags = 0
    with reader.restrict_to(start + length - reader.position, "Further octets"):
        words = _present_words(reader)
        if version == 0 and words:
            flags = _fields(reader, words, start)
    end = reader.end - FRAME_CHECK_SEQUENCE_LENGTH if flags & FCS_AT_END else reader.end
    name = "ieee80211-padded" if flags & DATA_PAD else "ieee80211"
    return Next(Carrier.NAMED, name=name, end=max(reader.position, end))


def _present_words(reader: HeaderReader) -> list[int]:
    """Take the bitmap, word by word; empty where it does not end within the header."""
    words = [reader.little_endian("Present", 4, _present)]
    while words[-1] >> EXTENDED:
        if len(words) == MAXIMUM_PRESENT_WORDS or reader.remaining < 4:
            reader.note("Remark", "too short", "the bitmap has no end within the header")
            return []
        words.append(reader.little_endian("Present", 4, _present))
    return words


def _present(bits: int) -> str:
    return "fields " + ", ".join(str(place) for place in range(EXTENDED) if bits >> place & 1)


def _fields(reader: HeaderReader, words: list[int], start: int) -> int:
    """Take the fields that are known; the flags of the first field that holds them."""
    flags = 0
    seen: set[str] = set()
    namespace = RADIOTAP_NAMESPACE
    for word in words:
        for place in range(RADIOTAP_NAMESPACE):
            if namespace == VENDOR_NAMESPACE or not word >> place & 1:
                continue
            if namespace == EXTENDED or place not in FIELDS:
                # Nobody knows how long it is, so nothing behind it can be found.
                return flags
            alignment, length, read = FIELDS[place]
            padding = -(reader.position - start) % alignment
            if padding + length > reader.remaining:
                reader.note("Remark", "too short", "more fields are announced than the header holds")
                return flags
            reader.skip_to(reader.position + padding)
            taken = read(reader, seen)
            flags = taken if place == FLAGS_PLACE and not flags else flags
        if word >> VENDOR_NAMESPACE & 1:
            if not _vendor(reader, start):
                return flags
            namespace = VENDOR_NAMESPACE
        elif word >> RADIOTAP_NAMESPACE & 1:
            namespace = RADIOTAP_NAMESPACE
        elif namespace == RADIOTAP_NAMESPACE:
            namespace = EXTENDED  # the next word's bits are numbers 32 and up, which nobody has defined
    return flags


def _vendor(reader: HeaderReader, start: int) -> bool:
    """Take a vendor's own fields whole; False where they do not fit."""
    padding = -(reader.position - start) % 2
    if padding + VENDOR_HEADER_LENGTH > reader.remaining:
        return False
    reader.skip_to(reader.position + padding)
    reader.unsigned("Vendor OUI", 24, hexadecimal=True)
    reader.unsigned("Vendor Subnamespace", 8)
    length = reader.little_endian("Vendor Length", 2)
    if length > reader.remaining:
        return False
    reader.raw("Vendor Data", length)
    return True


def _once(seen: set[str], column: str) -> str:
    """The column's name the first time: later antennas have fields of the same name."""
    if column in seen:
        return ""
    seen.add(column)
    return column


def _tsft(reader: HeaderReader, _: set[str]) -> int:
    return reader.little_endian("TSFT", 8, "microseconds")


def _flags(reader: HeaderReader, _: set[str]) -> int:
    return reader.unsigned("Flags", 8, flags_told, hexadecimal=True)


def flags_told(bits: int) -> str:
    """The flags in words.

    >>> flags_told(0x12)
    'short preamble, FCS at end'
    """
    return ", ".join(name for place, name in enumerate(FLAGS) if bits >> place & 1)


def _rate(reader: HeaderReader, _: set[str]) -> int:
    return reader.unsigned("Rate", 8, lambda units: f"{units / 2:g} Mb/s")


def _channel(reader: HeaderReader, seen: set[str]) -> int:
    reader.little_endian("Channel Frequency", 2, "MHz", column=_once(seen, "radio_frequency"))
    return reader.little_endian("Channel Flags", 2, _channel_flags)


def _channel_flags(bits: int) -> str:
    names = {4: "turbo", 5: "CCK", 6: "OFDM", 7: "2 GHz", 8: "5 GHz", 9: "passive", 10: "dynamic CCK-OFDM"}
    return ", ".join(name for place, name in names.items() if bits >> place & 1)


def _fhss(reader: HeaderReader, _: set[str]) -> int:
    reader.unsigned("FHSS Hop Set", 8)
    return reader.unsigned("FHSS Hop Pattern", 8)


def _antenna_signal(reader: HeaderReader, seen: set[str]) -> int:
    return reader.signed("Antenna Signal", 8, "dBm", column=_once(seen, "radio_signal"))


def _mcs(reader: HeaderReader, _: set[str]) -> int:
    reader.unsigned("MCS Known", 8, hexadecimal=True)
    reader.unsigned("MCS Flags", 8, hexadecimal=True)
    return reader.unsigned("MCS Index", 8)


def _ampdu(reader: HeaderReader, _: set[str]) -> int:
    reader.little_endian("A-MPDU Reference", 4)
    reader.little_endian("A-MPDU Flags", 2)
    reader.unsigned("A-MPDU Delimiter CRC", 8, hexadecimal=True)
    return reader.unsigned("Reserved", 8)


def _vht(reader: HeaderReader, _: set[str]) -> int:
    reader.little_endian("VHT Known", 2)
    reader.unsigned("VHT Flags", 8, hexadecimal=True)
    reader.unsigned("VHT Bandwidth", 8)
    for user in range(4):
        reader.little_endian_parts(1, Part(f"VHT User {user} Streams", 4), Part(f"VHT User {user} MCS", 4))
    reader.unsigned("VHT Coding", 8, hexadecimal=True)
    reader.unsigned("VHT Group", 8)
    return reader.little_endian("VHT Partial AID", 2)


def _timestamp(reader: HeaderReader, _: set[str]) -> int:
    reader.little_endian("Timestamp", 8)
    reader.little_endian("Timestamp Accuracy", 2)
    reader.unsigned("Timestamp Unit and Position", 8, hexadecimal=True)
    return reader.unsigned("Timestamp Flags", 8, hexadecimal=True)


def _xchannel(reader: HeaderReader, _: set[str]) -> int:
    reader.little_endian("XChannel Flags", 4)
    reader.little_endian("XChannel Frequency", 2, "MHz")
    reader.unsigned("XChannel Number", 8)
    return reader.unsigned("XChannel Maximum Power", 8)


def _number(name: str, octets: int, meaning: str = "") -> Callable[[HeaderReader, set[str]], int]:
    def read(reader: HeaderReader, _: set[str]) -> int:
        return reader.little_endian(name, octets, meaning)

    return read


def _words(name: str, count: int) -> Callable[[HeaderReader, set[str]], int]:
    def read(reader: HeaderReader, _: set[str]) -> int:
        taken = 0
        for number in range(1, count + 1):
            taken = reader.little_endian(f"{name} {number}", 2)
        return taken

    return read


def _signed(name: str, meaning: str) -> Callable[[HeaderReader, set[str]], int]:
    def read(reader: HeaderReader, _: set[str]) -> int:
        return reader.signed(name, 8, meaning)

    return read


FIELDS: Mapping[int, tuple[int, int, Callable[[HeaderReader, set[str]], int]]] = {
    # bit of the bitmap: alignment and length in octets, and how the field is read; https://www.radiotap.org/fields
    0: (8, 8, _tsft),
    1: (1, 1, _flags),
    2: (1, 1, _rate),
    3: (2, 4, _channel),
    4: (1, 2, _fhss),
    5: (1, 1, _antenna_signal),
    6: (1, 1, _signed("Antenna Noise", "dBm")),
    7: (2, 2, _number("Lock Quality", 2)),
    8: (2, 2, _number("TX Attenuation", 2)),
    9: (2, 2, _number("dB TX Attenuation", 2, "dB")),
    10: (1, 1, _signed("dBm TX Power", "dBm")),
    11: (1, 1, _number("Antenna", 1)),
    12: (1, 1, _number("dB Antenna Signal", 1, "dB")),
    13: (1, 1, _number("dB Antenna Noise", 1, "dB")),
    14: (2, 2, _number("RX Flags", 2)),
    15: (2, 2, _number("TX Flags", 2)),
    16: (1, 1, _number("RTS Retries", 1)),
    17: (1, 1, _number("Data Retries", 1)),
    18: (4, 8, _xchannel),
    19: (1, 3, _mcs),
    20: (4, 8, _ampdu),
    21: (2, 12, _vht),
    22: (8, 12, _timestamp),
    23: (2, 12, _words("HE Data", 6)),
    24: (2, 12, _words("HE-MU Data", 6)),
    25: (2, 6, _words("HE-MU Other User Data", 3)),
    26: (1, 1, _number("Zero-Length PSDU", 1)),
    27: (2, 4, _words("L-SIG", 2)),
}

PROTOCOL = Protocol(
    name="radiotap",
    title="Radiotap",
    layer=Layer.LINK,
    reference="https://www.radiotap.org",
    carried_by=(Carried(Carrier.LINK_TYPE, 127),),
    parse=parse,
)
