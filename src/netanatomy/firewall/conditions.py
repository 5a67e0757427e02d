"""One condition of a rule as nftables has it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TypeAlias

from netanatomy.errors import UsageError
from netanatomy.firewall.fields import IPV6, Field, Kind
from netanatomy.schema.match import Match, Operator

Network: TypeAlias = IPv4Network | IPv6Network

Text: TypeAlias = str | None
"""The condition; empty where it always holds, None where it never does."""

MAC_HEXADECIMALS = 12

_TCP_FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr")  # RFC 9293 section 3.1, from bit 0


class NotWritableError(UsageError):
    """nftables has no words for this; the message says for what."""


def condition(match: Match, field: Field, version: int) -> Text:
    """One condition, for packets of IPv4 or IPv6, or on any Ethernet frame.

    Raises:
        NotWritableError: it makes no sense, or there are no words for it.

    >>> from netanatomy.firewall.fields import field_of
    >>> condition(Match("ip_ttl", Operator.AT_MOST, 5), field_of("ip_ttl", 6), 6)
    'ip6 hoplimit <= 5'
    """
    match field.kind:
        case Kind.NUMBER:
            return _flags(match) if match.column == "tcp_flags" else _number(match, field)
        case Kind.TRUTH:
            return _truth(match, field)
        case Kind.MAC:
            return _one_of(field.text, match, [_mac(text) for text in _texts(match)])
        case Kind.ADDRESS:
            return _address(match, field, version)


def texts_of_version(match: Match, version: int) -> tuple[str, ...]:
    """The addresses and networks of a condition that are of one version of IP.

    >>> texts_of_version(Match("ip_source", Operator.IN, ("10.0.0.1", "fd00::1")), IPV6)
    ('fd00::1',)
    """
    wide = 128 if version == IPV6 else 32
    return tuple(text for text in _texts(match) if _network(text).max_prefixlen == wide)


def _number(match: Match, field: Field) -> Text:
    values, most = _integers(match), (1 << field.bits) - 1
    scaled = [value - field.less for value in values]
    match match.operator:
        case Operator.AT_LEAST:
            bound = -(-scaled[0] // field.unit)
            return None if bound > most else f"{field.text} >= {max(0, bound)}"
        case Operator.AT_MOST:
            bound = scaled[0] // field.unit
            return None if bound < 0 else f"{field.text} <= {min(most, bound)}"
        case Operator.BITS:
            mask, bits = values
            if field.unit != 1 or field.less or not 0 <= mask <= most:
                raise NotWritableError(f"{match.column}: these bits cannot be looked at")
            return f"{field.text} & {mask:#x} == {bits:#x}" if bits & mask == bits else None
        case Operator.EQUAL | Operator.IN | Operator.NOT_EQUAL:
            possible = sorted(
                {
                    value // field.unit
                    for value in scaled
                    if 0 <= value // field.unit <= most and not value % field.unit
                }
            )
            return _one_of(field.text, match, [str(value) for value in possible])
        case _:
            raise NotWritableError(f"{match.column} is a number: not comparable by {match.operator.value}")


def _flags(match: Match) -> Text:
    """TCP flags by name. A packet filter sees eight of them; the ninth (AE) stands apart."""
    values = _integers(match)
    if any(not 0 <= value < 1 << len(_TCP_FLAGS) for value in values):
        raise NotWritableError("tcp_flags: a packet filter sees only the eight flags of octet 13")
    match match.operator:
        case Operator.BITS:
            mask, bits = values
            if bits & mask != bits:
                return None
            return f"tcp flags & ({_flag_names(mask)}) == {_flag_names(bits)}" if mask else "tcp flags >= 0"
        case Operator.EQUAL | Operator.IN | Operator.NOT_EQUAL:
            return _one_of("tcp flags", match, [f"{value:#04x}" for value in sorted(set(values))])
        case _:
            raise NotWritableError(f"tcp_flags: not comparable by {match.operator.value}")


def _flag_names(bits: int) -> str:
    return "|".join(name for place, name in enumerate(_TCP_FLAGS) if bits >> place & 1) or "0x0"


def _truth(match: Match, field: Field) -> Text:
    if match.operator not in (Operator.EQUAL, Operator.NOT_EQUAL) or isinstance(match.value, (str, tuple)):
        raise NotWritableError(f"{match.column} is a truth: not comparable by {match.operator.value}")
    wanted = bool(match.value) is (match.operator is Operator.EQUAL)
    return f"{field.text} {'!=' if wanted else '=='} 0"


def _address(match: Match, field: Field, version: int) -> Text:
    wide = 128 if version == IPV6 else 32
    every = [_network(text) for text in _texts(match)]
    networks = [network for network in every if network.max_prefixlen == wide]
    without = match.operator in (Operator.NOT_EQUAL, Operator.NOT_NETWORK)
    if match.operator in (Operator.EQUAL, Operator.IN, Operator.NOT_EQUAL):
        if any(network.prefixlen != wide for network in networks):
            raise NotWritableError(
                f"{match.column}: a network is compared by network, not by {match.operator.value}"
            )
    elif match.operator not in (Operator.NETWORK, Operator.NOT_NETWORK):
        raise NotWritableError(f"{match.column} is an address: not comparable by {match.operator.value}")
    if field.text.startswith("@") and any(network.prefixlen != wide for network in networks):
        raise NotWritableError(f"{match.column}: a packet filter has no networks of it")
    joined = _collapsed(networks)
    if any(not network.prefixlen for network in joined):
        return None if without else ""
    texts = [_text(network, field) for network in joined]
    if not texts:
        return "" if without else None
    return _set(field.text, texts, without)


def _text(network: Network, field: Field) -> str:
    if field.text.startswith("@"):
        return f"{int(network.network_address):#034x}"
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def _collapsed(networks: Sequence[Network]) -> list[Network]:
    """The same addresses without intervals that touch: a set takes none."""
    four = [network for network in networks if isinstance(network, IPv4Network)]
    six = [network for network in networks if isinstance(network, IPv6Network)]
    return [*collapse_addresses(four), *collapse_addresses(six)]


def _one_of(text: str, match: Match, values: Sequence[str]) -> Text:
    if match.operator not in (Operator.EQUAL, Operator.IN, Operator.NOT_EQUAL):
        raise NotWritableError(f"{match.column} is not comparable by {match.operator.value}")
    without = match.operator is Operator.NOT_EQUAL
    if not values:
        return "" if without else None
    return _set(text, list(dict.fromkeys(values)), without)


def _set(text: str, values: Sequence[str], without: bool) -> str:
    several = values[0] if len(values) == 1 else "{ " + ", ".join(values) + " }"
    if without:
        return f"{text} != {several}"
    # nftables reads a number behind an expression only with the sign.
    return f"{text} == {several}" if "&" in text or text == "tcp flags" else f"{text} {several}"


def _integers(match: Match) -> list[int]:
    values = match.value if isinstance(match.value, tuple) else (match.value,)
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) != len(values):
        raise NotWritableError(f"{match.column} is a number, not a text")
    many = match.operator in (Operator.IN, Operator.BITS)
    if (not many and len(numbers) != 1) or (match.operator is Operator.BITS and len(numbers) != 2):
        raise NotWritableError(f"{match.column}: {match.operator.value} with {len(numbers)} values")
    return numbers


def _texts(match: Match) -> list[str]:
    values = match.value if isinstance(match.value, tuple) else (match.value,)
    return [str(value) for value in values]


def _mac(text: str) -> str:
    """A MAC address anew from its octets, so that nothing else can stand in it."""
    digits = text.replace(":", "").replace("-", "")
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        octets = b""
    if len(octets) * 2 != MAC_HEXADECIMALS:
        raise NotWritableError(f"{text!r} is no MAC address")
    return octets.hex(":")


def _network(text: str) -> Network:
    """An address or a network anew from its octets; a v4-mapped address is IPv4, as in the tables."""
    if "%" in text:
        raise NotWritableError(f"{text!r}: a packet holds no scope of an address")
    try:
        network = ip_network(text, strict=False)
        if isinstance(network, IPv6Network) and network.prefixlen == 128:
            mapped = network.network_address.ipv4_mapped
            return ip_network(mapped) if mapped is not None else network
    except ValueError:
        raise NotWritableError(f"{text!r} is no address and no network") from None
    return network
