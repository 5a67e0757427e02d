"""The blocks of pcapng that carry no packet: what they say, as plain values.

draft-ietf-opsawg-pcapng, section 4. Every function takes the body of a block (what stands between
its two lengths) and is content with whatever is there: a body that is too short says less.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator

from netanatomy.capture.formats.pcapng_scan import CLOCK_BINARY, CLOCK_COARSE, CLOCK_FINE
from netanatomy.capture.ledger import Ledger
from netanatomy.layers.link.link_types import linktype_of
from netanatomy.schema.capture import (
    CustomBlock,
    DecryptionSecrets,
    InterfaceInformation,
    NameRecord,
    SectionInformation,
)

# Block types (section 11.1).
INTERFACE_DESCRIPTION = 1
NAME_RESOLUTION = 4
INTERFACE_STATISTICS = 5
DECRYPTION_SECRETS = 10
CUSTOM = 0x0BAD
CUSTOM_NOT_TO_COPY = 0x4000_0BAD

SECRETS = {
    0x544C534B: "TLS key log",
    0x5353484B: "SSH key log",
    0x57474B4C: "WireGuard key log",
    0x5A4E574B: "ZigBee NWK key",
    0x5A415053: "ZigBee APS key",
}
"""Secrets types (section 4.7)."""

MAXIMUM_CUSTOM_OCTETS = 65_536
"""Octets of a custom block that are kept; bounds a file stuffed with large ones."""

MAXIMUM_TIME_OFFSET = 1 << 40
"""Seconds (some 35,000 years): any larger if_tsoffset puts every time out of range as well, and
this one leaves the kernel's arithmetic room."""


def text(octets: bytes) -> str:
    """A string of the file; octets that are no UTF-8 are shown as escapes, a final NUL is dropped."""
    return octets.rstrip(b"\0").decode("utf-8", "backslashreplace")


def options(octets: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option (section 3.5) up to the end, or to one that overruns it."""
    at = 0
    while at + 4 <= len(octets):
        code, length = struct.unpack_from(order + "HH", octets, at)
        at += 4
        if code == 0 or at + length > len(octets):
            return
        yield code, octets[at : at + length]
        at += (length + 3) & ~3


def number(octets: bytes, order: str) -> int:
    """An unsigned number as wide as its option."""
    return int.from_bytes(octets, "big" if order == ">" else "little")


def section(body: bytes, order: str, entry: SectionInformation, ledger: Ledger) -> None:
    """Section header block (section 4.1): who wrote what follows."""
    for code, value in options(body[16:], order):
        match code:
            case 1:
                ledger.comment(entry.comments, text(value))
            case 2:
                entry.hardware = text(value)
            case 3:
                entry.operating_system = text(value)
            case 4:
                entry.application = text(value)


def interface(body: bytes, order: str, entry: InterfaceInformation, ledger: Ledger) -> tuple[int, int]:
    """Interface description block (section 4.2); the kind and the factor of its clock."""
    link_type, _, entry.snap_length = struct.unpack_from(order + "HHI", body)
    entry.link_type = linktype_of(link_type)
    resolution = 6
    for code, value in options(body[8:], order):
        match code:
            case 1:
                ledger.comment(entry.comments, text(value))
            case 2:
                entry.name = text(value)
            case 3:
                entry.description = text(value)
            case 4 if len(value) == 8:
                # The mask is written out: nothing says that its bits are contiguous.
                address, mask = ipaddress.IPv4Address(value[:4]), ipaddress.IPv4Address(value[4:])
                entry.addresses.append(f"{address}/{mask}")
            case 5 if len(value) == 17 and value[16] <= 128:
                entry.addresses.append(f"{ipaddress.IPv6Address(value[:16])}/{value[16]}")
            case 6 | 7 if len(value) in {6, 8}:
                entry.addresses.append(value.hex(":"))
            case 8 if len(value) == 8:
                entry.speed = number(value, order)
            case 9 if len(value) == 1:
                resolution = value[0]
            case 11 if value[:1] == b"\0":
                entry.filter = text(value[1:])
            case 12:
                entry.operating_system = text(value)
            case 13 if len(value) == 1:
                entry.fcs_length = value[0]
            case 14 if len(value) == 8:
                entry.timestamp_offset = struct.unpack(order + "q", value)[0]
            case 15:
                entry.hardware = text(value)
    exponent = resolution & 0x7F
    if resolution & 0x80:
        entry.timestamp_units = 1 << exponent
        return CLOCK_BINARY, exponent
    entry.timestamp_units = 10**exponent
    if exponent <= 9:
        return CLOCK_COARSE, 10**exponent
    # 10^18 units a nanosecond and more: 64 bits of them are at most 18 ns, whatever is told.
    return CLOCK_FINE, 10 ** min(exponent - 9, 18)


def statistics(body: bytes, order: str, interfaces: list[InterfaceInformation]) -> None:
    """Interface statistics block (section 4.6); a later one overrides an earlier."""
    if len(body) < 12:
        return
    (index,) = struct.unpack_from(order + "I", body)
    if index >= len(interfaces):
        return
    entry = interfaces[index]
    for code, value in options(body[12:], order):
        if len(value) != 8:
            continue
        match code:
            case 2:
                entry.start_time = time(value, order, entry)
            case 3:
                entry.end_time = time(value, order, entry)
            case 4:
                entry.received = number(value, order)
            case 5:
                entry.dropped = number(value, order)
            case 6:
                entry.accepted = number(value, order)
            case 7:
                entry.dropped_by_system = number(value, order)
            case 8:
                entry.delivered = number(value, order)


def time(value: bytes, order: str, entry: InterfaceInformation) -> int:
    """A time stamp in the interface's units, as nanoseconds since 1970."""
    units = number(value[:4], order) << 32 | number(value[4:], order)
    return units * 1_000_000_000 // entry.timestamp_units + entry.timestamp_offset * 1_000_000_000


def names(body: bytes, order: str, ledger: Ledger) -> None:
    """Name resolution block (section 4.5)."""
    for kind, value in options(body, order):
        width = {1: 4, 2: 16, 3: 6, 4: 8}.get(kind)
        if width is None or len(value) <= width:
            continue
        raw = value[:width]
        if kind == 1:
            address = str(ipaddress.IPv4Address(raw))
        elif kind == 2:
            address = str(ipaddress.IPv6Address(raw))
        else:
            address = raw.hex(":")
        found = tuple(text(each) for each in value[width:].split(b"\0") if each)
        if found:
            ledger.name(NameRecord(address, found))


def secrets(body: bytes, order: str, ledger: Ledger) -> None:
    """Decryption secrets block (section 4.7)."""
    if len(body) < 8:
        return
    kind, length = struct.unpack_from(order + "II", body)
    name = SECRETS.get(kind, f"secrets of type {kind:#010x}")
    ledger.secrets(DecryptionSecrets(name, body[8 : 8 + length]))


def secrets_type(name: str) -> int:
    """The number of a secrets type, by the name that it was given.

    >>> hex(secrets_type("TLS key log")), secrets_type("secrets of type 0x00000010")
    ('0x544c534b', 16)
    """
    known = {each: number for number, each in SECRETS.items()}
    return known[name] if name in known else int(name.rpartition(" ")[2], 16)


def custom(body: bytes, order: str, ledger: Ledger) -> None:
    """Custom block (section 4.8)."""
    if len(body) < 4:
        return
    (enterprise,) = struct.unpack_from(order + "I", body)
    ledger.custom_block(CustomBlock(enterprise, len(body) - 4, body[4 : 4 + MAXIMUM_CUSTOM_OCTETS]))
