from __future__ import annotations

import json
import random
from dataclasses import replace
from statistics import median_low

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.report import connection_summary
from netanatomy.report.connection_overview import connection_part
from netanatomy.report.connection_report import connection_sections
from netanatomy.report.connection_summary import ConnectionSummary
from netanatomy.report.document import Document
from netanatomy.report.histogram import Histogram
from netanatomy.report.json import overview_json
from netanatomy.report.leaders import Leaders
from netanatomy.report.overview import overview
from netanatomy.report.plain import plain_text
from netanatomy.report.records import TO_ORIGINATOR, TO_RESPONDER, DelayLine
from netanatomy.report.summary import Summary
from netanatomy.schema.anomaly_table import ANOMALY_COLUMNS, anomaly_schema
from netanatomy.schema.capture import CaptureInformation
from netanatomy.schema.column import Kind
from tests.connection_rows import SECOND, START, connection_batch

MILLISECOND = 1_000_000
ROWS: list[dict[str, object]] = [
    {
        "orig_data_pkts": 8,
        "resp_data_pkts": 12,
        "orig_retransmissions": 1,
        "resp_retransmissions": 4,
        "syn_ack_delay": 20 * MILLISECOND,
        "ack_delay": MILLISECOND,
    },
    {
        "uid": "C2",
        "id__orig_h": "10.0.0.2",
        "duration": 90 * SECOND,
        "orig_ip_bytes": 9_000,
        "first_frame": 2,
    },
    # A forger's sequence numbers claim 4 GB; its packets have 40 octets.
    {
        "uid": "C3",
        "id__orig_h": "10.0.0.3",
        "orig_bytes": 4_000_000_000,
        "orig_ip_bytes": 40,
        "resp_ip_bytes": 0,
        "duration": None,
        "conn_state": "S0",
        "end_reason": "attempt-timeout",
        "id__resp_p": 22,
        "first_frame": 3,
    },
    {"uid": "C4", "id__orig_h": "10.0.0.3", "conn_state": "REJ", "id__resp_p": 22, "first_frame": 4},
    {"uid": "C5", "id__orig_h": "10.0.0.3", "conn_state": "RSTOS0", "id__resp_p": 23, "first_frame": 5},
    {"uid": "C6", "proto": "udp", "ip_proto": 17, "conn_state": "S0", "id__resp_p": 53, "first_frame": 6},
    {
        "uid": "C7",
        "ip_version": 6,
        "id__orig_h": "2001:db8::1",
        "id__resp_h": "2001:db8::2",
        "first_frame": 7,
        "end_reason": "capture-end",
    },
]


def counted(rows: list[dict[str, object]], cut: int = 100) -> ConnectionSummary:
    summary = ConnectionSummary()
    for at in range(0, len(rows), cut):
        summary.observe(connection_batch(*rows[at : at + cut]))
    return summary


def test_counts() -> None:
    part = connection_part(counted(ROWS), 10)
    assert part.connections == 7
    states = {(line.proto, line.conn_state): line.connections for line in part.states}
    assert states == {
        ("tcp", "SF"): 3,
        ("tcp", "S0"): 1,
        ("tcp", "REJ"): 1,
        ("tcp", "RSTOS0"): 1,
        ("udp", "S0"): 1,
    }
    assert {line.name: line.count for line in part.ends} == {
        "closed": 5,
        "attempt-timeout": 1,
        "capture-end": 1,
    }
    assert (part.retransmissions, part.data_packets) == (5, 20)


def test_top_talkers_go_by_octets_of_packets() -> None:
    part = connection_part(counted(ROWS), 10)
    hosts = {line.address: line for line in part.hosts}
    assert part.hosts[0].address == "192.0.2.7"
    assert [hosts["10.0.0.3"].connections, hosts["10.0.0.3"].originated] == [3, 3]
    assert hosts["10.0.0.3"].sent_octets == 40 + 300 + 300
    assert hosts["192.0.2.7"].originated == 0
    assert hosts["2001:db8::2"].sent_octets == 2200
    assert part.largest[0].uid == "C2"
    assert part.largest[-1].uid == "C3"


