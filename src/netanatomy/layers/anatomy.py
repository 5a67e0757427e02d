"""What a frame is made of, header by header: the record that a slow walk leaves behind."""

from __future__ import annotations

from netanatomy.errors import ParseError
from netanatomy.layers.header import Field
from netanatomy.layers.protocol import Layer
from netanatomy.schema.frozen import frozen


@frozen
class HeaderAnatomy:
    """One header of a frame.

    Attributes:
        protocol: its short name, for example `ipv4`.
        title: its full name.
        layer: the floor that it lives on.
        reference: the document that defines it.
        start: its first octet in the buffer.
        end: the octet behind its last.
        fields: what was read of it, in the order of the octets.
        depth: 0 outside of every tunnel, 1 in the first, and so on.
        tunnel: the tunnel that begins behind this header, or empty.
        quoted: True where the header is only quoted by an ICMP error.
        in_datagram: True where `start` and `end` count in the reassembled datagram, not in the frame.
        listed: False where the header extends the one before it and has no name in `protocols`.
    """

    protocol: str
    title: str
    layer: Layer
    reference: str
    start: int
    end: int
    fields: tuple[Field, ...]
    depth: int = 0
    tunnel: str = ""
    quoted: bool = False
    in_datagram: bool = False
    listed: bool = True


@frozen
class Anatomy:
    """A frame taken apart.

    Attributes:
        octets: the frame.
        link_type: LINKTYPE_ number that the walk began with.
        headers: from the outermost inwards.
        payload_start: first octet behind the last header (in the datagram, if that header lies there).
        payload_end: where the payload ends by the word of the headers; what follows is a trailer.
        ending: why the walk ended where it did, in one sentence.
        stop: the error that ended it, or else the first that it could pass by; None where all is well.
        datagram: the reassembled datagram, where one was given and entered.
    """

    octets: bytes
    link_type: int
    headers: tuple[HeaderAnatomy, ...]
    payload_start: int
    payload_end: int
    ending: str
    stop: ParseError | None = None
    datagram: bytes | None = None

    @property
    def protocols(self) -> str:
        """The names of all headers that are carried, not quoted, joined by colons."""
        return ":".join(header.protocol for header in self.headers if header.listed and not header.quoted)

    @property
    def payload(self) -> bytes:
        """The octets behind the last header."""
        in_datagram = bool(self.headers) and self.headers[-1].in_datagram
        buffer = self.datagram if in_datagram and self.datagram is not None else self.octets
        return buffer[self.payload_start : self.payload_end]
