"""The connections of a capture in words and tables: their section of the report."""

from __future__ import annotations

from netanatomy.report.document import Facts, Paragraph, Part, Section, Table
from netanatomy.report.records import (
    TO_ORIGINATOR,
    TO_RESPONDER,
    ConnectionLine,
    ConnectionPart,
    FailedLine,
    HostLine,
    Rest,
)
from netanatomy.report.units import count, duration, frames, several, share, volume


def connection_sections(part: ConnectionPart) -> tuple[Section, ...]:
    """One section; none where no connection was seen."""
    if not part.connections:
        return ()
    parts: list[Part] = [
        Facts(tuple(_facts(part))),
        Table(
            "How they went",
            ("Protocol", "State", ">Connections", ">Share", ">Volume", "Meaning"),
            tuple(
                (
                    line.proto,
                    line.conn_state or "-",
                    count(line.connections),
                    share(line.connections, part.connections),
                    volume(line.octets),
                    line.meaning,
                )
                for line in part.states
            ),
        ),
        *_hosts(part),
        *_connections("Largest connections", part.largest, part.connections),
        *_connections("Longest connections", part.longest, part.connections),
        *_failed(part),
        *_delays(part),
        *_anomalies(part),
    ]
    return (
        Section(
            "4  Connections: who called whom, and how it went",
            "States are Zeek's. The originator is the side that called. Volumes are of IP packets, "
            "headers and retransmissions included.",
            tuple(parts),
            layer="transport",
        ),
    )


def _facts(part: ConnectionPart) -> list[tuple[str, str]]:
    facts = [("Connections", count(part.connections))]
    facts.extend(
        (
            "Ended" if line.name != "capture-end" else "Not ended",
            f"{count(line.count)} {line.name}: {line.meaning}",
        )
        for line in part.ends
    )
    if part.data_packets:
        facts.append(
            (
                "Retransmissions",
                f"{several(part.retransmissions, 'segment')} sent again; "
                f"{several(part.data_packets, 'segment')} with data",
            )
        )
    return facts


def _hosts(part: ConnectionPart) -> list[Part]:
    return [
        Table(
            "Top talkers",
            ("Address", ">Connections", ">Called", ">Was called", ">Sent", ">Received"),
            tuple(_host(line) for line in part.hosts),
            _rest(part.hosts_table, len(part.hosts), "addresses"),
        )
    ]


def _host(line: HostLine) -> tuple[str, ...]:
    return (
        line.address,
        count(line.connections),
        count(line.originated),
        count(line.connections - line.originated),
        volume(line.sent_octets),
        volume(line.received_octets),
    )


def _connections(title: str, lines: list[ConnectionLine], total: int) -> list[Part]:
    if not lines:
        return []
    return [
        Table(
            title,
            (
                "Protocol",
                "Originator",
                "Responder",
                "Service",
                ">Length",
                ">Volume",
                "State",
                "History",
                "UID",
            ),
            tuple(
                (
                    line.proto,
                    _socket(line.originator, line.originator_port),
                    _socket(line.responder, line.responder_port),
                    line.service,
                    "-" if line.duration_ns is None else duration(line.duration_ns),
                    volume(line.octets),
                    line.conn_state or "-",
                    line.history or "-",
                    line.uid,
                )
                for line in lines
            ),
            "every connection is a row of netanatomy connections" if total > len(lines) else "",
        )
    ]


def _failed(part: ConnectionPart) -> list[Part]:
    if not part.failed_connections:
        half_open = _half_open(part)
        told = f" Answered, but never completed: {several(half_open, 'handshake')}." if half_open else ""
        return [Paragraph(f"No TCP handshake was refused or left without an answer.{told}")]
    counted = (">Attempts", ">Unanswered", ">Rejected", ">Aborted")
    return [
        Table(
            f"Failed TCP handshakes by who was called ({count(part.failed_connections)} in all)",
            ("Address and port", "Service", *counted),
            tuple(
                (_socket(line.address, line.port or 0), line.service, *_attempts(line))
                for line in part.failed_services
            ),
            _rest(part.failed_services_table, len(part.failed_services), "ports"),
            warning=True,
        ),
        Table(
            "Failed TCP handshakes by who called",
            ("Address", *counted),
            tuple((line.address, *_attempts(line)) for line in part.failed_originators),
            _rest(part.failed_originators_table, len(part.failed_originators), "addresses"),
            warning=True,
        ),
    ]


def _attempts(line: FailedLine) -> tuple[str, ...]:
    return (count(line.connections), count(line.unanswered), count(line.rejected), count(line.aborted))


def _half_open(part: ConnectionPart) -> int:
    """Handshakes of which the SYN-ACK was seen, but not the ACK behind it."""
    seen = {line.name: line.connections for line in part.delays}
    return max(0, seen.get(TO_RESPONDER, 0) - seen.get(TO_ORIGINATOR, 0))


def _delays(part: ConnectionPart) -> list[Part]:
    if not part.delays:
        return []
    return [
        Table(
            "How long TCP handshakes took",
            ("From where to where", ">Connections", ">Least", ">Median", ">Greatest"),
            tuple(
                (
                    line.name,
                    count(line.connections),
                    duration(line.least_ns),
                    duration(line.median_ns),
                    duration(line.greatest_ns),
                )
                for line in part.delays
            ),
        )
    ]


def _anomalies(part: ConnectionPart) -> list[Part]:
    if not part.anomalies:
        return []
    rows = tuple(
        (each.name, count(each.count), frames(each.first_frames, each.count), each.meaning)
        for each in part.anomalies
    )
    return [
        Table(
            "Anomalies (facts, not yet verdicts)",
            ("Name", ">Times", "First frames", "Meaning"),
            rows,
            warning=True,
        )
    ]


def _socket(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


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