def test_the_longest_have_a_length() -> None:
    part = connection_part(counted(ROWS), 10)
    assert part.longest[0].uid == "C2"
    assert part.longest[0].duration_ns == 90 * SECOND
    assert part.longest[0].first_time_ns == START
    assert "C3" not in {line.uid for line in part.longest}


def test_failed_handshakes() -> None:
    part = connection_part(counted(ROWS), 10)
    assert part.failed_connections == 3
    services = [(line.address, line.port, line.service, line.connections) for line in part.failed_services]
    assert services == [("192.0.2.7", 22, "ssh", 2), ("192.0.2.7", 23, "telnet", 1)]
    [caller] = part.failed_originators
    assert (caller.address, caller.port) == ("10.0.0.3", None)
    assert (caller.unanswered, caller.rejected, caller.aborted) == (1, 1, 1)


def test_handshake_delays() -> None:
    delays = connection_part(counted(ROWS), 10).delays
    assert [line.least_ns for line in delays] == [20 * MILLISECOND, MILLISECOND, 21 * MILLISECOND]
    assert delays[2].median_ns == 21 * MILLISECOND


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=60), st.integers(0, 60))
def test_a_median_is_right_to_its_bin(amounts: list[int], cut: int) -> None:
    one, other = Histogram(), Histogram()
    one.observe(np.array(amounts[:cut], np.int64))
    other.observe(np.array(amounts[cut:], np.int64))
    one.merge(other)
    right = median_low(amounts)
    found = one.median()
    assert found is not None
    assert abs(found - right) <= 1 + 0.0222 * right  # the width of a bin, and whole nanoseconds
    assert (one.count, one.least, one.greatest) == (len(amounts), min(amounts), max(amounts))


@given(
    st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 100)), unique_by=lambda row: row[1]),
    st.integers(1, 9),
)
def test_leaders_are_the_greatest_however_the_table_is_cut(rows: list[tuple[int, int]], cut: int) -> None:
    leaders = Leaders(("first_frame",), 3)
    for at in range(0, len(rows), cut):
        some = rows[at : at + cut]
        table = pa.table({"first_frame": pa.array([frame for _, frame in some], pa.uint64())})
        leaders.observe(table, np.array([amount for amount, _ in some]))
    expected = sorted((-amount, frame) for amount, frame in rows if amount >= 0)[:3]
    assert [row["first_frame"] for row in leaders.rows()] == [frame for _, frame in expected]


def test_cutting_and_merging_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_summary, "WINDOW_ROWS", 7)
    chance = random.Random(2)
    rows: list[dict[str, object]] = [
        {
            "uid": f"C{number}",
            "id__orig_h": f"10.0.0.{chance.randrange(9)}",
            "conn_state": chance.choice(["S0", "SF", "REJ"]),
            "proto": chance.choice(["tcp", "udp"]),
            "duration": chance.choice([None, chance.randrange(SECOND)]),
            "orig_ip_bytes": chance.randrange(5000),
            "syn_ack_delay": chance.choice([None, chance.randrange(SECOND)]),
            "ack_delay": chance.choice([None, chance.randrange(SECOND)]),
            "first_frame": number,
        }
        for number in range(200)
    ]
    whole = connection_part(counted(rows), 20)
    parts = [counted(rows[:50], 3), counted(rows[50:120], 11), counted(rows[120:])]
    merged = parts.pop(1)
    for part in parts:
        merged.merge(part)
    assert connection_part(merged, 20) == whole
    chance.shuffle(rows)
    assert connection_part(counted(rows, 13), 20) == whole


