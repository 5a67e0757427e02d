"""The answer of `netanatomy address` as a document for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netanatomy.layers.internet.addresses import AddressClass, Network, address_text
from netanatomy.layers.internet.subnets import Division, Subnet
from netanatomy.layers.link.mac_notations import MacFacts
from netanatomy.report.address_answer import (
    AddressAnswer,
    Comparison,
    DatabaseAnswer,
    DatabaseValue,
    Embedded,
)
from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table

MAXIMUM_BLOCKS = 24
"""Special blocks of a network that are listed: ::/0 has more than a hundred."""

MAXIMUM_DATABASE_LINES = 64
"""Lines of one record that are shown."""

LANGUAGE = "en"
"""The language of names in a MaxMind database that is shown; `--json` has them all."""

NOTATION_NAMES = {
    "in_a_url": "in a URL",
    "v4_mapped_ipv6": "v4-mapped IPv6",
    "ieee_802": "IEEE 802",
    "cisco": "Cisco",
}
"""Names of notations that are not simply their key with blanks."""

Lines = list[tuple[str, str]]


def address_document(answer: AddressAnswer) -> Document:
    """What is known of one address, network or MAC address."""
    return Document(_title(answer), tuple(_sections(answer)))


def comparison_document(comparison: Comparison) -> Document:
    """How several networks stand to one another."""
    words = {
        "equal": "is",
        "contains": "contains",
        "within": "lies within",
        "apart": "has nothing in common with",
    }
    rows = tuple((_text(each.one), words[each.relation], _text(each.other)) for each in comparison.relations)
    smallest = ", ".join(_text(network) for network in comparison.together)
    section = Section(
        "How they stand to one another",
        "",
        (Table("", ("one", "", "other"), rows), Facts((("all together", smallest),))),
        layer="internet",
    )
    return Document("Compared", (section,))


def _title(answer: AddressAnswer) -> str:
    if answer.address is None:
        return answer.mac.text if answer.mac else answer.question
    zone = f"%{answer.zone}" if answer.zone else ""
    text = address_text(answer.address.packed, 6) if answer.address.version == 6 else str(answer.address)
    network = answer.network
    if network is None:
        return f"{text}{zone}"
    return (
        _text(network) if network.network_address == answer.address else f"{text}{zone} in {_text(network)}"
    )


def _sections(answer: AddressAnswer) -> Iterator[Section]:
    if answer.readings:
        yield _readings(answer)
    if answer.kind is not None:
        yield Section("What it is", answer.kind.meaning, (Facts(tuple(_kind(answer.kind))),), "internet")
    if answer.embedded is not None or answer.nat64:
        yield Section("Inside it", "", tuple(_inside(answer)), "internet")
    if answer.multicast is not None:
        yield Section("The group", "", (Facts(tuple(_multicast(answer))),), "internet")
    if answer.mac is not None:
        yield _mac(answer, answer.mac)
    if answer.subnet is not None:
        yield _subnet(answer.subnet)
    if answer.division is not None and answer.subnet is not None:
        yield _division(answer.division, answer.subnet.network)
    written = [
        (NOTATION_NAMES.get(name, name.replace("_", " ")), text) for name, text in answer.notations.items()
    ]
    if answer.reverse_name:
        written.insert(0, ("reverse name", answer.reverse_name))
    if answer.solicited_node is not None and answer.solicited_node_mac is not None:
        group = f"{answer.solicited_node}, at {answer.solicited_node_mac.hex(':')} (RFC 4291 section 2.7.1)"
        written.insert(1, ("solicited node", group))
    yield Section("How it is written", "", (Facts(tuple(written)),))
    for database in answer.databases:
        yield _database(database)


def _readings(answer: AddressAnswer) -> Section:
    rows = tuple(
        (str(reading.address) if reading.address else "refused", reading.readers)
        for reading in answer.readings
    )
    warning = (
        "Programs disagree on this notation. Where a filter reads one address and the client behind it "
        "another, the filter is passed (server-side request forgery, CWE-918): compare addresses, not texts."
    )
    return Section(
        f"Read as {answer.address}",
        "",
        (Paragraph(warning, warning=True), Table("", ("read as", "by"), rows)),
    )


def _kind(kind: AddressClass) -> Iterator[tuple[str, str]]:
    registered = f", {kind.registry_name}" if kind.registry_name else ""
    yield "class", f"{kind.name}{registered}"
    yield "block", _text(kind.network)
    yield "laid down in", kind.rfc
    yield "scope", kind.scope
    # RFC 6890 section 2.2.1, in the order of IANA's registries.
    yield "valid source", _said(kind.source)
    yield "valid destination", _said(kind.destination)
    yield "forwardable", _said(kind.forwardable)
    yield "globally reachable", _said(kind.globally_reachable)
    yield "reserved by protocol", _said(kind.reserved_by_protocol)


def _inside(answer: AddressAnswer) -> Iterator[Part]:
    found = answer.embedded
    yield Facts(tuple(_embedded(answer)))
    if found is not None and found.ipv4_kind.globally_reachable is False:
        yield Paragraph(
            "A filter that judges the IPv6 form alone may let this through to an address of the class "
            f"{found.ipv4_kind.name} (server-side request forgery, CWE-918).",
            warning=True,
        )


def _embedded(answer: AddressAnswer) -> Iterator[tuple[str, str]]:
    found = answer.embedded
    if found is not None:
        yield from _embedded_facts(found)
    for length, ipv4 in answer.nat64.items():
        yield f"NAT64 with /{length}", str(ipv4)


def _embedded_facts(found: Embedded) -> Iterator[tuple[str, str]]:
    yield "mechanism", found.mechanism
    yield "IPv4 address", f"{found.ipv4}, {found.ipv4_kind.name}: {found.ipv4_kind.meaning}"
    if found.server is not None:
        yield "Teredo server", str(found.server)
    if found.port is not None:
        yield "client's UDP port", str(found.port)
    if found.flags is not None:
        yield "flags", f"0x{found.flags:04x}"
    if found.note:
        yield "note", found.note


def _multicast(answer: AddressAnswer) -> Iterator[tuple[str, str]]:
    group = answer.multicast
    if group is None:
        return
    shared = "2**80" if group.groups_of_the_mac == 2**80 else str(group.groups_of_the_mac)
    yield "MAC address", f"{group.mac.hex(':')}, which {shared} groups share"
    if group.flags is not None:
        yield "flags", f"0x{group.flags:x}: {'; '.join(group.flag_names)}"
    if group.scope is not None:
        yield "scope", f"0x{group.scope:x}: {group.scope_name} (RFC 7346)"
    if group.prefix is not None:
        yield "of whoever holds", _text(group.prefix)
    if group.rendezvous_point is not None:
        yield "rendezvous point", str(group.rendezvous_point)


def _mac(answer: AddressAnswer, mac: MacFacts) -> Section:
    lines: Lines = [
        ("MAC address", mac.text),
        ("vendor", mac.vendor or "none that the IEEE names"),
        ("meaning", mac.meaning),
        ("for", "several stations (group)" if mac.group else "one station (individual)"),
        (
            "chosen by",
            "software (locally administered)" if mac.local else "the maker (universally administered)",
        ),
    ]
    if answer.link_local is not None:
        lines.append(("its link-local address", f"{answer.link_local} (RFC 4291 appendix A)"))
    if answer.groups:
        lines.append(("groups", ", ".join(str(group) for group in answer.groups)))
    lead = "" if answer.form == "mac" else "Its interface identifier was made of this address (EUI-64)."
    return Section("MAC address", lead, (Facts(tuple(lines)),), "link")


def _subnet(found: Subnet) -> Section:
    lines: Lines = [("network", _text(found.network))]
    if found.network.version == 4:  # IPv6 knows prefixes only (RFC 4291 section 2.3)
        lines += [("netmask", str(found.netmask)), ("wildcard", str(found.wildcard))]
    if found.broadcast is not None:
        lines.append(("broadcast", str(found.broadcast)))
    lines += [
        ("first host", str(found.first_host)),
        ("last host", str(found.last_host)),
        ("hosts", f"{found.host_count:,}: {found.rule}"),
        ("addresses", f"{found.address_count:,}"),
        ("supernet", _text(found.supernet) if found.supernet else "none: this is the whole address space"),
    ]
    if len(found.reverse_zones) > 1:
        lines.append(
            (
                "reverse zones",
                f"{len(found.reverse_zones)}, from {found.reverse_zones[0]} to {found.reverse_zones[-1]}",
            )
        )
    else:
        lines.append(("reverse zone", found.reverse_zones[0]))
    parts: list[Part] = [Facts(tuple(lines))]
    if found.blocks:
        rows = tuple(
            (_text(block.network), block.name, block.meaning) for block in found.blocks[:MAXIMUM_BLOCKS]
        )
        more = len(found.blocks) - len(rows)
        note = f"and {more} more" if more else ""
        parts.append(
            Table("Blocks with a meaning of their own inside it", ("block", "class", "meaning"), rows, note)
        )
    return Section("The network", "", tuple(parts), "internet")


def _division(division: Division, network: Network) -> Section:
    rows = tuple(
        (_text(part), str(part.network_address), str(part.broadcast_address)) for part in division.parts
    )
    more = division.count - len(rows)
    title = f"{_text(network)} in parts of /{division.prefix_length}: {division.count:,}"
    note = f"and {more:,} more" if more else ""
    return Section("Divided", "", (Table(title, ("network", "first", "last"), rows, note),), "internet")


def _database(answer: DatabaseAnswer) -> Section:
    if answer.network is None:
        part: Part = Paragraph(answer.note)
    else:
        lines = [("network", _text(answer.network)), *_flat(answer.record, "")]
        shown = lines[:MAXIMUM_DATABASE_LINES]
        if len(lines) > len(shown):
            shown.append(("", f"and {len(lines) - len(shown)} more (--json has them)"))
        part = Facts(tuple(shown))
    return Section(f"{answer.database_type} ({answer.path})", "", (part,))


def _flat(value: DatabaseValue, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case Mapping():
            names = [LANGUAGE] if name.endswith("names") and LANGUAGE in value else list(value)
            for each in names:
                yield from _flat(value[each], f"{name}.{each}" if name else each)
        case bytes():
            yield name, value.hex()
        case str() | None:
            yield name, str(value)
        case Sequence():
            for index, part in enumerate(value):
                yield from _flat(part, f"{name}.{index}")
        case _:
            yield name, str(value)


def _said(flag: bool | None) -> str:
    return "not said" if flag is None else "yes" if flag else "no"


def _text(network: Network) -> str:
    if network.version == 4:
        return str(network)
    return f"{address_text(network.network_address.packed, 6)}/{network.prefixlen}"
