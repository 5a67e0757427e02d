"""SOCKS4 and SOCKS4a: one request, one reply, no password.

Y.-D. Lee, "SOCKS: A protocol for TCP proxy across firewalls" (the SOCKS4 memo, about 1992), and his
"SOCKS 4A: A Simple Extension to SOCKS 4 Protocol" (the SOCKS4a memo).
"""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address

from netanatomy.errors import MalformedError
from netanatomy.layers.application.socks_fields import MAXIMUM_NAME, Destination, Incomplete, Parsed
from netanatomy.schema.frozen import frozen

LAYER = "socks4"
VERSION = 4  # SOCKS4 memo: VN of a request
REPLY_VERSION = 0  # SOCKS4 memo: "VN is the version of the reply code and should be 0"
REQUEST_LENGTH = 8  # octets before the user
REPLY_LENGTH = 8  # octets
UNBOUND = Destination(IPv4Address(0), 0)
MAXIMUM_USER = 255
"""Octets of a user. The memo sets no limit, so a user without end would fill the memory."""


class Code(IntEnum):
    """CD of a reply (SOCKS4 memo)."""

    GRANTED = 0x5A
    REJECTED = 0x5B
    NO_IDENTD = 0x5C
    IDENTD_DISAGREES = 0x5D


@frozen
class Request:
    """What the client asks for.

    Attributes:
        command: CD, a `Command` if it is a known one.
        destination: with SOCKS4a possibly a name; else an IPv4 address.
        user: USERID: whoever the client says it is.
    """

    command: int
    destination: Destination
    user: bytes = b""

    @property
    def is_socks4a(self) -> bool:
        """The proxy is to resolve a name."""
        return isinstance(self.destination.host, bytes)

    def octets(self) -> bytes:
        r"""As it is sent.

        >>> Request(1, Destination(b"a.test", 80), b"anna").octets()
        b'\x04\x01\x00P\x00\x00\x00\x01anna\x00a.test\x00'
        """
        host = self.destination.host
        if not isinstance(host, bytes | IPv4Address):
            raise MalformedError("IPv6 addresses do not fit into a request", LAYER, 4)
        if b"\0" in self.user or len(self.user) > MAXIMUM_USER:
            raise MalformedError("a user holds an octet 0 or is too long", LAYER, REQUEST_LENGTH)
        name = b""
        address = host.packed if isinstance(host, IPv4Address) else b"\0\0\0\x01"
        if isinstance(host, bytes):
            if not host or b"\0" in host or len(host) > MAXIMUM_NAME:
                raise MalformedError("a name is empty, holds an octet 0 or is too long", LAYER, 4)
            name = host + b"\0"
        head = struct.pack("!BBH", VERSION, self.command, self.destination.port)
        return head + address + self.user + b"\0" + name


@frozen
class Reply:
    """What the proxy answers; of BIND it answers twice.

    Attributes:
        code: CD, a `Code` if it is a known one.
        bound: with BIND, where the proxy listens, then who has connected; else without meaning.
    """

    code: int
    bound: Destination = UNBOUND

    @property
    def succeeded(self) -> bool:
        """The request was granted."""
        return self.code == Code.GRANTED

    def octets(self) -> bytes:
        r"""As it is sent; an IPv6 address has no place in it and stands as 0.0.0.0.

        >>> Reply(Code.GRANTED).octets()
        b'\x00Z\x00\x00\x00\x00\x00\x00'
        """
        host = self.bound.host
        address = host.packed if isinstance(host, IPv4Address) else bytes(4)
        return struct.pack("!BBH", REPLY_VERSION, self.code, self.bound.port) + address


def parse_request(octets: bytes | bytearray) -> Parsed[Request] | Incomplete:
    r"""The request at the beginning of what a client says.

    Raises:
        MalformedError: the octets contradict the protocol.

    >>> parse_request(b"\x04\x01\x00\x50\xc0\x00\x02\x01anna")
    Incomplete(missing=1)
    >>> parse_request(b"\x04\x01\x00\x50\0\0\0\x01\0a.test\0 and more").message.destination
    Destination(host=b'a.test', port=80)
    """
    if octets and octets[0] != VERSION:
        raise MalformedError(f"the version is {octets[0]}, not {VERSION}", LAYER, 0)
    if len(octets) < REQUEST_LENGTH:
        return Incomplete(REQUEST_LENGTH + 1 - len(octets))
    command, port = struct.unpack_from("!BH", octets, 1)
    address = bytes(octets[4:8])
    user = _text(octets, REQUEST_LENGTH, MAXIMUM_USER, "the user")
    if isinstance(user, Incomplete):
        return user
    # SOCKS4a memo: 0.0.0.x, x not 0, says that a name follows.
    if address[:3] != bytes(3) or address[3] == 0:
        destination = Destination(IPv4Address(address), port)
        return Parsed(Request(command, destination, user.message), user.length)
    name = _text(octets, user.length, MAXIMUM_NAME, "the name")
    if isinstance(name, Incomplete):
        return name
    if not name.message:
        raise MalformedError("the name is empty", LAYER, user.length)
    return Parsed(Request(command, Destination(name.message, port), user.message), name.length)


def parse_reply(octets: bytes | bytearray) -> Parsed[Reply] | Incomplete:
    """The reply at the beginning of what a proxy says.

    Raises:
        MalformedError: the octets contradict the protocol.
    """
    if octets and octets[0] != REPLY_VERSION:
        raise MalformedError(f"the version of the reply is {octets[0]}, not {REPLY_VERSION}", LAYER, 0)
    if len(octets) < REPLY_LENGTH:
        return Incomplete(REPLY_LENGTH - len(octets))
    code, port = struct.unpack_from("!BH", octets, 1)
    return Parsed(Reply(code, Destination(IPv4Address(bytes(octets[4:8])), port)), REPLY_LENGTH)


def _text(octets: bytes | bytearray, start: int, most: int, what: str) -> Parsed[bytes] | Incomplete:
    """Octets up to a zero; the length counts from the beginning of the message."""
    end = octets.find(0, start, start + most + 1)
    if end < 0:
        if len(octets) > start + most:
            raise MalformedError(f"{what} has more than {most} octets", LAYER, start)
        return Incomplete(1)
    return Parsed(bytes(octets[start:end]), end + 1)
