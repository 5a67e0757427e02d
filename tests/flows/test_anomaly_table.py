"""The anomaly table: rows from kernels' notes, from checks, and from what was told about the capture."""

from __future__ import annotations

from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pytest

from netanatomy.flows.anomaly_table import (
    FIRST_FRAMES,
    AnomalyCounts,
    events_batch,
    hits_batch,
    in_order,
    notes_batch,
)
from netanatomy.flows.events import Events
from netanatomy.flows.identity import uid_texts
from netanatomy.flows.oddities import find
from netanatomy.flows.packet import Packet
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.anomaly_kinds.transport import KINDS
from netanatomy.schema.anomaly_table import anomaly_schema
from tests.flows.test_oddities import changed, decoded, udp4
from tests.plain_rows import plain_rows

NUMBERS = {kind.name: number for number, kind in enumerate(KINDS)}


def words(address: str) -> tuple[int, int]:
    octets = ip_address(address).packed
    high, low = np.frombuffer(bytes(10) + b"\xff\xff" + octets, np.int64)
    return int(high), int(low)


by_hand = pytest.mark.skipif(
    not hasattr(Packet(), "__dict__"), reason="compiled packets and notes cannot be made by hand"
)


def a_packet() -> Packet:
    packet = Packet()
    packet.frame, packet.time, packet.side = 7, 1_000, 1
    packet.uid_high, packet.uid_low = 1, -2
    packet.source_high, packet.source_low = words("10.0.0.1")
    packet.destination_high, packet.destination_low = words("10.0.0.2")
    packet.source_port, packet.destination_port = 40_000, 443
    return packet


def noted() -> Events:
    events = Events(8)
    packet = a_packet()
    events.add(packet, NUMBERS["flags-null"], 46, 2)
    events.add_numbers(packet, NUMBERS["syn-ack-wrong-ack"], 42, 4, 5, 6, 3)
    place = events.add(packet, NUMBERS["overlap-different-octets"], 54, 3)
    reading = events.begin_evidence(place, 3)
    events.arrays["first_reading"][reading, :3] = list(b"new")
    events.arrays["second_reading"][reading, :3] = list(b"old")
    return events


@by_hand
def test_notes_of_kernels_become_rows() -> None:
    batch = events_batch(noted(), KINDS)
    batch.validate(full=True)
    assert batch.schema == anomaly_schema()
    first, second, third = plain_rows(batch)
    assert first["name"] == "flags-null"
    assert first["layer"] == "transport"
    assert first["frame_number"] == 7
    assert first["ts"] == 1_000
    assert first["is_orig"] is False
    assert first["source"] == bytes(10) + b"\xff\xff\x0a\0\0\x01"
    assert first["destination"][12:] == b"\x0a\0\0\x02"
    assert (first["source_port"], first["destination_port"]) == (40_000, 443)
    assert (first["offset"], first["length"]) == (46, 2)
    assert (first["value"], first["expected"], first["other_frame"], first["evidence"]) == (None,) * 4
    assert first["uid"] == uid_texts(np.array([1]), np.array([-2]))[0].as_py()
    assert (second["value"], second["expected"], second["other_frame"]) == (5, 6, 3)
    assert (third["evidence"], third["other_evidence"]) == (b"new", b"old")


@by_hand
def test_a_number_that_a_kind_does_not_tell_is_null() -> None:
    events = Events(2)
    name = next(kind.name for kind in KINDS if kind.value and not kind.expected)
    events.add_numbers(a_packet(), NUMBERS[name], 42, 4, 5, 6, 0)
    (row,) = plain_rows(events_batch(events, KINDS))
    assert (row["value"], row["expected"], row["other_frame"]) == (5, None, None)


@by_hand
def test_without_a_connection_there_is_no_uid() -> None:
    packet = a_packet()
    packet.uid_high = packet.uid_low = 0
    events = Events(2)
    events.add(packet, 0, 1, 2)
    (row,) = plain_rows(events_batch(events, KINDS))
    assert (row["uid"], row["is_orig"]) == (None, None)


@by_hand
def test_no_notes_no_rows() -> None:
    for batch in (events_batch(Events(4), KINDS), notes_batch([]), in_order([])):
        assert batch.num_rows == 0
        assert batch.schema == anomaly_schema()


