"""What SOCKS4 and SOCKS5 have in common: commands, destinations, and what comes of reading half a message."""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, TypeAlias, TypeVar

from netanatomy.schema.frozen import frozen

Host: TypeAlias = IPv4Address | IPv6Address | bytes
"""An address, or the octets of a name as they were sent."""

Message_co = TypeVar("Message_co", covariant=True)

MAXIMUM_NAME = 255  # octets, RFC 1928 section 5: one octet tells the length. SOCKS4a: the same, RFC 1035


class Command(IntEnum):
    """What a client asks for (RFC 1928 section 4; SOCKS4 knows the first two, by the same numbers)."""

    CONNECT = 1
    BIND = 2
    UDP_ASSOCIATE = 3


@frozen
class Destination:
    r"""Where to: an address or a name, and a port.

    >>> str(Destination(IPv6Address("2001:db8::1"), 443)), str(Destination(b"a\xff.example", 80))
    ('[2001:db8::1]:443', 'a\\xff.example:80')
    """

    host: Host
    port: int

    @property
    def host_text(self) -> str:
        r"""The host in ASCII: octets of a name that are no printable ASCII stand as `\xNN`."""
        if isinstance(self.host, bytes):
            return "".join(
                chr(octet) if 0x20 < octet < 0x7F and octet != 0x5C else f"\\x{octet:02x}"
                for octet in self.host
            )
        return str(self.host)

    def __str__(self) -> str:
        return f"[{self.host_text}]:{self.port}" if self.is_ipv6 else f"{self.host_text}:{self.port}"

    @property
    def is_ipv6(self) -> bool:
        """An IPv6 address, not a name that has one."""
        return isinstance(self.host, IPv6Address)


@frozen
class Incomplete:
    """More octets are needed: at least `missing`. The message is right as far as it goes."""

    missing: int


@frozen
class Parsed(Generic[Message_co]):
    """A message, and how many octets it had; what follows belongs to the next one."""

    message: Message_co
    length: int


def command_name(command: int) -> str:
    """The command in words; the number where there is none.

    >>> command_name(3), command_name(9)
    ('UDP_ASSOCIATE', '9')
    """
    return Command(command).name if command in tuple(Command) else str(command)
