"""Arkime's sessions, and our connections beside them.

Arkime ends a session by other rules than we end a connection, cuts long ones in parts and keeps
VLANs apart. What does not depend on that is the sum over all sessions of a Community ID in a
capture, and the time of its first and last packet: that is compared. Of packets in a tunnel Arkime
knows the innermost session only, so that connections of ours that it does not have mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TypedDict

from netanatomy.schema.flow_options import FlowOptions
from tests.conformance.our_connections import our_connections
from tests.conformance.records import SURPLUS, Agreement, Record, Value, compare

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
"""Assigned Internet Protocol Numbers, IANA."""
ICMP_HEADER = 8
"""Octets before the data of an echo (RFC 792); Arkime counts them as data."""
MILLISECOND = 1_000_000
"""Nanoseconds."""

COLUMNS = (
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "community_id",
    "ip_proto",
    "ts",
    "last_time",
    "orig_pkts",
    "resp_pkts",
    "orig_bytes",
    "resp_bytes",
    "orig_data_bytes",
    "resp_data_bytes",
    "orig_resets",
    "resp_resets",
)
FIELDS = ("packets_src", "packets_dst", "data_src", "data_dst", "resets", "first_ms", "last_ms")
"""What is compared, in the order of the report."""

OPTIONS = FlowOptions(checksums="ignore")
"""Arkime counts every packet of a session, whatever its checksums."""


class Session(TypedDict, total=False):
    """What the table says of a session, as far as it is used here."""

    capture: str
    community_id: str
    ip_protocol: int
    src: str
    src_port: int
    dst: str
    dst_port: int
    packets_src: int
    packets_dst: int
    data_src: int
    data_dst: int
    first_ms: int
    last_ms: int
    tcpflags: dict[str, int]


def sessions(corpora: Path, only: str = "") -> dict[str, list[Session]]:
    """Sessions by capture, of captures whose path contains `only`; those without a Community ID left out."""
    found: dict[str, list[Session]] = {}
    with (corpora / "expected" / "arkime_sessions.jsonl").open() as lines:
        for line in lines:
            session: Session = json.loads(line)
            if "community_id" in session and only in session["capture"]:
                found.setdefault(session["capture"], []).append(session)
    return found


def summed(held: Iterable[Session]) -> list[Record]:
    """One record for each Community ID; its sides are those of the first session."""
    records: dict[str, dict[str, Value]] = {}
    for session in held:
        one = records.setdefault(session["community_id"], {})
        straight = not one or (one["src"], one["src_port"]) == _source(session)
        if not one:
            one.update(community_id=session["community_id"], ip_protocol=session["ip_protocol"])
            one.update(zip(("src", "src_port"), _source(session), strict=True))
        header = ICMP_HEADER if session["ip_protocol"] in (ICMP, ICMPV6) else 0
        here, there = ("src", "dst") if straight else ("dst", "src")
        for side, packets, data in (
            (here, session["packets_src"], session["data_src"]),
            (there, session["packets_dst"], session["data_dst"]),
        ):
            _add(one, f"packets_{side}", packets)
            if session["ip_protocol"] in (ICMP, TCP, UDP, ICMPV6):
                _add(one, f"data_{side}", data - header * packets)
        if "tcpflags" in session:
            _add(one, "resets", session["tcpflags"]["rst"])
        _extend(one, session["first_ms"], session["last_ms"])
    return list(records.values())


def _source(session: Session) -> tuple[str, int]:
    return str(ip_address(session["src"])), session["src_port"]


def _add(record: dict[str, Value], name: str, number: int) -> None:
    held = record.get(name, 0)
    assert isinstance(held, int)
    record[name] = held + number


def _extend(record: dict[str, Value], first: int, last: int) -> None:
    earliest, latest = record.get("first_ms", first), record.get("last_ms", last)
    assert isinstance(earliest, int)
    assert isinstance(latest, int)
    record["first_ms"], record["last_ms"] = min(earliest, first), max(latest, last)


def ours_summed(ours: Sequence[Record], sides: Mapping[str, tuple[Value, Value]]) -> list[Record]:
    """Our connections in the same form; `sides` says whose source is `src`, by Community ID."""
    records: dict[str, dict[str, Value]] = {}
    for connection in ours:
        name = str(connection["community_id"])
        if name not in sides:
            continue
        one = records.setdefault(name, {"community_id": name, "ip_protocol": connection["ip_proto"]})
        here, there = ("src", "dst") if _starts_with(connection, *sides[name]) else ("dst", "src")
        for side, end in (("orig", here), ("resp", there)):
            _add(one, f"packets_{end}", _number(connection, f"{side}_pkts"))
            _add(one, f"data_{end}", _data(connection, side))
        _add(one, "resets", _number(connection, "orig_resets") + _number(connection, "resp_resets"))
        first, last = _number(connection, "ts"), _number(connection, "last_time")
        _extend(one, first // MILLISECOND, last // MILLISECOND)
    return list(records.values())


def _data(connection: Record, side: str) -> int:
    """Payload octets of a side. Arkime counts what TCP sent again once, and never what it did not see."""
    seen = _number(connection, f"{side}_data_bytes")
    if connection["ip_proto"] == TCP and connection[f"{side}_bytes"] is not None:
        return min(seen, _number(connection, f"{side}_bytes"))
    return seen


def _starts_with(connection: Record, address: Value, port: Value) -> bool:
    if connection["id.orig_h"] != connection["id.resp_h"] or connection["ip_proto"] not in (TCP, UDP):
        return connection["id.orig_h"] == address
    return connection["id.orig_p"] == port


def _number(record: Record, name: str) -> int:
    value = record[name]
    return value if isinstance(value, int) else 0


def align(their: Record, our: Record) -> Record | None:
    """Our record as it is: the sums have their sides already."""
    return our if their["community_id"] == our["community_id"] else None


def unlike(name: str, theirs: Value, ours: Value) -> bool:
    """Whether two values of a field differ."""
    return theirs != ours


def called(record: Record) -> str:
    """A session in a few words."""
    return f"protocol {record['ip_protocol']} {record['community_id']}"


def agreement_of(corpora: Path, capture: str, held: Sequence[Session]) -> Agreement:
    """Run on a capture and compare."""
    theirs = summed(held)
    sides = {str(each["community_id"]): (each["src"], each["src_port"]) for each in theirs}
    ours = ours_summed(our_connections(corpora / capture, OPTIONS, COLUMNS), sides)
    agreement = compare(capture.rpartition("/")[2], FIELDS, theirs, ours, align, unlike, called)
    assert not any(each.field == SURPLUS for each in agreement.differences)
    return agreement
