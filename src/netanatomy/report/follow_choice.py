"""Which connection somebody means: by uid, Community ID, a frame's number, or its two ends."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TypeAlias

from netanatomy.errors import UsageError
from netanatomy.report.follow_view import Conversation
from netanatomy.schema.frozen import frozen

MAXIMUM_TOLD = 5
"""Connections that are named where several are meant."""

FORMS = "a uid, a Community ID, a frame's number, or address:port-address:port"

_UID = re.compile(r"C[0-9A-Za-z]{17}")
_COMMUNITY_ID = re.compile(r"1:[0-9A-Za-z+/]{27}=")
_FRAME = re.compile(r"(?:frame:)?([0-9]{1,18})")
_BRACKETS = re.compile(r"\[([^\]]*)\](?::([0-9]{1,5}))?")


@frozen
class Named:
    """A connection by its uid, or some by their Community ID: a column, and its value."""

    column: str
    value: str

    @property
    def filter(self) -> str:
        """A filter of the connection table that keeps no other."""
        return f"{self.column} = '{self.value}'"


@frozen
class InFrame:
    """The connection to which a frame belongs."""

    number: int

    @property
    def filter(self) -> str:
        """A filter of the connection table: those that may have the frame."""
        return f"first_frame <= {self.number} AND last_frame >= {self.number}"


@frozen
class Ends:
    """Connections between two ends, whichever began; a port that is None may be any."""

    one: tuple[str, int | None]
    other: tuple[str, int | None]

    @property
    def filter(self) -> str:
        """A filter of the connection table that keeps no other."""
        ways = ((self.one, self.other), (self.other, self.one))
        return " OR ".join(f"({_end('orig', a)} AND {_end('resp', b)})" for a, b in ways)


Wanted: TypeAlias = Named | InFrame | Ends


@frozen
class PacketOfFrame:
    """What of a packet tells its connection; a frame with tunnels has several, depth 0 outermost."""

    depth: int
    source: str
    source_port: int | None
    destination: str
    destination_port: int | None
    ip_protocol: int

    def belongs_to(self, conversation: Conversation) -> bool:
        """Whether it can be of this conversation."""
        if self.ip_protocol != conversation.ip_proto:
            return False
        ends = (self.source, self.source_port), (self.destination, self.destination_port)
        known = (conversation.orig_h, conversation.orig_p), (conversation.resp_h, conversation.resp_p)
        if self.source_port is None:  # what stands for ports in the connection table are ICMP types
            return {self.source, self.destination} == {known[0][0], known[1][0]}
        return known in (ends, ends[::-1])


def wanted(text: str) -> Wanted:
    """What the text means.

    Raises:
        UsageError: it means nothing.

    >>> wanted("frame:17"), wanted("CHhAvVGS1DHFjwGM91")
    (InFrame(number=17), Named(column='uid', value='CHhAvVGS1DHFjwGM91'))
    >>> wanted("10.0.0.1:80-[2001:db8::0:1]:443")
    Ends(one=('10.0.0.1', 80), other=('2001:db8::1', 443))
    """
    if _UID.fullmatch(text):
        return Named("uid", text)
    if _COMMUNITY_ID.fullmatch(text):
        return Named("community_id", text)
    if found := _FRAME.fullmatch(text):
        return InFrame(int(found[1]))
    one, dash, other = text.partition("-")
    ends = (_read_end(one), _read_end(other)) if dash else (None, None)
    if ends[0] is None or ends[1] is None:
        raise UsageError(f"{text!r} names no connection: give {FORMS}")
    return Ends(ends[0], ends[1])


def the_one(text: str, found: list[Conversation]) -> Conversation:
    """The conversation that is meant.

    Raises:
        UsageError: there is none, or more than one.
    """
    if not found:
        raise UsageError(f"there is no connection {text!r} in the capture")
    if len(found) > 1:
        told = ", ".join(
            f"{each.uid} (frames {each.first_frame} to {each.last_frame})" for each in found[:MAXIMUM_TOLD]
        )
        more = ", …" if len(found) > MAXIMUM_TOLD else ""
        raise UsageError(f"{text!r} means {len(found)} connections, name one: {told}{more}")
    return found[0]


def of_frame(number: int, packets: list[PacketOfFrame], found: list[Conversation]) -> list[Conversation]:
    """Those conversations to which the frame belongs: of the innermost packet that has one.

    Raises:
        UsageError: the capture has no such frame, or none with IP in it.
    """
    if not packets:
        raise UsageError(f"there is no frame {number} with an IP packet in the capture")
    for packet in sorted(packets, key=lambda each: -each.depth):
        its = [each for each in found if packet.belongs_to(each)]
        if its:
            return its
    return []


def _read_end(text: str) -> tuple[str, int | None] | None:
    """An address with or without a port; an IPv6 address with one stands in brackets (RFC 3986)."""
    if found := _BRACKETS.fullmatch(text):
        address, port = found[1], found[2]
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    else:
        address, port = text, None
    if port is not None and not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        return None
    try:
        written = str(ip_address(address))
    except ValueError:
        return None
    return written, None if port is None else int(port)


def _end(side: str, end: tuple[str, int | None]) -> str:
    address, port = end
    condition = f"\"id.{side}_h\" = '{address}'"
    return condition if port is None else f'{condition} AND "id.{side}_p" = {port}'