def test_what_checks_found_comes_in_the_order_of_the_rows() -> None:
    frames = [udp4(), changed(udp4(b"", 0, 5), 40, b"\x12\x34"), udp4(source="127.0.0.1"), udp4()[:9]]
    (packets,) = decoded(frames)
    high, low = np.array([0, 1, 0, 0]), np.array([0, 5, 0, 0])
    side = np.zeros(4, np.uint8)
    batch = hits_batch(find(packets.table, packets.pieces), packets.table, high, low, side)
    batch.validate(full=True)
    assert batch.schema == anomaly_schema()
    rows = plain_rows(batch)
    assert [row["frame_number"] for row in rows] == [2, 2, 3, 4]
    assert {row["name"] for row in rows[:2]} == {"udp-checksum-bad", "port-zero"}
    assert [row["name"] for row in rows[2:]] == ["loopback-on-link", "link-header-truncated"]
    checksum = next(row for row in rows if row["name"] == "udp-checksum-bad")
    assert (checksum["value"], checksum["expected"]) == (0x1234, None)
    assert (checksum["source_port"], checksum["destination_port"]) == (0, 5)
    assert checksum["uid"] is not None
    assert checksum["is_orig"] is True
    assert rows[2]["uid"] is None
    assert rows[2]["is_orig"] is None
    assert rows[3]["source"] is None
    assert rows[3]["layer"] == "link"


def test_without_a_tracker_rows_have_no_connection() -> None:
    (packets,) = decoded([udp4(b"", 0, 5)])
    (row,) = plain_rows(hits_batch(find(packets.table), packets.table))
    assert (row["uid"], row["is_orig"]) == (None, None)


def test_what_was_told_about_the_capture() -> None:
    notes = [
        Anomaly("capture-truncated", "capture", "…", offset=24),
        Anomaly("fragments-evicted", "internet", "…"),
        Anomaly("capture-damaged", "capture", "…", offset=1 << 40, frame=3),
    ]
    first, second, third = plain_rows(notes_batch(notes))
    assert (first["name"], first["layer"], first["offset"], first["frame_number"]) == (
        "capture-truncated",
        "capture",
        24,
        None,
    )
    assert (second["layer"], second["offset"]) == ("internet", None)
    assert (third["frame_number"], third["offset"]) == (3, None)


@by_hand
def test_batches_are_joined_by_frame() -> None:
    (packets,) = decoded([udp4(b"", 0, 5)] * 9)
    hits = hits_batch(find(packets.table), packets.table)
    joined = in_order([events_batch(noted(), KINDS), hits])
    assert joined.schema == anomaly_schema()
    assert joined.column("frame_number").to_pylist() == [1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 8, 9]
    assert joined.column("name").to_pylist()[6:10] == [
        "flags-null",
        "syn-ack-wrong-ack",
        "overlap-different-octets",
        "port-zero",
    ]


@by_hand
def test_batches_share_their_dictionaries() -> None:
    """An Arrow file takes no batch whose dictionary replaces another."""
    batches = [events_batch(noted(), KINDS), notes_batch([Anomaly("capture-damaged", "capture", "…")])]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, anomaly_schema()) as writer:
        for batch in batches:
            writer.write_batch(batch)
    assert pa.ipc.open_file(sink.getvalue()).read_all().num_rows == 4


def test_counting_is_bounded() -> None:
    counts = AnomalyCounts()
    (packets,) = decoded([udp4(b"", 0, 5)] * 100)
    batch = hits_batch(find(packets.table), packets.table)
    counts.observe(batch.slice(0, 3))
    counts.observe(batch.slice(3))
    assert counts.total == 100
    assert counts.kinds["port-zero"].count == 100
    assert counts.kinds["port-zero"].frames == [1, 2, 3, 4, 5][:FIRST_FRAMES]


@pytest.mark.parametrize("number", range(len(KINDS)))
@by_hand
def test_every_kind_of_the_kernels_can_be_told(number: int) -> None:
    events = Events(1)
    events.add(a_packet(), number, 1, 2)
    (row,) = plain_rows(events_batch(events, KINDS))
    assert (row["name"], row["layer"]) == (KINDS[number].name, KINDS[number].layer)
