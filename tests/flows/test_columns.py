"""The columns of a packet batch as the kernels read them: nulls, slices, codes, links without Ethernet."""

from __future__ import annotations

import random
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows import columns as bits
from netanatomy.flows.arrow_columns import ArrowColumns
from netanatomy.flows.columns import NEEDED, Columns
from netanatomy.flows.connections import CONNECTION_PACKET_COLUMNS, anomaly_packet_columns
from netanatomy.schema.packets import CHECKSUM_STATUS, COLUMNS
from tests import wire
from tests.flows.following import at, datagram, echo, follow, frame_batch, there
from tests.flows.talk import mss, scale, stamps
from tests.plain_rows import plain_rows
from tests.wire import ACK, SYN

FRAMES = [
    at(0, there(SYN, 1, options=mss(1400) + scale(3) + stamps(5, 0))),
    at(1, wire.arp(1, wire.ALICE, "10.0.0.1", "10.0.0.2")),
    at(2, datagram()),
    at(3, echo(8)),
    at(4, there(ACK, 2, 3)[:12] + struct.pack(">HH", 0x8100, 77) + there(ACK, 2, 3)[12:]),
    at(5, b"too short"),
]


def table_of(frames: list[tuple[int, bytes]]) -> pa.RecordBatch:
    decoder = PacketDecoder(NEEDED)
    (batch,) = [*decoder.decode(frame_batch(frames)), *decoder.finish()]
    return batch


def numbers(columns: ArrowColumns, name: str, rows: int) -> list[Any]:
    return [getattr(columns.columns, name)[row] for row in range(rows)]


def having(columns: ArrowColumns, bit: int, rows: int) -> list[int]:
    return [int(columns.columns.has[row] & bit != 0) for row in range(rows)]


uncompiled = pytest.mark.skipif(
    not hasattr(Columns(), "__dict__"), reason="compiled, the columns cannot be looked at from Python"
)


def test_needed_columns_are_columns() -> None:
    known = {column.name for column in COLUMNS}
    assert set(NEEDED) <= known
    assert len(set(NEEDED)) == len(NEEDED)
    assert CONNECTION_PACKET_COLUMNS == NEEDED
    assert set(NEEDED) <= set(anomaly_packet_columns()) <= known


@uncompiled
def test_what_is_there() -> None:
    arrow = ArrowColumns()
    batch = table_of(FRAMES)
    arrow.attach(batch)
    columns = arrow.columns
    rows = batch.num_rows
    assert rows == columns.rows == len(FRAMES)
    assert having(arrow, bits.HAS_IP, rows) == [1, 0, 1, 1, 1, 0]
    assert having(arrow, bits.HAS_PORTS, rows) == [1, 0, 1, 0, 1, 0]
    assert having(arrow, bits.HAS_TCP, rows) == [1, 0, 0, 0, 1, 0]
    assert having(arrow, bits.HAS_ICMP, rows) == [0, 0, 0, 1, 0, 0]
    assert having(arrow, bits.HAS_VLAN, rows) == [0, 0, 0, 0, 1, 0]
    assert having(arrow, bits.HAS_MSS, rows) == [1, 0, 0, 0, 0, 0]
    assert having(arrow, bits.HAS_TIMESTAMPS, rows) == [1, 0, 0, 0, 0, 0]
    assert having(arrow, bits.HAS_STOP, rows) == [0, 0, 0, 0, 0, 1]
    assert (columns.tcp_mss[0], columns.tcp_window_scale[0], columns.tcp_timestamp_value[0]) == (1400, 3, 5)
    assert (columns.vlan_id[4], columns.icmp_type[3], columns.source_port[2]) == (77, 8, 40_000)
    assert columns.mac_source(0) == int(wire.ALICE.replace(":", ""), 16)
    assert columns.mac_destination(0) == int(wire.BOB.replace(":", ""), 16)
    good = CHECKSUM_STATUS.index("good")
    assert [columns.transport_checksum_status[row] for row in (0, 4)] == [good, good]
    assert columns.transport_checksum_status[1] == 0


