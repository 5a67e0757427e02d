"""Zeek's connection records, and ours beside them.

A group is the whole conn.log of one run of Zeek: a trace, a test and a log. We run on the trace with
what the test set: whether wrong checksums count, and which ports are a server's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from netanatomy.schema.flow_options import FlowOptions
from tests.conformance.our_connections import our_connections
from tests.conformance.records import Agreement, Record, Value, compare
from tests.conformance.zeek_ports import server_ports

TRACES = "zeek+zeek/testing/btest/Traces/"
"""What the name of every trace begins with."""

IDENTITY = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto")
NUMBERS = (
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "orig_pkts",
    "resp_pkts",
    "orig_ip_bytes",
    "resp_ip_bytes",
    "ip_proto",
)
TEXTS = ("conn_state", "history")
OF_EXTRA = ("vlan", "inner_vlan", "orig_l2_addr", "resp_l2_addr")
COLUMNS = (*IDENTITY, *NUMBERS, *TEXTS, *OF_EXTRA, "duration", "tunnel_parents")
FIELDS = ("direction", "proto", *TEXTS, *NUMBERS, "duration", "tunnel_parents", *OF_EXTRA)
"""What is compared, in the order of the report."""

UNKNOWN = "unknown_transport"
"""What neither TCP nor UDP nor ICMP is. Zeek knows no ports of SCTP and writes 0; they are not compared."""

MICROSECOND = 1_000
"""Nanoseconds. Zeek's times are floating-point seconds, whose last decimal printed may be off by one."""

CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class Group:
    """One run of Zeek.

    Attributes:
        trace: path of the capture in the corpora.
        run: trace, test and log, for people.
        options: what we run with to do the same.
        records: its conn.log, as far as it is stated.
    """

    trace: str
    run: str
    options: FlowOptions
    records: tuple[Record, ...]


def groups(corpora: Path, only: str = "") -> list[Group]:
    """The runs whose name contains `only`."""
    with (corpora / "expected" / "zeek_conn.tsv").open(newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    by_run: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        by_run.setdefault((row["trace"], row["test"], row["log"]), []).append(row)
    found = []
    for (trace, test, log), held in by_run.items():
        run = f"{trace.removeprefix(TRACES)} {test} {log}"
        if only in run:
            found.append(Group(trace, run, _options(held[0]), tuple(_expected(row) for row in held)))
    return found


def _options(row: Mapping[str, str]) -> FlowOptions:
    # Zeek can ignore checksums for some networks; we cannot, and ignore all of that trace's then.
    checksums = "check" if row["checksums"] == CHECKED else "ignore"
    loads = () if row["loads"] == "-" else tuple(row["loads"].split())
    return FlowOptions(checksums=checksums, server_ports=server_ports(row["bare"] == "yes", loads))


def _expected(row: Mapping[str, str]) -> Record:
    """A row of the table; what it does not state is left out, and unset values are None."""
    record: dict[str, Value] = {"direction": "as logged"} if row["id.orig_h"] else {}
    for name in ("id.orig_h", "id.resp_h"):
        if row[name]:
            record[name] = str(ip_address(row[name]))
    for name in ("id.orig_p", "id.resp_p", *NUMBERS):
        if row[name]:
            record[name] = None if row[name] == "-" else int(row[name])
    for name in ("proto", *TEXTS):
        if row[name]:
            record[name] = None if row[name] == "-" else row[name]
    if row["duration"]:
        record["duration"] = None if row["duration"] == "-" else round(float(row["duration"]) * 1e9)
    if row["tunnel_parents"]:
        record["tunnel_parents"] = row["tunnel_parents"] == "set"
    extra: Mapping[str, Value] = json.loads(row["extra"]) if row["extra"] else {}
    for name in OF_EXTRA:
        if name in extra:
            record[name] = _of_extra(name, extra[name])
    return record


def _of_extra(name: str, value: Value) -> Value:
    if value is None or value == "-":
        return None
    return int(value) if name.endswith("vlan") else str(value).lower()


def align(their: Record, our: Record) -> Record | None:
    """Our record as theirs is written, or None where the two are not of one connection.

    Where the roles are exchanged, ours is turned round, so that one wrong direction does not make all
    the rest look wrong.
    """
    if their.get("proto", our["proto"]) != our["proto"]:
        return None
    if our["proto"] == UNKNOWN and their.get("id.orig_p") == 0:
        our = {**our, "id.orig_p": 0, "id.resp_p": 0}
    if all(their.get(name, our[name]) == our[name] for name in IDENTITY):
        return {**our, "direction": "as logged"}
    turned = mirrored(our)
    if all(their.get(name, turned[name]) == turned[name] for name in IDENTITY):
        return {**turned, "direction": "turned round"}
    return None


def mirrored(record: Record) -> Record:
    """The same connection with its roles exchanged."""
    turned: dict[str, Value] = {}
    for name, value in record.items():
        if name == "history" and isinstance(value, str):
            turned[name] = value.swapcase()
        elif "orig" in name:
            turned[name.replace("orig", "resp", 1)] = value
        elif "resp" in name:
            turned[name.replace("resp", "orig", 1)] = value
        else:
            turned[name] = value
    return turned


def unlike(name: str, theirs: Value, ours: Value) -> bool:
    """Whether two values of a field differ."""
    if name == "duration" and isinstance(theirs, int) and isinstance(ours, int):
        return abs(theirs - ours) > MICROSECOND
    return theirs != ours


def called(record: Record) -> str:
    """A connection in a few words."""
    proto, *ends = (str(record.get(name, "?")) for name in ("proto", *IDENTITY[:4]))
    return f"{proto} {ends[0]}:{ends[1]} > {ends[2]}:{ends[3]}"


def agreement_of(corpora: Path, group: Group) -> Agreement:
    """Run on a group's trace and compare."""
    ours = our_connections(corpora / group.trace, group.options, COLUMNS)
    return compare_group(group, ours)


def compare_group(group: Group, ours: Sequence[Record]) -> Agreement:
    """Compare our records with a group's."""
    return compare(group.run, FIELDS, group.records, ours, align, unlike, called)
