"""What a report says of connections, as plain records: chosen and named from their summary."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import TypeAlias

import netanatomy.schema.anomaly_kinds as kinds
from netanatomy.layers.internet.addresses import address_of, address_text, classify
from netanatomy.layers.transport.ports import service_name
from netanatomy.report.connection_summary import ABORTED, REJECTED, TCP, UNANSWERED, ConnectionSummary
from netanatomy.report.histogram import Histogram
from netanatomy.report.records import (
    ROUND_TRIP,
    TO_ORIGINATOR,
    TO_RESPONDER,
    ConnectionLine,
    ConnectionPart,
    ConnectionStateLine,
    DelayLine,
    FailedLine,
    HostLine,
    NamedCount,
    Rest,
)
from netanatomy.report.tally import Tally
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

MAXIMUM_ODDITIES = 1000
"""Names of anomalies that are listed."""

STATE_MEANINGS: Mapping[str, str] = {
    "S0": "an attempt that nobody answered",
    "S1": "established, its end was not seen",
    "SF": "established and ended in the normal way",
    "REJ": "the attempt was rejected",
    "S2": "established, only the originator closed",
    "S3": "established, only the responder closed",
    "RSTO": "established, the originator aborted",
    "RSTR": "the responder aborted",
    "RSTOS0": "SYN, then RST from the originator, no answer",
    "RSTRH": "SYN-ACK, then RST from the responder, no SYN seen",
    "SH": "SYN, then FIN from the originator, no answer",
    "SHR": "SYN-ACK, then FIN from the responder, no SYN seen",
    "OTH": "from the middle: neither beginning nor end was seen",
}
"""In words, for TCP."""

DATAGRAM_MEANINGS: Mapping[str, str] = {
    "S0": "packets one way only, from the originator",
    "SHR": "packets one way only, from the responder",
    "SF": "packets both ways",
    "OTH": "messages without an answer",
}
"""The same for protocols that have no handshake."""

END_MEANINGS: Mapping[str, str] = {
    "closed": "both sides closed, or one did and the other was never seen",
    "reset": "aborted with RST",
    "attempt-timeout": "nobody answered in time",
    "inactive": "nothing came for the time that is allowed",
    "reused": "the same ports began a new connection",
    "evicted": "the table was full: see --limit of netanatomy connections",
    "capture-end": "it may have gone on after the capture",
}

Row: TypeAlias = Mapping[str, object]


def connection_part(summary: ConnectionSummary, lines: int) -> ConnectionPart:
    """Choose and name what a report says of connections.

    Args:
        summary: the facts.
        lines: lines of each table.
    """
    summary.flush()
    hosts, hosts_table = _leading(summary.hosts, lines, "octets")
    services, services_table = _leading(summary.failed_services, lines, "connections")
    originators, originators_table = _leading(summary.failed_originators, lines, "connections")
    return ConnectionPart(
        connections=summary.connections,
        states=_states(summary),
        ends=[
            NamedCount(name, END_MEANINGS.get(name, ""), number, [])
            for name, number in sorted(summary.ends.items(), key=lambda item: (-item[1], item[0]))
            if name
        ],
        hosts=[_host(row) for row in hosts],
        hosts_table=hosts_table,
        largest=[_connection(row) for row in summary.largest.rows()[:lines]],
        longest=[_connection(row) for row in summary.longest.rows()[:lines]],
        failed_connections=sum(
            state.connections
            for (proto, name), state in summary.states.items()
            if proto == TCP and name in UNANSWERED | REJECTED | ABORTED
        ),
        failed_services=[_failed(row) for row in services],
        failed_services_table=services_table,
        failed_originators=[_failed(row) for row in originators],
        failed_originators_table=originators_table,
        data_packets=summary.data_packets,
        retransmissions=summary.retransmissions,
        delays=[
            *_delay(TO_RESPONDER, summary.delay_to_responder),
            *_delay(TO_ORIGINATOR, summary.delay_to_originator),
            *_delay(ROUND_TRIP, summary.round_trip),
        ],
        anomalies=_anomalies(summary),
    )


def _states(summary: ConnectionSummary) -> list[ConnectionStateLine]:
    return [
        ConnectionStateLine(
            proto,
            name,
            (STATE_MEANINGS if proto == TCP else DATAGRAM_MEANINGS).get(name, ""),
            state.connections,
            state.octets,
        )
        for (proto, name), state in sorted(
            summary.states.items(), key=lambda item: (-item[1].connections, item[0])
        )
    ]


def _leading(tally: Tally, lines: int, by: str) -> tuple[list[Row], Rest]:
    """The lines with the greatest measure `by`, and what there is beside them."""
    table, dropped = tally.table(), tally.dropped
    if table is None:
        return [], Rest(0, dropped.entries, dropped.packets, dropped.octets)
    # Ties are broken by the keys, so that the same connections give the same report however they were cut.
    order = [(by, "descending"), *((key, "ascending") for key in tally.keys)]
    rows: list[Row] = table.sort_by(order).slice(0, lines).to_pylist()
    return rows, Rest(table.num_rows, dropped.entries, dropped.packets, dropped.octets)


def _host(row: Row) -> HostLine:
    octets, version = _octets(row, "address"), _number(row, "ip_version")
    return HostLine(
        address=address_text(octets, version),
        meaning=classify(address_of(octets, version)).meaning,
        connections=_number(row, "connections"),
        originated=_number(row, "originated"),
        packets=_number(row, "packets"),
        octets=_number(row, "octets"),
        sent_octets=_number(row, "sent_octets"),
        received_octets=_number(row, "received_octets"),
    )


def _failed(row: Row) -> FailedLine:
    port = _number(row, "port") if "port" in row else None
    service = service_name(port, TCP) if port is not None else None
    return FailedLine(
        address=address_text(_octets(row, "address"), _number(row, "ip_version")),
        port=port,
        service=service.name if service else "",
        connections=_number(row, "connections"),
        unanswered=_number(row, "unanswered"),
        rejected=_number(row, "rejected"),
        aborted=_number(row, "aborted"),
    )


def _connection(row: Row) -> ConnectionLine:
    version, proto, port = _number(row, "ip_version"), str(row["proto"]), _number(row, "id.resp_p")
    service = service_name(port, proto) if proto in ("tcp", "udp") else None
    return ConnectionLine(
        uid=str(row["uid"]),
        first_time_ns=_number(row, "ts"),
        first_frame=_number(row, "first_frame"),
        proto=proto,
        originator=address_text(_octets(row, "id.orig_h"), version),
        originator_port=_number(row, "id.orig_p"),
        responder=address_text(_octets(row, "id.resp_h"), version),
        responder_port=port,
        service=service.name if service else "",
        duration_ns=_number_or_none(row, "duration"),
        orig_bytes=_number_or_none(row, "orig_bytes"),
        resp_bytes=_number_or_none(row, "resp_bytes"),
        packets=_number(row, "orig_pkts") + _number(row, "resp_pkts"),
        octets=_number(row, "orig_ip_bytes") + _number(row, "resp_ip_bytes"),
        conn_state=str(row["conn_state"] or ""),
        history=str(row["history"] or ""),
    )


def _delay(name: str, histogram: Histogram) -> list[DelayLine]:
    median = histogram.median()
    if median is None or histogram.least is None or histogram.greatest is None:
        return []
    return [DelayLine(name, histogram.count, histogram.least, median, histogram.greatest)]


def _anomalies(summary: ConnectionSummary) -> list[NamedCount]:
    meanings = _anomaly_meanings()
    ordered = sorted(summary.anomalies.items(), key=lambda item: (-item[1].seen.count, item[0]))
    return [
        NamedCount(name, meanings.get(name, ""), oddity.seen.count, oddity.seen.first_frames)
        for name, oddity in ordered[:MAXIMUM_ODDITIES]
    ]


@cache
def _anomaly_meanings() -> dict[str, str]:
    """What each kind means. Every file beside `kind.py` that has `KINDS` declares some: no list names it."""
    found: dict[str, str] = {}
    for module_information in pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}."):
        declared = getattr(importlib.import_module(module_information.name), "KINDS", ())
        found.update({kind.name: kind.meaning for kind in declared if isinstance(kind, AnomalyKind)})
    return found


def _number(row: Row, name: str) -> int:
    return _number_or_none(row, name) or 0


def _number_or_none(row: Row, name: str) -> int | None:
    value = row[name]
    if value is not None and not isinstance(value, int):
        raise TypeError(f"{name} is no number")
    return value


def _octets(row: Row, name: str) -> bytes:
    value = row[name]
    if not isinstance(value, bytes):
        raise TypeError(f"{name} is no address")
    return value