@uncompiled
@pytest.mark.parametrize("begin", range(1, 10))
def test_a_slice_is_read_from_its_begin(begin: int) -> None:
    """Arrow slices share their buffers; bits of presence begin anywhere in an octet."""
    choose = random.Random(begin)
    batch = table_of([choose.choice(FRAMES[:5]) for _ in range(40)])
    whole, part = ArrowColumns(), ArrowColumns()
    whole.attach(batch)
    sliced = batch.slice(begin, 17)
    part.attach(sliced)
    for name in ("has", "time", "frame_number"):
        assert numbers(part, name, 17) == numbers(whole, name, 40)[begin : begin + 17], name
    for name, present in (
        ("tcp_flags", bits.HAS_TCP),
        ("source_port", bits.HAS_PORTS),
        ("vlan_id", bits.HAS_VLAN),
    ):
        for row in range(17):
            if part.columns.has[row] & present:
                assert numbers(part, name, 17)[row] == numbers(whole, name, 40)[begin + row]
    assert [part.columns.source(row, 1) for row in range(17)] == [
        whole.columns.source(begin + row, 1) for row in range(17)
    ]


@uncompiled
def test_codes_do_not_depend_on_the_order_of_the_dictionary() -> None:
    batch = table_of(FRAMES)
    place = batch.schema.get_field_index("transport_checksum_status")
    column = batch.column(place)
    turned = pa.DictionaryArray.from_arrays(
        pa.array(
            [
                None if each is None else len(column.dictionary) - 1 - each
                for each in column.indices.to_pylist()
            ],
            pa.uint16(),
        ),
        pa.array(column.dictionary.to_pylist()[::-1]),
    )
    one, two = ArrowColumns(), ArrowColumns()
    one.attach(batch)
    two.attach(batch.set_column(place, "transport_checksum_status", turned))
    assert numbers(one, "transport_checksum_status", 6) == numbers(two, "transport_checksum_status", 6)


@uncompiled
def test_one_batch_after_another_leaves_nothing_behind() -> None:
    columns = ArrowColumns()
    columns.attach(table_of(FRAMES))
    columns.attach(table_of([FRAMES[1]] * 8))
    assert having(columns, bits.HAS_IP, 8) == [0] * 8
    assert numbers(columns, "tcp_flags", 8) == [0] * 8
    columns.attach(table_of(FRAMES[:1]).slice(0, 0))
    assert columns.columns.rows == 0


RADIO = 105  # LINKTYPE_IEEE802_11
STATION, ACCESS_POINT = bytes.fromhex("020000000011"), bytes.fromhex("020000000022")


def over_the_air(octets: bytes) -> bytes:
    """A data frame from a station to its access point, with the packet of an Ethernet frame."""
    header = struct.pack("<HH", 0x0108, 0) + ACCESS_POINT + STATION + ACCESS_POINT + b"\0\0"
    return header + b"\xaa\xaa\x03\0\0\0\x08\x00" + octets[14:]


def test_a_radio_link_has_its_own_addresses() -> None:
    row = follow([(FRAMES[0][0], over_the_air(FRAMES[0][1]))], link_type=RADIO).only
    assert row["orig_l2_addr"] == STATION


def test_radio_and_ethernet_in_one_batch() -> None:
    """A capture of two interfaces: what stands in a row depends on the row alone."""
    octets = [there(SYN, 1), over_the_air(datagram())]
    batch = frame_batch([at(place, each) for place, each in enumerate(octets)])
    object.__setattr__(batch, "link_type", np.array([1, RADIO], np.uint16))
    decoder = PacketDecoder()
    from netanatomy.flows.connections import ConnectionTracker

    tracker = ConnectionTracker()
    found = [*(each for rows in decoder.decode_with_octets(batch) for each in tracker.observe(rows))]
    for rows in decoder.finish_with_octets():
        found += tracker.observe(rows)
    found += tracker.finish()
    rows_of = [row for each in found if each.ended for row in plain_rows(tracker.batch(each.ended))]
    macs = {row["proto"]: row["orig_l2_addr"] for row in rows_of}
    assert macs == {"tcp": bytes.fromhex(wire.ALICE.replace(":", "")), "udp": STATION}


def test_packets_without_a_link_have_no_link_address() -> None:
    raw = [(time, octets[14:]) for time, octets in (FRAMES[0], FRAMES[2])]
    for row in follow(raw, link_type=101).rows:
        assert (row["orig_l2_addr"], row["resp_l2_addr"]) == (None, None)
        assert row["orig_pkts"] == 1
