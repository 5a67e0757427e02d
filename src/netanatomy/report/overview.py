"""What a report says, as plain records: the one source of the terminal's tables and of the JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypedDict, TypeVar

import pyarrow as pa

from netanatomy.layers.internet import icmp, icmpv6
from netanatomy.layers.internet.addresses import address_of, address_text, classify
from netanatomy.layers.link.arp import OPERATIONS
from netanatomy.layers.link.link_types import link_type_name
from netanatomy.layers.link.vendors import mac_meaning, mac_text, vendor
from netanatomy.layers.transport.ports import port_range, service_name
from netanatomy.report.connection_overview import connection_part
from netanatomy.report.conversations import called
from netanatomy.report.meanings import (
    ARP_MEANINGS,
    CHECKSUM_MEANINGS,
    FRAGMENT_MEANINGS,
    STOP_MEANINGS,
    TUNNEL_MEANINGS,
)
from netanatomy.report.offload import offload
from netanatomy.report.port_map import port_map, protocol_name
from netanatomy.report.records import (
    AddressLine,
    AddressPairLine,
    AnomalyLine,
    ArpClaimLine,
    CapturePart,
    FileLine,
    FlagLine,
    HierarchyLine,
    InterfaceLine,
    InternetPart,
    LinkLine,
    LinkPart,
    NamedCount,
    Overview,
    ProtocolsPart,
    Rest,
    Seen,
    ServiceLine,
    SocketLine,
    TrafficLine,
    TransportPart,
    VlanLine,
)
from netanatomy.report.summary import Summary
from netanatomy.report.tally import Evidence, Tally, Volume
from netanatomy.report.tcp_flags import flag_text, impossible
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.capture import CaptureInformation, InterfaceInformation

MAXIMUM_LISTED = 1000
"""Lines of one table even if more are asked for, names and comments among them."""

Row: TypeAlias = Mapping[str, object]
Key = TypeVar("Key")


class BothWays(TypedDict):
    """What lines of conversations have in common."""

    packets: int
    octets: int
    packets_back: int
    octets_back: int
    first_time_ns: int
    last_time_ns: int
    first_frame: int


def overview(
    summary: Summary, information: CaptureInformation, anomalies: Sequence[Anomaly], top: int
) -> Overview:
    """Choose and name what a report says.

    Args:
        summary: the facts.
        information: what the capture says about itself.
        anomalies: oddities of capture and decoding.
        top: lines of each table of talkers.
    """
    summary.conversations.flush()
    lines = min(top, MAXIMUM_LISTED)
    return Overview(
        capture=_capture(summary, information, anomalies),
        link=_link(summary, lines),
        internet=_internet(summary, lines),
        transport=_transport(summary, lines),
        connections=connection_part(summary.connections, lines),
        protocols=_protocols(summary),
    )


def _capture(summary: Summary, information: CaptureInformation, anomalies: Sequence[Anomaly]) -> CapturePart:
    frames = summary.frames
    return CapturePart(
        files=[
            FileLine(each.name, each.format, each.compression, each.size, each.frames, each.damaged)
            for each in information.files[:MAXIMUM_LISTED]
        ],
        first_time_ns=frames.first_time,
        last_time_ns=frames.last_time,
        frames=frames.frames,
        captured_octets=frames.captured_octets,
        original_octets=frames.original_octets,
        frames_cut_short=frames.cut_short,
        frames_back_in_time=frames.back_in_time,
        longest_frame=frames.longest,
        interfaces=[_interface(each, summary) for each in information.interfaces[:MAXIMUM_LISTED]],
        link_types=[
            (link_type_name(number), volume.packets, volume.octets)
            for number, volume in sorted(frames.by_link_type.items(), key=lambda item: -item[1].packets)
        ][:MAXIMUM_LISTED],
        traffic=TrafficLine(
            frames.traffic.first * frames.traffic.width,
            frames.traffic.width,
            [int(octets) for octets in frames.traffic.amounts],
        ),
        comments=information.comments[:MAXIMUM_LISTED],
        anomalies=[*_anomalies(anomalies), *offload(summary.conversations)],
    )


def _interface(each: InterfaceInformation, summary: Summary) -> InterfaceLine:
    volume = summary.frames.by_interface.get(each.number)
    return InterfaceLine(
        number=each.number,
        name=each.name,
        description=each.description,
        link_type=each.link_type,
        link_type_name=link_type_name(each.link_type),
        snap_length=each.snap_length,
        filter=each.filter,
        packets=volume.packets if volume else 0,
        octets=volume.octets if volume else 0,
        received=each.received,
        dropped=each.dropped,
        dropped_by_system=each.dropped_by_system,
        dropped_between=each.dropped_between,
        comments=each.comments[:MAXIMUM_LISTED],
    )


def _anomalies(anomalies: Sequence[Anomaly]) -> list[AnomalyLine]:
    """One line for each kind and file."""
    kinds: dict[tuple[str, str], list[Anomaly]] = {}
    for anomaly in anomalies:
        kinds.setdefault((anomaly.name, anomaly.source), []).append(anomaly)
    return [
        AnomalyLine(
            name=name,
            layer=alike[0].layer,
            reason=alike[0].reason,
            source=source,
            count=len(alike),
            first_frames=[each.frame for each in alike if each.frame][:5],
            offset=alike[0].offset,
        )
        for (name, source), alike in kinds.items()
    ][:MAXIMUM_LISTED]


def _top(
    tally: Tally, lines: int, form: Callable[[pa.Table], pa.Table] | None = None
) -> tuple[list[Row], Rest]:
    """The lines with the most packets, and what there is beside them."""
    table = tally.table()
    dropped = tally.dropped
    if table is None:
        return [], Rest(0, dropped.entries, dropped.packets, dropped.octets)
    # Ties are broken by the keys, so that the same packets give the same report however they were cut.
    order = [("packets", "descending"), ("octets", "descending")]
    order += [(key, "ascending") for key in tally.keys]
    first = table.sort_by(order).slice(0, lines)
    rows: list[Row] = (form(first) if form is not None else first).to_pylist()
    return rows, Rest(table.num_rows, dropped.entries, dropped.packets, dropped.octets)


def _number(row: Row, name: str) -> int:
    value = row[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is no number")
    return value


def _octets(row: Row, name: str) -> bytes:
    value = row[name]
    if not isinstance(value, bytes):
        raise TypeError(f"{name} is no address")
    return value


def _address(row: Row, name: str) -> str:
    return address_text(_octets(row, name), _number(row, "ip_version"))


def _link(summary: Summary, lines: int) -> LinkPart:
    rows, table = _top(summary.conversations.links, lines)
    claims: dict[bytes, dict[bytes, Evidence]] = {}
    for (address, mac), evidence in summary.arp_bindings.items():
        claims.setdefault(address, {})[mac] = evidence
    return LinkPart(
        pairs=[_link_line(row) for row in rows],
        pairs_table=table,
        vlans=[
            VlanLine(vlan, volume.packets, volume.octets)
            for vlan, volume in sorted(summary.vlans.items(), key=lambda item: -item[1].packets)
        ],
        arp=[
            NamedCount(
                OPERATIONS.get(operation, f"operation {operation}"),
                ARP_MEANINGS.get(operation, ""),
                evidence.count,
                evidence.first_frames,
            )
            for operation, evidence in _by_count(summary.arp_operations)
        ][:MAXIMUM_LISTED],
        # An address without an owner (0.0.0.0, in probes) is claimed by nobody.
        arp_conflicts=[
            ArpClaimLine(
                address_text(address, 4),
                [mac_text(mac) for mac in macs],
                [vendor(mac) or "" for mac in macs],
                sorted(evidence.first_frames[0] for evidence in macs.values()),
            )
            for address, macs in claims.items()
            if len(macs) > 1 and any(address[12:])
        ][:MAXIMUM_LISTED],
        arp_claims_dropped=summary.bindings_dropped,
    )


def _link_line(row: Row) -> LinkLine:
    source, destination = row["link_source"], row["link_destination"]
    return LinkLine(
        source=mac_text(source) if isinstance(source, bytes) else "",
        source_vendor=(vendor(source) or "") if isinstance(source, bytes) else "",
        source_meaning=mac_meaning(source) if isinstance(source, bytes) else "",
        destination=mac_text(destination) if isinstance(destination, bytes) else "",
        destination_vendor=(vendor(destination) or "") if isinstance(destination, bytes) else "",
        destination_meaning=mac_meaning(destination) if isinstance(destination, bytes) else "",
        packets=_number(row, "packets"),
        octets=_number(row, "octets"),
    )


def _internet(summary: Summary, lines: int) -> InternetPart:
    addresses, addresses_table = _top(summary.conversations.addresses, lines)
    pairs, pairs_table = _top(summary.conversations.address_pairs, lines)
    return InternetPart(
        addresses=[_address_line(row) for row in addresses],
        addresses_table=addresses_table,
        pairs=[
            AddressPairLine(a=_address(row, "a"), b=_address(row, "b"), **_both_ways(row)) for row in pairs
        ],
        pairs_table=pairs_table,
        icmp=[
            NamedCount(
                f"{'ICMPv6' if version == 6 else 'ICMP'} {kind}/{code}",
                _icmp_meaning(version, kind, code),
                evidence.count,
                evidence.first_frames,
            )
            for (version, kind, code), evidence in _by_count(summary.icmp)
        ][:MAXIMUM_LISTED],
        tunnels=[
            NamedCount(name, TUNNEL_MEANINGS.get(name, ""), evidence.count, evidence.first_frames)
            for name, evidence in _by_count(summary.tunnels)
        ],
        fragments=Seen(summary.fragments.count, summary.fragments.first_frames),
        reassembled=Seen(summary.reassembled.count, summary.reassembled.first_frames),
        fragment_anomalies=[
            NamedCount(name, FRAGMENT_MEANINGS.get(name, ""), evidence.count, evidence.first_frames)
            for name, evidence in _by_count(summary.fragment_anomalies)
        ],
    )


def _address_line(row: Row) -> AddressLine:
    kind = classify(address_of(_octets(row, "address"), _number(row, "ip_version")))
    return AddressLine(
        address=_address(row, "address"),
        address_class=kind.name,
        meaning=kind.meaning,
        packets=_number(row, "packets"),
        octets=_number(row, "octets"),
        sent_packets=_number(row, "sent_packets"),
        sent_octets=_number(row, "sent_octets"),
        received_packets=_number(row, "received_packets"),
        received_octets=_number(row, "received_octets"),
    )


def _both_ways(row: Row) -> BothWays:
    return BothWays(
        packets=_number(row, "packets"),
        octets=_number(row, "octets"),
        packets_back=_number(row, "packets_back"),
        octets_back=_number(row, "octets_back"),
        first_time_ns=_number(row, "first_time"),
        last_time_ns=_number(row, "last_time"),
        first_frame=_number(row, "first_frame"),
    )


def _icmp_meaning(version: int, kind: int, code: int) -> str:
    protocol = icmpv6 if version == 6 else icmp
    meaning = protocol.TYPES.get(kind, "unknown type")
    detail = protocol.CODES.get(kind, {}).get(code, "" if code == 0 else f"code {code}")
    return f"{meaning}: {detail}" if detail else meaning


def _transport(summary: Summary, lines: int) -> TransportPart:
    services, services_table = _top(summary.conversations.services(), lines)
    sockets, sockets_table = _top(summary.conversations.socket_pairs, lines, called)
    return TransportPart(
        services=[_service_line(row) for row in services],
        services_table=services_table,
        sockets=[_socket_line(row) for row in sockets],
        sockets_table=sockets_table,
        port_map=port_map(summary.conversations.socket_pairs.table()),
        flags=[
            FlagLine(flags, flag_text(flags), count)
            for flags, count in sorted(summary.tcp_flags.items(), key=lambda item: -item[1])
        ][:MAXIMUM_LISTED],
        impossible_flags=[
            FlagLine(flags, flag_text(flags), evidence.count, kind.name, kind.meaning, evidence.first_frames)
            for flags, evidence in _by_count(summary.impossible_flags)
            if (kind := impossible(flags)) is not None
        ],
    )


def _service_line(row: Row) -> ServiceLine:
    protocol, port = protocol_name(_number(row, "ip_protocol")), _number(row, "server_port")
    service = service_name(port, protocol)
    return ServiceLine(
        protocol=protocol,
        port=port,
        service=service.name if service else "",
        description=service.description if service else "",
        range=port_range(port).name,
        packets=_number(row, "packets"),
        octets=_number(row, "octets"),
    )


def _socket_line(row: Row) -> SocketLine:
    protocol, port = protocol_name(_number(row, "ip_protocol")), _number(row, "server_port")
    service = service_name(port, protocol)
    return SocketLine(
        protocol=protocol,
        client=_address(row, "client"),
        client_port=_number(row, "client_port"),
        server=_address(row, "server"),
        server_port=port,
        service=service.name if service else "",
        **_both_ways(row),
    )


def _protocols(summary: Summary) -> ProtocolsPart:
    return ProtocolsPart(
        hierarchy=_hierarchy(summary),
        packets_beyond_the_cap=summary.paths_dropped.packets,
        checksums=[
            NamedCount(f"{column} {status}", CHECKSUM_MEANINGS.get(status, ""), each.count, each.first_frames)
            for (column, status), each in sorted(summary.checksums.items())
        ],
        malformed=[
            NamedCount(f"{layer}: {reason}", STOP_MEANINGS.get(reason, ""), each.count, each.first_frames)
            for (layer, reason), each in _by_count(summary.stops)
        ][:MAXIMUM_LISTED],
    )


def _hierarchy(summary: Summary) -> list[HierarchyLine]:
    """The stacks of headers as a tree, each branch counted with all that grows on it."""
    volumes: dict[tuple[str, ...], Volume] = {}
    for path, volume in summary.hierarchy.items():
        names = tuple(path.split(":"))
        for end in range(1, len(names) + 1):
            volumes.setdefault(names[:end], Volume()).add(volume)
    children: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for branch in volumes:
        children.setdefault(branch[:-1], []).append(branch)
    lines: list[HierarchyLine] = []
    waiting: list[tuple[str, ...]] = list(children.get((), ()))
    waiting.sort(key=lambda branch: volumes[branch].packets)
    while waiting:
        branch = waiting.pop()
        volume = volumes[branch]
        lines.append(HierarchyLine(":".join(branch), len(branch) - 1, volume.packets, volume.octets))
        waiting.extend(sorted(children.get(branch, ()), key=lambda each: volumes[each].packets))
    return lines


def _by_count(counter: Mapping[Key, Evidence]) -> list[tuple[Key, Evidence]]:
    """The most frequent first; among equals the one that was seen first."""
    return sorted(counter.items(), key=lambda item: (-item[1].count, item[1].first_frames[:1]))
