"""The anatomy of one frame in words: what `netanatomy show` prints, before it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netanatomy.layers.anatomy import Anatomy, HeaderAnatomy
from netanatomy.layers.header import Field
from netanatomy.layers.link.link_types import link_type_description, link_type_name
from netanatomy.layers.link.vendors import MAC_LENGTH, mac_meaning, vendor
from netanatomy.report.escape import visible
from netanatomy.report.json import Json
from netanatomy.report.units import time
from netanatomy.schema.frozen import frozen

MAXIMUM_SHOWN_VALUE = 96
"""Characters of one field's value: an option's or a payload's octets fill pages otherwise."""

OCTETS_PER_LINE = 16
PRINTABLE = range(0x20, 0x7F)


@frozen
class FrameFacts:
    """What the capture says about the frame: its number, its time, its lengths, where it was taken."""

    number: int
    time_ns: int
    captured_length: int
    original_length: int
    interface: int
    interface_name: str
    comment: str


def title(facts: FrameFacts, anatomy: Anatomy) -> list[str]:
    """The lines above the anatomy."""
    short = "" if facts.captured_length == facts.original_length else f" of {facts.original_length}"
    where = f" ({facts.interface_name})" if facts.interface_name else ""
    lines = [
        f"Frame {facts.number}: {facts.captured_length}{short} octets, {time(facts.time_ns)}, "
        f"interface {facts.interface}{where}",
        f"Link type {anatomy.link_type} {link_type_name(anatomy.link_type)}: "
        f"{link_type_description(anatomy.link_type)}",
    ]
    if facts.comment:
        lines.append(f"Comment: {facts.comment}")
    return lines


def heading(header: HeaderAnatomy) -> str:
    """One header in one line."""
    marks = [
        f"octets {header.start}–{header.end - 1}" if header.end > header.start else "no octets",
        header.reference,
    ]
    if header.in_datagram:
        marks[0] += " of the reassembled datagram"
    if header.depth:
        marks.append(f"inside {header.depth} tunnel{'s' if header.depth > 1 else ''}")
    if header.quoted:
        marks.append("quoted, not carried")
    if header.tunnel:
        marks.append(f"a tunnel begins: {header.tunnel}")
    return f"{header.layer.value.capitalize()} · {header.title} ({'; '.join(marks)})"


def place(field: Field) -> str:
    """Where a field lies: octets, and bits where it does not fill whole octets.

    >>> place(Field("Version", 4, "4", "", 112, 4)), place(Field("TTL", 64, "64", "", 176, 8))
    ('14 bits 0–3', '22')
    >>> place(Field("Source Address", b"", "", "", 208, 32))
    '26–29'
    """
    if field.note:
        return ""
    first, last = field.bit_offset, field.bit_offset + max(field.bit_length, 1) - 1
    octets = str(first // 8) if first // 8 == last // 8 else f"{first // 8}–{last // 8}"
    if first % 8 == 0 and last % 8 == 7:
        return octets
    bits = first % 8, last - first // 8 * 8
    return f"{octets} bit {bits[0]}" if bits[0] == bits[1] else f"{octets} bits {bits[0]}–{bits[1]}"


def value(field: Field) -> str:
    """A field's value, cut where it is long."""
    shown = visible(field.shown)
    return shown if len(shown) <= MAXIMUM_SHOWN_VALUE else f"{shown[:MAXIMUM_SHOWN_VALUE]}…"


def meaning(field: Field) -> str:
    """What a field's value means; of a MAC address at least what the address itself tells."""
    if field.meaning or not isinstance(field.value, bytes) or field.shown != field.value.hex(":"):
        return visible(field.meaning)
    if len(field.value) != MAC_LENGTH:
        return ""
    known = vendor(field.value)
    told = mac_meaning(field.value)
    return visible(f"{known}; {told}" if known else told)


def remains(anatomy: Anatomy) -> list[str]:
    """What lies behind the last header, and why the walk ended."""
    lines = [anatomy.ending]
    length = anatomy.payload_end - anatomy.payload_start
    if length > 0:
        lines.append(f"Payload: {length} octets, {anatomy.payload_start}–{anatomy.payload_end - 1}")
    trailer = len(anatomy.octets) - anatomy.payload_end
    if trailer > 0 and not any(header.in_datagram for header in anatomy.headers):
        lines.append(f"Behind it: {trailer} octets that no header counts (padding, or a check sequence)")
    return lines


def hex_lines(octets: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The octets from `start` to `end` in lines of a hex view, each with the offset it begins at."""
    for at in range(start, end, OCTETS_PER_LINE):
        yield at, octets[at : min(at + OCTETS_PER_LINE, end)]


def hex_text(at: int, octets: bytes) -> str:
    r"""One line of a hex view.

    >>> hex_text(16, b"GET \x00")
    '0010  47 45 54 20 00                                   GET .'
    """
    half = OCTETS_PER_LINE // 2
    hexadecimal = f"{octets[:half].hex(' '):<23}  {octets[half:].hex(' '):<23}"
    return f"{at:04x}  {hexadecimal} {printable(octets)}"


def printable(octets: bytes) -> str:
    """Octets as ASCII, a dot for what is none."""
    return "".join(chr(octet) if octet in PRINTABLE else "." for octet in octets)


def frame_json(facts: FrameFacts, anatomy: Anatomy) -> Mapping[str, Json]:
    """The anatomy for programs."""
    return {
        "frame_number": facts.number,
        "time": time(facts.time_ns),
        "captured_length": facts.captured_length,
        "original_length": facts.original_length,
        "interface": facts.interface,
        "interface_name": facts.interface_name,
        "comment": facts.comment,
        "link_type": anatomy.link_type,
        "link_type_name": link_type_name(anatomy.link_type),
        "protocols": anatomy.protocols,
        "headers": [_header_json(header) for header in anatomy.headers],
        "payload_start": anatomy.payload_start,
        "payload_end": anatomy.payload_end,
        "ending": anatomy.ending,
        "stop": None
        if anatomy.stop is None
        else {
            "layer": anatomy.stop.layer,
            "reason": anatomy.stop.reason,
            "offset": anatomy.stop.offset,
        },
        "octets": anatomy.octets.hex(),
    }


def _header_json(header: HeaderAnatomy) -> Mapping[str, Json]:
    return {
        "protocol": header.protocol,
        "title": header.title,
        "layer": header.layer.value,
        "reference": header.reference,
        "start": header.start,
        "end": header.end,
        "depth": header.depth,
        "tunnel": header.tunnel,
        "quoted": header.quoted,
        "in_datagram": header.in_datagram,
        "fields": [
            {
                "name": field.name,
                "value": field.value.hex() if isinstance(field.value, bytes) else field.value,
                "shown": field.shown,
                "meaning": field.meaning,
                "bit_offset": field.bit_offset,
                "bit_length": field.bit_length,
                "column": field.column,
                "note": field.note,
            }
            for field in header.fields
        ],
    }
