"""A rule as lines of nftables, and the same lines as conditions on the packet table.

Both come from one place, so that what is measured is what is written. A rule needs one line for each
version of IP that it may take hold of; a rule on frames of no IP needs one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netanatomy.firewall.conditions import NotWritableError, condition, texts_of_version
from netanatomy.firewall.fields import (
    ARP_COLUMNS,
    ICMP,
    ICMPV6,
    IGMP,
    INTERNET_COLUMNS,
    IPV4,
    IPV6,
    LINK_COLUMNS,
    LINK_ONLY,
    SCTP,
    TCP,
    TRANSPORT_COLUMNS,
    UDP,
    Field,
    Kind,
    field_of,
    known,
)
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector
from netanatomy.schema.rules import Action, Per, Rule

ETHERTYPES = {IPV4: 0x0800, IPV6: 0x86DD}  # IEEE 802 numbers (IANA)
ARP_ETHERTYPE = 0x0806
VLAN_ETHERTYPE = 0x8100  # IEEE 802.1Q; what nftables calls vlan
_PROTOCOL_NAMES = {ICMP: "icmp", IGMP: "igmp", TCP: "tcp", UDP: "udp", ICMPV6: "ipv6-icmp", SCTP: "sctp"}
_PORT_WORDS = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}
_LAYER_NAMES = {IPV4: "ip", IPV6: "ip6", LINK_ONLY: "ether"}
MAXIMUM_RATE = 10**9
"""Packets a second: nftables counts in whole ns a packet."""


@frozen
class Line:
    """What one line takes hold of.

    Attributes:
        version: 4 or 6; 0 where it holds for both, or for frames of no IP.
        text: the conditions as nftables has them.
        selectors: the same on the packet table's outermost rows: any of them.
    """

    version: int
    text: str
    selectors: tuple[Selector, ...]


@frozen
class Written:
    """A rule in lines.

    Attributes:
        rule: the rule.
        whole_frames: whether it needs a chain that sees frames, not only IP packets.
        transport: whether it looks into transport headers: only the first fragment of a datagram has one.
        lines: a packet is taken hold of where one of them holds; none where it cannot be written.
        why_not: why there are none.
    """

    rule: Rule
    whole_frames: bool
    transport: bool
    lines: tuple[Line, ...]
    why_not: str = ""


@frozen
class _Words:
    """A line before the version is said in it."""

    version: int
    texts: tuple[str, ...]
    selector: Selector


def written(rule: Rule) -> Written:
    """A rule in lines, or why a packet filter cannot have it.

    >>> from netanatomy.schema.match import where
    >>> [line.text for line in written(Rule(where(ip_protocol=17, destination_port=53))).lines]
    ['meta l4proto udp udp dport 53']
    >>> [line.text for line in written(Rule(where(icmp_type=5))).lines]
    ['meta l4proto icmp icmp type 5', 'meta l4proto ipv6-icmp icmpv6 type 5']
    >>> [line.text for line in written(Rule((Match("ip_source", Operator.NOT_EQUAL, "10.0.0.1"),))).lines]
    ['ip saddr != 10.0.0.1']
    >>> written(Rule(where(payload_length=3))).why_not
    'a packet filter does not see payload_length'
    """
    columns = {match.column for match in rule.matches}
    whole_frames = bool(columns & LINK_COLUMNS)
    transport = bool(columns & TRANSPORT_COLUMNS)
    try:
        _checked(rule, columns)
        found = [_line(rule.matches, version, whole_frames) for version in _versions(columns)]
    except NotWritableError as error:
        return Written(rule, whole_frames, transport, (), str(error))
    possible = [words for words in found if words is not None]
    lines = _joined(possible, rule.action is Action.LIMIT and rule.per is not Per.ALL, whole_frames)
    return Written(
        rule, whole_frames, transport, lines, "" if lines else "no packet can fulfil its conditions"
    )


def _checked(rule: Rule, columns: set[str]) -> None:
    if not rule.matches:
        raise NotWritableError("it would take hold of every packet")
    for column in sorted(columns):
        if not known(column):
            raise NotWritableError(f"a packet filter does not see {column}")
    if columns & ARP_COLUMNS and columns & INTERNET_COLUMNS:
        raise NotWritableError("no packet is both ARP and IP")
    if rule.action is Action.LIMIT and not 0 < rule.rate <= MAXIMUM_RATE:
        raise NotWritableError(f"a limit of {rule.rate} packets a second is none")


def _versions(columns: set[str]) -> tuple[int, ...]:
    return (IPV4, IPV6) if columns & INTERNET_COLUMNS else (LINK_ONLY,)


def _line(matches: Sequence[Match], version: int, whole_frames: bool) -> _Words | None:
    """The line for packets of one version; None where none of them can fulfil the conditions."""
    texts: list[str] = []
    implied: list[Match] = []
    protocols = _protocols(matches, version)
    if version != LINK_ONLY:
        implied.append(Match("ip_version", Operator.EQUAL, version))
        if whole_frames:
            implied.append(Match("eth_type", Operator.EQUAL, ETHERTYPES[version]))
    elif any(match.column in ARP_COLUMNS for match in matches):
        implied.append(Match("eth_type", Operator.EQUAL, ARP_ETHERTYPE))
    if any(match.column.startswith("vlan_") for match in matches):
        implied.append(Match("vlan_tpid", Operator.EQUAL, VLAN_ETHERTYPE))
    if protocols is not None:
        if not protocols:
            return None
        implied.append(Match("ip_protocol", Operator.IN, protocols))
        names = [_PROTOCOL_NAMES.get(number, str(number)) for number in protocols]
        texts.append(
            f"meta l4proto {names[0]}" if len(names) == 1 else f"meta l4proto {{ {', '.join(names)} }}"
        )
    for match in matches:
        if match.column == "ip_version":
            if not _of_version(match, version):
                return None
            continue
        if match.column == "ip_protocol" and match.operator in (Operator.EQUAL, Operator.IN):
            continue  # said already
        field = field_of(match.column, version)
        if field is None:
            return None
        text = condition(match, _named_for(field, protocols), version)
        if text is None or _speaks_of_others(match, field, version):
            return None
        texts += [need for need in field.needs if need not in texts]
        implied += field.implies
        if text:
            texts.append(text)
        implied += _seen(match, field, version)
    return _Words(version, tuple(texts), Selector(tuple(implied)))


def _joined(found: Sequence[_Words], apart: bool, whole_frames: bool) -> tuple[Line, ...]:
    """Lines; one where IPv4 and IPv6 have the same words and need no buckets of their own."""
    both = [words.selector for words in found]
    said_ip = any(words.texts[:1] and words.texts[0].startswith("meta l4proto") for words in found)
    if len(found) == 2 and found[0].texts == found[1].texts and said_ip and not apart:
        return (Line(LINK_ONLY, " ".join(found[0].texts), tuple(both)),)
    return tuple(
        Line(words.version, " ".join(_with_version(words, whole_frames)), (words.selector,))
        for words in found
    )


def _with_version(words: _Words, whole_frames: bool) -> tuple[str, ...]:
    """The protocol of the internet layer said.

    Among frames it is said first, by `meta protocol`, which looks behind a tag: left to itself, nft looks
    for it where Ethernet has it, and there is the tag. Where the tag is asked for, nft knows better.
    """
    name = _LAYER_NAMES[words.version]
    own = (f"{name} ", *(("icmp ",) if words.version == IPV4 else ("icmpv6 ", "frag ")))
    by_itself = any(text.startswith(own) for text in words.texts)
    tagged = any(text.startswith("vlan ") for text in words.texts)
    if words.version == LINK_ONLY:
        arp = any(text.startswith("arp ") for text in words.texts)
        return ("meta protocol arp", *words.texts) if arp and not tagged else words.texts
    if not whole_frames:
        return words.texts if by_itself else (f"meta nfproto ipv{words.version}", *words.texts)
    if tagged:
        return words.texts if by_itself else (*words.texts, f"vlan type {name}")
    return (f"meta protocol {name}", *words.texts)


def _of_version(match: Match, version: int) -> bool:
    if version == LINK_ONLY or not isinstance(match.value, (int, tuple)):
        raise NotWritableError("ip_version is compared with numbers")
    values = match.value if isinstance(match.value, tuple) else (match.value,)
    match match.operator:
        case Operator.EQUAL | Operator.IN:
            return version in values
        case Operator.NOT_EQUAL:
            return version not in values
        case _:
            raise NotWritableError(f"ip_version is not comparable by {match.operator.value}")


def _protocols(matches: Sequence[Match], version: int) -> tuple[int, ...] | None:
    """The transport protocols that the conditions leave; None where they say nothing of them."""
    left: set[int] | None = None
    for match in matches:
        field = field_of(match.column, version)
        several: set[int] = set(field.protocols) if field is not None else set()
        if match.column == "ip_protocol" and match.operator in (Operator.EQUAL, Operator.IN):
            values = match.value if isinstance(match.value, tuple) else (match.value,)
            several = {value for value in values if isinstance(value, int) and 0 <= value <= 255}
            left = several if left is None else left & several
        elif several:
            left = several if left is None else left & several
    return None if left is None else tuple(sorted(left))


def _named_for(field: Field, protocols: tuple[int, ...] | None) -> Field:
    """Ports under the name of their protocol, where it is one."""
    if protocols is None or len(protocols) != 1 or not field.text.startswith("th "):
        return field
    word = _PORT_WORDS.get(protocols[0], "th")
    return replace(field, text=f"{word} {field.text.removeprefix('th ')}")


def _speaks_of_others(match: Match, field: Field, version: int) -> bool:
    """Whether all addresses of a condition are of another version, also where it is `not` one of them.

    "Not 10.0.0.1" is said where IPv4 was seen; that all of IPv6 is not 10.0.0.1 either is no reason to
    drop it.
    """
    if field.kind is not Kind.ADDRESS or version == LINK_ONLY or not match.value:
        return False
    return not texts_of_version(match, version)


def _seen(match: Match, field: Field, version: int) -> tuple[Match, ...]:
    """The condition as a packet filter sees the column, in packets of one version.

    It never takes a v4-mapped address of IPv6 for one of IPv4, as the table does.
    """
    if field.kind is Kind.TRUTH and isinstance(match.value, int):
        return (replace(match, value=bool(match.value)),)
    if field.kind is Kind.ADDRESS and version != LINK_ONLY:
        mine = texts_of_version(match, version)
        if isinstance(match.value, str):
            return (match,) if mine else ()
        return (replace(match, value=mine),) if mine else ()
    return (match,)
