"""The overview of a capture in words and tables, read from the bottom layer up."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.report.commands import Commands
from netanatomy.report.connection_report import connection_sections
from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.finding_report import NAMELESS, verdict
from netanatomy.report.records import (
    CapturePart,
    InternetPart,
    LinkPart,
    NamedCount,
    Overview,
    ProtocolsPart,
    Rest,
    TransportPart,
)
from netanatomy.report.units import count, duration, frames, several, share, time, volume
from netanatomy.schema.findings import Finding

NAMED_FILES = 3  # of several files, in the title
PROTOCOLS_TITLE = "5  All layers: what is packed in what"
VENDOR_WIDTH = 28  # characters; vendors' names are long, and their beginning tells


def capture_report(
    report: Overview, findings: Sequence[Finding] | None = None, commands: Commands = NAMELESS
) -> Document:
    """The document that `netanatomy analyze` prints.

    Args:
        report: what was counted.
        findings: what is wrong; None where nobody looked.
        commands: those that show more.
    """
    return Document(
        title=f"netanatomy: {capture_name(report.capture)}",
        sections=(
            *([] if findings is None else [verdict(findings, commands)]),
            _capture(report.capture),
            _link(report.link),
            _internet(report.internet),
            _transport(report.transport),
            *connection_sections(report.connections),
            _protocols(report.protocols, report.capture.frames),
        ),
    )


def capture_name(part: CapturePart) -> str:
    """The names of the first few files, and how many more there are."""
    names = ", ".join(each.name for each in part.files[:NAMED_FILES]) or "a capture"
    more = len(part.files) - NAMED_FILES
    return f"{names} and {several(more, 'more file')}" if more > 0 else names


def _capture(part: CapturePart) -> Section:
    return Section(
        "0  Capture: what was recorded",
        "How much there is, from when, and what is missing from it.",
        (
            Facts(tuple(_capture_facts(part))),
            *_interfaces(part),
            *([Paragraph("Comments in the capture: " + " | ".join(part.comments))] if part.comments else []),
            *_anomalies(part),
        ),
        layer="capture",
    )


def _capture_facts(part: CapturePart) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    for file in part.files:
        size = "" if file.size is None else f", {volume(file.size)} on disk"
        packed = f" in {file.compression}" if file.compression else ""
        damaged = ", DAMAGED" if file.damaged else ""
        facts.append(
            ("File", f"{file.name}: {file.format}{packed}, {several(file.frames, 'frame')}{size}{damaged}")
        )
    facts.append(
        (
            "Frames",
            f"{count(part.frames)} with {volume(part.original_octets)} on the wire, "
            f"{volume(part.captured_octets)} captured",
        )
    )
    if part.first_time_ns is not None and part.last_time_ns is not None:
        length = part.last_time_ns - part.first_time_ns
        facts.append(("Time", f"{time(part.first_time_ns)} to {time(part.last_time_ns)}"))
        rate = ""
        if length:
            per_second = part.frames * 1e9 / length
            rate = f": {per_second:,.1f} frames and {volume(part.original_octets * 1e9 / length)} a second"
        facts.append(("Length", f"{duration(length)}{rate}"))
    facts.extend(
        ("Link type", f"{name}: {several(packets, 'frame')}") for name, packets, _ in part.link_types
    )
    if part.frames_cut_short:
        facts.append(
            (
                "Cut short",
                f"{several(part.frames_cut_short, 'frame')} ({share(part.frames_cut_short, part.frames)}): "
                "the capture holds only their beginning",
            )
        )
    if part.frames_back_in_time:
        facts.append(
            ("Order", f"earlier than the frame before: {several(part.frames_back_in_time, 'frame')}")
        )
    return facts


def _interfaces(part: CapturePart) -> list[Part]:
    if not part.interfaces:
        return []
    rows = []
    for each in part.interfaces:
        lost = [
            f"{count(number)} {what}"
            for number, what in (
                (each.dropped, "by the interface"),
                (each.dropped_by_system, "by the system"),
                (each.dropped_between or None, "told by frames"),
            )
            if number is not None
        ]
        rows.append(
            (
                str(each.number),
                " ".join(filter(None, (each.name, each.description and f"({each.description})"))),
                each.link_type_name,
                str(each.snap_length or "none"),
                count(each.packets),
                ", ".join(lost) or "not said",
                "; ".join(filter(None, (each.filter and f"filter {each.filter}", *each.comments))),
            )
        )
    return [
        Table(
            "Interfaces",
            ("#", "Name", "Link type", ">Snap length", ">Frames", "Lost", "Remarks"),
            tuple(rows),
        )
    ]


def _anomalies(part: CapturePart) -> list[Part]:
    if not part.anomalies:
        return []
    rows = tuple(
        (
            each.name,
            each.reason,
            count(each.count),
            frames(each.first_frames, each.count if each.first_frames else 0),
            f"{each.source}, octet {count(each.offset)}" if each.offset else each.source,
        )
        for each in part.anomalies
    )
    return [
        Table(
            "Mind this: oddities of the capture itself",
            ("Name", "What", ">Times", "Frames", "Where"),
            rows,
            warning=True,
        )
    ]


def _link(part: LinkPart) -> Section:
    parts: list[Part] = [
        Table(
            "Who sends frames to whom",
            ("Source", "Vendor or meaning", "Destination", "Vendor or meaning", ">Frames", ">Volume"),
            tuple(
                (
                    line.source or "-",
                    _owner(line.source_vendor, line.source_meaning),
                    line.destination or "-",
                    _owner(line.destination_vendor, line.destination_meaning),
                    count(line.packets),
                    volume(line.octets),
                )
                for line in part.pairs
            ),
            _rest(part.pairs_table, len(part.pairs), "pairs"),
        )
        if part.pairs
        else Paragraph("No frame has link-layer addresses.")
    ]
    if part.vlans:
        parts.append(
            Table(
                "VLANs (outermost tag)",
                (">VLAN", ">Frames", ">Volume"),
                tuple((str(line.vlan), count(line.packets), volume(line.octets)) for line in part.vlans[:20]),
                f"{len(part.vlans) - 20} more" if len(part.vlans) > 20 else "",
            )
        )
    parts.extend(_counted("ARP", part.arp))
    if part.arp_conflicts:
        parts.append(
            Table(
                "IPv4 addresses that several MAC addresses claim in ARP (a forger, a spare, a new card)",
                ("Address", "MAC addresses", "Vendors", "Frames"),
                tuple(
                    (
                        line.address,
                        ", ".join(line.macs[:4]) + (", …" if len(line.macs) > 4 else ""),
                        ", ".join(dict.fromkeys(filter(None, line.vendors))),
                        frames(line.first_frames[:5], len(line.first_frames)),
                    )
                    for line in part.arp_conflicts[:20]
                ),
                warning=True,
            )
        )
    return Section(
        "1  Link: neighbours on the same wire or cell",
        "MAC addresses reach as far as the next router. Vendors come from the IEEE's list; a card may lie.",
        tuple(parts),
        layer="link",
    )


def _owner(vendor: str, meaning: str) -> str:
    text = vendor or meaning
    return text if len(text) <= VENDOR_WIDTH else text[: VENDOR_WIDTH - 1] + "…"


def _internet(part: InternetPart) -> Section:
    parts: list[Part] = []
    if part.addresses:
        parts.append(
            Table(
                "Addresses",
                ("Address", "Class", ">Sent", ">Received", ">Volume", "What such an address is for"),
                tuple(
                    (
                        line.address,
                        line.address_class,
                        count(line.sent_packets),
                        count(line.received_packets),
                        volume(line.octets),
                        line.meaning,
                    )
                    for line in part.addresses
                ),
                _rest(part.addresses_table, len(part.addresses), "addresses"),
            )
        )
        parts.append(
            Table(
                "Who speaks to whom",
                ("A", "B", ">A to B", ">B to A", ">Volume", ">Length", ">First frame"),
                tuple(
                    (
                        line.a,
                        line.b,
                        count(line.packets - line.packets_back),
                        count(line.packets_back),
                        volume(line.octets),
                        duration(line.last_time_ns - line.first_time_ns),
                        str(line.first_frame),
                    )
                    for line in part.pairs
                ),
                _rest(part.pairs_table, len(part.pairs), "pairs"),
            )
        )
    else:
        parts.append(Paragraph("There is no IP packet."))
    parts.extend(_counted("ICMP, the network's own messages", part.icmp))
    parts.extend(_counted("Tunnels: packets inside packets", part.tunnels))
    if part.fragments.count:
        told = (
            f"Fragments: {count(part.fragments.count)} "
            f"(frames {frames(part.fragments.first_frames, part.fragments.count)}); "
            f"put together from them: {several(part.reassembled.count, 'datagram')}."
        )
        parts.append(Paragraph(told))
    parts.extend(_counted("Fragments that do not fit", part.fragment_anomalies, warning=True))
    return Section(
        "2  Internet: from network to network",
        "IP addresses, what kind they are, and who exchanges packets with whom.",
        tuple(parts),
        layer="internet",
    )


def _transport(part: TransportPart) -> Section:
    parts: list[Part] = []
    if part.services:
        parts.append(
            Table(
                "Ports that were called",
                ("Port", "Range", "Registered service", ">Packets", ">Volume"),
                tuple(
                    (
                        f"{line.port}/{line.protocol}",
                        line.range,
                        " ".join(filter(None, (line.service, line.description and f"({line.description})"))),
                        count(line.packets),
                        volume(line.octets),
                    )
                    for line in part.services
                ),
                _rest(part.services_table, len(part.services), "ports"),
            )
        )
        parts.append(
            Table(
                "Pairs of sockets",
                ("Client", "Server", "Service", ">To server", ">Back", ">Volume", ">Length", ">First frame"),
                tuple(
                    (
                        _socket(line.client, line.client_port),
                        _socket(line.server, line.server_port),
                        f"{line.service or '-'}/{line.protocol}",
                        count(line.packets - line.packets_back),
                        count(line.packets_back),
                        volume(line.octets),
                        duration(line.last_time_ns - line.first_time_ns),
                        str(line.first_frame),
                    )
                    for line in part.sockets
                ),
                _rest(part.sockets_table, len(part.sockets), "pairs"),
            )
        )
    else:
        parts.append(Paragraph("There is no TCP, UDP or SCTP."))
    if part.flags:
        parts.append(
            Table(
                "TCP segments by their flags",
                ("Flags", ">Segments"),
                tuple((line.text, count(line.count)) for line in part.flags[:12]),
                f"{len(part.flags) - 12} more combinations" if len(part.flags) > 12 else "",
            )
        )
    if part.impossible_flags:
        parts.append(
            Table(
                "TCP flags that no handshake allows",
                ("Flags", "Name", ">Segments", "First frames", "What it is"),
                tuple(
                    (
                        line.text,
                        line.kind,
                        count(line.count),
                        frames(line.first_frames, line.count),
                        line.meaning,
                    )
                    for line in part.impossible_flags
                ),
                warning=True,
            )
        )
    return Section(
        "3  Transport: from program to program",
        "The server is the side that was called (SYN); where no SYN was captured, the side with the lower "
        "port. A port's registered service is a hint: what speaks there may be something else.",
        tuple(parts),
        layer="transport",
    )


def _socket(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _protocols(part: ProtocolsPart, total: int) -> Section:
    if not part.hierarchy:
        return Section(PROTOCOLS_TITLE, "", (Paragraph("There is no packet."),), layer="application")
    parts: list[Part] = [
        Table(
            "Protocol hierarchy",
            ("Protocol", ">Frames", ">Share", ">Volume"),
            tuple(
                (
                    "  " * line.depth + line.path.rpartition(":")[2],
                    count(line.packets),
                    share(line.packets, total),
                    volume(line.octets),
                )
                for line in part.hierarchy
            ),
            f"{count(part.packets_beyond_the_cap)} frames with still other stacks are not listed"
            if part.packets_beyond_the_cap
            else "",
        )
    ]
    parts.extend(_counted("Checksums", part.checksums))
    if part.malformed:
        parts.extend(_counted("Packets that could not be read to their end", part.malformed, warning=True))
    else:
        parts.append(Paragraph("Every packet could be read to its end."))
    return Section(
        PROTOCOLS_TITLE,
        "Each line counts the frames in which a header lies inside those above it, however they go on.",
        tuple(parts),
        layer="application",
    )


def _counted(title: str, counted: list[NamedCount], *, warning: bool = False) -> list[Part]:
    if not counted:
        return []
    rows = tuple(
        (each.name, count(each.count), frames(each.first_frames, each.count), each.meaning)
        for each in counted
    )
    return [Table(title, ("Name", ">Packets", "First frames", "Meaning"), rows, warning=warning)]


def _rest(rest: Rest, listed: int, things: str) -> str:
    """What a table does not show."""
    notes = []
    if rest.total > listed:
        notes.append(f"{count(rest.total - listed)} more {things} (see --top)")
    if rest.dropped_entries:
        notes.append(
            f"{count(rest.dropped_entries)} {things} with {count(rest.dropped_packets)} packets were too "
            "many to keep apart and are not in this table"
        )
    return "; ".join(notes)
