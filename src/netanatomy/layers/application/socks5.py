"""SOCKS5: RFC 1928, with user and password by RFC 1929."""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

from netanatomy.errors import MalformedError
from netanatomy.layers.application.socks_fields import MAXIMUM_NAME, Destination, Host, Incomplete, Parsed
from netanatomy.schema.frozen import frozen

LAYER = "socks5"
VERSION = 5  # RFC 1928 section 3
PASSWORD_VERSION = 1  # RFC 1929 section 2: the version of the subnegotiation
RESERVED = 0  # RFC 1928 section 4
MAXIMUM_PASSWORD = 255  # octets, RFC 1929 section 2: one octet tells the length; of a user the same
DATAGRAM_HEAD = 4  # octets, RFC 1928 section 7: RSV RSV FRAG ATYP


class Method(IntEnum):
    """How a client proves who it is (RFC 1928 section 3)."""

    NONE = 0x00
    GSSAPI = 0x01
    PASSWORD = 0x02
    NO_ACCEPTABLE = 0xFF


class AddressType(IntEnum):
    """ATYP (RFC 1928 section 5)."""

    IPV4 = 1
    NAME = 3
    IPV6 = 4


class Code(IntEnum):
    """REP (RFC 1928 section 6)."""

    SUCCEEDED = 0
    GENERAL_FAILURE = 1
    NOT_ALLOWED = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TTL_EXPIRED = 6
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_TYPE_NOT_SUPPORTED = 8


UNBOUND = Destination(IPv4Address(0), 0)
ADDRESS_LENGTHS = {AddressType.IPV4: 4, AddressType.IPV6: 16}


@frozen
class Greeting:
    """The client's first message: the methods that it can."""

    methods: tuple[int, ...]

    def octets(self) -> bytes:
        """As it is sent."""
        return bytes((VERSION, len(self.methods), *self.methods))


@frozen
class MethodChoice:
    """The method that the proxy wants, a `Method` if it is a known one."""

    method: int

    def octets(self) -> bytes:
        """As it is sent."""
        return bytes((VERSION, self.method))


@frozen
class PasswordRequest:
    """User and password, in cleartext."""

    user: bytes
    password: bytes

    def octets(self) -> bytes:
        """As it is sent.

        Raises:
            MalformedError: one of both is empty or too long.
        """
        if not (0 < len(self.user) <= MAXIMUM_PASSWORD and 0 < len(self.password) <= MAXIMUM_PASSWORD):
            raise MalformedError(f"user and password have 1 to {MAXIMUM_PASSWORD} octets", LAYER, 1)
        user = bytes((PASSWORD_VERSION, len(self.user))) + self.user
        return user + bytes((len(self.password),)) + self.password

    def __repr__(self) -> str:
        # A password does not belong into a log or a traceback.
        return f"PasswordRequest(user={self.user!r})"


@frozen
class PasswordStatus:
    """Whether the password was right: 0 is success (RFC 1929 section 2)."""

    status: int

    def octets(self) -> bytes:
        """As it is sent."""
        return bytes((PASSWORD_VERSION, self.status))


@frozen
class Request:
    """What the client asks for.

    Attributes:
        command: CMD, a `Command` if it is a known one.
        destination: None where the type of the address is unknown: then nobody knows where it ends.
        address_type: ATYP, an `AddressType` if it is a known one.
    """

    command: int
    destination: Destination | None
    address_type: int

    def octets(self) -> bytes:
        """As it is sent."""
        head = bytes((VERSION, self.command, RESERVED))
        if self.destination is None:
            return head + bytes((self.address_type,))
        return head + destination_octets(self.destination)


@frozen
class Reply:
    """What the proxy answers; of BIND it answers twice.

    Attributes:
        code: REP, a `Code` if it is a known one.
        bound: the proxy's own address and port for this; with the second reply to BIND, who connected.
    """

    code: int
    bound: Destination = UNBOUND

    @property
    def succeeded(self) -> bool:
        """The request was granted."""
        return self.code == Code.SUCCEEDED

    def octets(self) -> bytes:
        """As it is sent."""
        return bytes((VERSION, self.code, RESERVED)) + destination_octets(self.bound)


@frozen
class Datagram:
    """What a UDP datagram between client and proxy holds (RFC 1928 section 7).

    Attributes:
        fragment: FRAG; 0 stands alone.
        destination: where it is to go; from the proxy, where it came from.
        payload: the datagram itself.
    """

    fragment: int
    destination: Destination
    payload: bytes

    def octets(self) -> bytes:
        """As it is sent."""
        return bytes((0, 0, self.fragment)) + destination_octets(self.destination) + self.payload


def request(command: int, destination: Destination) -> Request:
    """A request whose address type fits its destination."""
    return Request(command, destination, address_type(destination.host))


def address_type(host: Host) -> AddressType:
    """The type of an address."""
    match host:
        case IPv4Address():
            return AddressType.IPV4
        case IPv6Address():
            return AddressType.IPV6
        case _:
            return AddressType.NAME


def destination_octets(destination: Destination) -> bytes:
    """ATYP, address and port (RFC 1928 section 5).

    Raises:
        MalformedError: a name is too long.
    """
    host = destination.host
    kind = address_type(host)
    if isinstance(host, bytes):
        if len(host) > MAXIMUM_NAME:
            raise MalformedError(f"a name has at most {MAXIMUM_NAME} octets", LAYER, 4)
        address = bytes((len(host),)) + host
    else:
        address = host.packed
    return bytes((kind,)) + address + struct.pack("!H", destination.port)