def test_a_flood_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_summary, "MAXIMUM_HOSTS", 50)
    monkeypatch.setattr(connection_summary, "MAXIMUM_FAILED", 50)
    monkeypatch.setattr(connection_summary, "MAXIMUM_LEADERS", 5)
    monkeypatch.setattr(connection_summary, "WINDOW_ROWS", 100)
    flood: list[dict[str, object]] = [
        {
            "id__orig_h": f"198.18.{number >> 8}.{number & 255}",
            "conn_state": "S0",
            "orig_pkts": 1,
            "orig_ip_bytes": 40,
            "resp_pkts": 0,
            "resp_ip_bytes": 0,
            "first_frame": number + 10,
        }
        for number in range(2000)
    ]
    part = connection_part(counted([*ROWS, *flood]), 10)
    assert part.connections == 2007
    assert part.failed_services[0].connections == 2000
    assert part.hosts_table.total <= 50
    assert part.hosts_table.dropped_entries >= 1900
    assert part.failed_originators_table.total + part.failed_originators_table.dropped_entries == 2001
    assert {line.address for line in part.hosts[:2]} == {"192.0.2.7", "10.0.0.2"}
    assert len(part.largest) == 5


def anomaly_batch(*rows: tuple[str, int]) -> pa.RecordBatch:
    values = {"name": [name for name, _ in rows], "layer": ["transport" for _ in rows]}
    arrays = []
    for column in ANOMALY_COLUMNS:
        if column.kind is Kind.NAME:
            arrays.append(pa.array(values[column.name]).dictionary_encode().cast(column.kind.arrow))
        elif column.name == "frame_number":
            arrays.append(pa.array([frame for _, frame in rows], pa.uint64()))
        else:
            arrays.append(pa.nulls(len(rows), column.kind.arrow))
    return pa.RecordBatch.from_arrays(arrays, schema=anomaly_schema())


def test_anomalies_by_name() -> None:
    summary = counted(ROWS)
    summary.observe_anomalies(anomaly_batch(("syn-with-data", 9), ("odd", 2), ("syn-with-data", 4)))
    summary.observe_anomalies(anomaly_batch(("odd", 1), ("odd", 8)))
    summary.observe_anomalies(anomaly_batch())
    lines = connection_part(summary, 10).anomalies
    assert [(line.name, line.count, line.first_frames) for line in lines] == [
        ("odd", 3, [1, 2, 8]),
        ("syn-with-data", 2, [4, 9]),
    ]


def test_the_section() -> None:
    summary = counted(ROWS)
    summary.observe_anomalies(anomaly_batch(("odd\x1b[31m", 2)))
    text = "\n".join(plain_text(Document("t", connection_sections(connection_part(summary, 2)))))
    assert "Failed TCP handshakes by who was called (3 in all)" in text
    assert "5 segments sent again; 20 segments with data" in text
    assert "[2001:db8::1]" not in text  # not among the first two lines
    assert "more addresses (see --top)" in text
    assert "\x1b" not in text
    assert connection_sections(connection_part(ConnectionSummary(), 2)) == ()


def test_handshakes_that_were_never_completed_are_told() -> None:
    part = replace(
        connection_part(counted(ROWS), 2),
        failed_connections=0,
        delays=[DelayLine(TO_RESPONDER, 40, 1, 1, 1), DelayLine(TO_ORIGINATOR, 39, 1, 1, 1)],
    )
    text = "\n".join(plain_text(Document("t", connection_sections(part))))
    assert "Answered, but never completed: 1 handshake." in text
    text = "\n".join(plain_text(Document("t", connection_sections(replace(part, delays=[])))))
    assert "No TCP handshake was refused or left without an answer." in text
    assert "never completed" not in text


def test_the_report_as_json() -> None:
    summary = Summary()
    summary.connections.observe(connection_batch(*ROWS))
    document = json.loads(overview_json(overview(summary, CaptureInformation(), [], 3), "0"))
    assert document["connections"]["connections"] == 7
    assert len(document["connections"]["largest"]) == 3
    assert document["connections"]["failed_services"][0]["port"] == 22
