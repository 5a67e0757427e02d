"""One frame in slow motion: every header, every field, and where and why the walk ended.

The kernels answer what a million packets hold; this answers what one of them is made of. It knows
no protocol: each header says what follows, and the registry knows who reads it.
"""

from __future__ import annotations

from dataclasses import field

from netanatomy.errors import ParseError
from netanatomy.layers.anatomy import Anatomy, HeaderAnatomy
from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.layers.protocol import Carrier, Next, Protocol, registry
from netanatomy.schema.frozen import changeable

MAXIMUM_DEPTH = 16
"""Tunnels in tunnels: bounds the work that a frame of nothing but encapsulation can ask for."""

MAXIMUM_HEADERS = 64
"""Headers of a frame: bounds chains of tags, labels and extension headers that do not end."""


@changeable
class _Walk:
    """Where a walk stands. `buffer` is the frame, or the datagram once a fragment led into it."""

    buffer: bytes
    position: int
    end: int
    headers: list[HeaderAnatomy] = field(default_factory=list)
    depth: int = 0
    quoted: bool = False
    in_datagram: bool = False
    pseudo_header: PseudoHeader | None = None
    fault: ParseError | None = None


def dissect(octets: bytes, link_type: int, datagram: bytes | None = None) -> Anatomy:
    """Take a frame apart, whatever its octets are.

    Args:
        octets: the frame.
        link_type: its LINKTYPE_ number.
        datagram: the payload that was put together from fragments, if this frame is one of them:
            the walk goes on inside it.

    >>> frame = bytes.fromhex("ffffffffffff 020000000001 0800") + b"E"
    >>> anatomy = dissect(frame, 1)
    >>> anatomy.protocols, anatomy.stop.layer, anatomy.stop.offset
    ('ethernet:ipv4', 'ipv4', 15)
    """
    walk = _Walk(octets, 0, len(octets))
    protocol = registry().carried(Carrier.LINK_TYPE, link_type)
    if protocol is None:
        return _anatomy(octets, link_type, walk, f"No header of link type {link_type} is known here.")
    while True:
        try:
            step = _read_header(walk, protocol)
        except ParseError as error:
            return _anatomy(octets, link_type, walk, _told(error, walk), error)
        following, ending = _follow(walk, protocol, step, datagram)
        if following is None:
            return _anatomy(octets, link_type, walk, ending, walk.fault)
        protocol = following


def _read_header(walk: _Walk, protocol: Protocol) -> Next | None:
    """Read one header; what was read of it before an error is kept."""
    preceding = tuple(
        header.protocol for header in walk.headers if header.depth == walk.depth and not header.quoted
    )
    reader = HeaderReader(walk.buffer, walk.position, walk.end, protocol.name, walk.pseudo_header, preceding)
    step: Next | None = None
    try:
        step = protocol.parse(reader)
    finally:
        last = max(((taken.bit_offset + taken.bit_length + 7) // 8 for taken in reader.fields), default=0)
        stop = min(walk.end, max(walk.position, reader.position, last))
        walk.headers.append(
            HeaderAnatomy(
                protocol=protocol.name,
                title=protocol.title,
                layer=protocol.layer,
                reference=protocol.reference,
                start=walk.position,
                end=stop,
                fields=tuple(reader.fields),
                depth=walk.depth,
                tunnel=step.tunnel if step else "",
                quoted=walk.quoted,
                in_datagram=walk.in_datagram,
                listed=protocol.listed,
            )
        )
        walk.position = stop
    return step


def _follow(
    walk: _Walk, protocol: Protocol, step: Next | None, datagram: bytes | None
) -> tuple[Protocol | None, str]:
    """The protocol of the next header; or None and the reason why the walk ends here."""
    if step is None:
        return None, f"{protocol.title} is the last header; what follows is its payload."
    if step.end is not None:
        walk.end = max(walk.position, min(walk.end, step.end))
    walk.fault = walk.fault or step.fault
    if step.pseudo_header is not None:
        walk.pseudo_header = step.pseudo_header
    if step.fragment:
        if datagram is None or walk.in_datagram:
            return None, "A fragment: what follows is a piece of a datagram, and has no header of its own."
        walk.buffer, walk.position, walk.end, walk.in_datagram = datagram, 0, len(datagram), True
    if walk.quoted and (step.quoted or step.tunnel):
        return None, "A quotation inside a quotation is not opened."
    following = registry().follow(step)
    if following is None:
        return None, _unknown(step)
    fits = following.fits if step.carrier is Carrier.UDP_PORT else None
    if fits is not None and not fits(walk.buffer[walk.position : walk.end]):
        return None, f"The port is one of {following.title}, but what follows cannot be that."
    if step.tunnel:
        walk.depth += 1
        if walk.depth >= MAXIMUM_DEPTH:
            return None, f"More than {MAXIMUM_DEPTH} packets inside one another are not opened."
    if len(walk.headers) >= MAXIMUM_HEADERS:
        return None, f"More than {MAXIMUM_HEADERS} headers are not read."
    walk.quoted = walk.quoted or step.quoted
    return following, ""


def _unknown(step: Next) -> str:
    if step.carrier is Carrier.NAMED:
        return f"What follows is {step.name}, which is not read here."
    return f"What follows is {step.carrier.value} {step.number} (0x{step.number:x}), which is not read here."


def _told(error: ParseError, walk: _Walk) -> str:
    where = "in the quoted packet, which may be cut short" if walk.quoted else "in the frame"
    return f"The walk stopped {where}: {error}."


def _anatomy(
    octets: bytes,
    link_type: int,
    walk: _Walk,
    ending: str,
    stop: ParseError | None = None,
) -> Anatomy:
    return Anatomy(
        octets=octets,
        link_type=link_type,
        headers=tuple(walk.headers),
        payload_start=walk.position,
        payload_end=walk.end,
        ending=ending,
        stop=stop,
        datagram=walk.buffer if walk.in_datagram else None,
    )