def parse_greeting(octets: bytes | bytearray) -> Parsed[Greeting] | Incomplete:
    r"""The client's first message.

    Raises:
        MalformedError: the octets contradict the protocol.

    >>> parse_greeting(b"\x05\x02\x00")
    Incomplete(missing=1)
    """
    if (short := _head(octets, VERSION, 2)) is not None:
        return short
    end = 2 + octets[1]
    if octets[1] == 0:
        # RFC 1928 section 3: NMETHODS is 1 to 255.
        raise MalformedError("no method is offered", LAYER, 1)
    return _whole(octets, end) or Parsed(Greeting(tuple(octets[2:end])), end)


def parse_method_choice(octets: bytes | bytearray) -> Parsed[MethodChoice] | Incomplete:
    """The method that the proxy wants.

    Raises:
        MalformedError: the octets contradict the protocol.
    """
    return _head(octets, VERSION, 2) or Parsed(MethodChoice(octets[1]), 2)


def parse_password_request(octets: bytes | bytearray) -> Parsed[PasswordRequest] | Incomplete:
    """User and password.

    Raises:
        MalformedError: the octets contradict the protocol.
    """
    # The shortest one: version, length, an empty user, length, an empty password.
    if (short := _head(octets, PASSWORD_VERSION, 3)) is not None:
        return short
    user_end = 2 + octets[1]
    if (short := _whole(octets, user_end + 1)) is not None:
        return short
    end = user_end + 1 + octets[user_end]
    return _whole(octets, end) or Parsed(
        PasswordRequest(bytes(octets[2:user_end]), bytes(octets[user_end + 1 : end])), end
    )


def parse_password_status(octets: bytes | bytearray) -> Parsed[PasswordStatus] | Incomplete:
    """Whether the password was right.

    Raises:
        MalformedError: the octets contradict the protocol.
    """
    return _head(octets, PASSWORD_VERSION, 2) or Parsed(PasswordStatus(octets[1]), 2)


def parse_request(octets: bytes | bytearray) -> Parsed[Request] | Incomplete:
    r"""What the client asks for; an unknown type of address is data, with nothing after it.

    Raises:
        MalformedError: the octets contradict the protocol.

    >>> parse_request(b"\x05\x01\x00\x03\x06a.test\x00\x50").message.destination
    Destination(host=b'a.test', port=80)
    >>> parse_request(b"\x05\x01\x00\x09").message
    Request(command=1, destination=None, address_type=9)
    """
    if (short := _head(octets, VERSION, 4)) is not None:
        return short
    if octets[3] not in tuple(AddressType):
        return Parsed(Request(octets[1], None, octets[3]), 4)
    found = _destination(octets, 3)
    if isinstance(found, Incomplete):
        return found
    return Parsed(Request(octets[1], found.message, octets[3]), found.length)


def parse_reply(octets: bytes | bytearray) -> Parsed[Reply] | Incomplete:
    """What the proxy answers.

    Raises:
        MalformedError: the octets contradict the protocol, or the type of the address is unknown.
    """
    if (short := _head(octets, VERSION, 4)) is not None:
        return short
    found = _destination(octets, 3)
    if isinstance(found, Incomplete):
        return found
    return Parsed(Reply(octets[1], found.message), found.length)


def parse_datagram(octets: bytes) -> Datagram:
    r"""A datagram between client and proxy: it is whole, or broken.

    Raises:
        MalformedError: it is cut short, or the type of its address is unknown.

    >>> parse_datagram(b"\0\0\0\x01\xc0\x00\x02\x01\x00\x35hello").payload
    b'hello'
    """
    if len(octets) < DATAGRAM_HEAD:
        raise MalformedError(f"a datagram of {len(octets)} octets has no header", LAYER, 0)
    found = _destination(octets, 3)
    if isinstance(found, Incomplete):
        raise MalformedError("a datagram ends in its header", LAYER, len(octets))
    return Datagram(octets[2], found.message, bytes(octets[found.length :]))


def _head(octets: bytes | bytearray, version: int, length: int) -> Incomplete | None:
    """None where the version is right and the fixed part is whole."""
    if octets and octets[0] != version:
        raise MalformedError(f"the version is {octets[0]}, not {version}", LAYER, 0)
    return _whole(octets, length)


def _whole(octets: bytes | bytearray, length: int) -> Incomplete | None:
    return Incomplete(length - len(octets)) if len(octets) < length else None


def _destination(octets: bytes | bytearray, at: int) -> Parsed[Destination] | Incomplete:
    """ATYP, address and port; the length counts from the beginning of the message."""
    kind = octets[at]
    start = at + 1
    if kind == AddressType.NAME:
        if (short := _whole(octets, start + 1)) is not None:
            # Even of an empty name the port follows.
            return Incomplete(short.missing + 2)
        start += 1
        end = start + octets[at + 1]
    elif kind in (AddressType.IPV4, AddressType.IPV6):
        end = start + ADDRESS_LENGTHS[AddressType(kind)]
    else:
        raise MalformedError(f"the address type {kind} is unknown", LAYER, at)
    if (short := _whole(octets, end + 2)) is not None:
        return short
    address = bytes(octets[start:end])
    host: Host = address
    if kind == AddressType.IPV4:
        host = IPv4Address(address)
    elif kind == AddressType.IPV6:
        host = IPv6Address(address)
    return Parsed(Destination(host, int.from_bytes(octets[end : end + 2], "big")), end + 2)
