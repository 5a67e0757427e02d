from __future__ import annotations

import struct
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netanatomy.errors import CaptureError, NotACaptureError

SECOND = 1_000_000_000


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [None, 6, 9, 10, 0x80 | 30, 0x80 | 33])
@pytest.mark.parametrize("offset", [None, 3600, -3600])
def test_resolutions_and_offsets(captures, rows, order, resolution, offset):
    found, capture = rows(captures.pcapng(order, resolution, offset).octets)
    assert found == list(captures.frames)
    assert capture.anomalies == []
    (interface,) = capture.information.interfaces
    assert interface.timestamp_offset == (offset or 0)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.sampled_from("<>"),
    resolution=st.integers(0, 255),
    units=st.integers(0, 2**64 - 1) | st.integers(0, 2**50),
    offset=st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**34), 2**34) | st.just(0),
)
def test_times_are_exact(captures, rows, order, resolution, units, offset):
    options = captures.option(order, 9, bytes([resolution])) + captures.option(
        order, 14, struct.pack(order + "q", offset)
    )
    octets = (
        captures.section(order)
        + captures.interface(order, options=options)
        + captures.packet(order, units, b"x", 1)
    )
    ((time, _, _),), capture = rows(octets)
    exponent = resolution & 0x7F
    per_second = 2**exponent if resolution & 0x80 else 10**exponent
    exact = Fraction(units, per_second) + offset
    # An offset of 35,000 years is clipped: only a clock that runs as long against it could tell.
    assume(abs(offset) <= 2**40 or units // per_second < 2**39)
    if -(2**33) <= exact < 2**33:
        # A decimal clock finer than 10^-27 s is taken for one of 10^-27 s.
        slack = 18 if per_second > 10**27 and not resolution & 0x80 else 0
        assert abs(time - exact * SECOND // 1) <= slack
        assert capture.anomalies == []
    else:
        assert [each.name for each in capture.anomalies] == ["capture-time-out-of-range"]
        assert time == (2**33 if exact > 0 else -(2**33)) * SECOND


def test_packet_blocks_of_all_kinds(captures, rows):
    for order in "<>":
        octets = (
            captures.section(order)
            + captures.interface(order, snap_length=8)
            + captures.packet(order, 5, b"enhanced", 100)
            + captures.obsolete_packet(order, 6, b"obsolete", 9, drops=3)
            + captures.simple_packet(order, b"simple pXXXX"[:8], 11)
            + captures.simple_packet(order, b"abc", 3)
        )
        found, capture = rows(octets)
        assert found == [
            (5000, b"enhanced", 100),
            (6000, b"obsolete", 9),
            (0, b"simple p", 11),
            (0, b"abc", 3),
        ]
        assert capture.information.interfaces[0].dropped_between == 3


def test_sections_of_both_byte_orders_and_interfaces_numbered_over_all(captures, tmp_path):
    from netanatomy.capture.reader import open_capture

    path = tmp_path / "two sections"
    path.write_bytes(
        captures.section("<")
        + captures.interface("<", link_type=1)
        + captures.interface("<", link_type=113)
        + captures.packet("<", 1, b"a", 1, index=1)
        + captures.section(">")
        + captures.interface(">", link_type=12)
        + captures.packet(">", 2, b"b", 1, index=0)
    )
    with open_capture(path) as capture:
        batches = list(capture.batches())
    found = [
        (int(number), int(link))
        for batch in batches
        for number, link in zip(batch.interface, batch.link_type, strict=True)
    ]
    assert found == [(1, 113), (2, 101)]
    assert [each.section for each in capture.information.interfaces] == [0, 0, 1]
    assert [each.byte_order for each in capture.information.sections] == ["little", "big"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_blocks_say(captures, rows, order):
    text = partial(captures.option, order)
    octets = (
        captures.section(
            order, text(1, b"first") + text(2, b"machine") + text(3, b"system") + text(4, b"program\xff")
        )
        + captures.interface(
            order,
            snap_length=96,
            options=text(1, b"a comment")
            + text(2, b"eth0")
            + text(3, b"the first")
            + text(4, bytes([10, 0, 0, 1, 255, 255, 255, 0]))
            + text(5, bytes(15) + b"\1\x40")
            + text(6, bytes([2, 0, 0, 0, 0, 1]))
            + text(8, struct.pack(order + "Q", 10**9))
            + text(11, b"\0tcp port 80")
            + text(12, b"os")
            + text(13, b"\4")
            + text(15, b"card"),
        )
        + captures.block(
            order,
            5,
            struct.pack(order + "III", 0, 0, 0)
            + text(2, struct.pack(order + "II", 0, 1_000_000))
            + text(3, struct.pack(order + "II", 1, 0))
            + text(4, struct.pack(order + "Q", 70))
            + text(5, struct.pack(order + "Q", 7))
            + text(6, struct.pack(order + "Q", 60))
            + text(7, struct.pack(order + "Q", 5))
            + text(8, struct.pack(order + "Q", 50)),
        )
        + captures.block(
            order,
            4,
            text(1, bytes([192, 0, 2, 1]) + b"a.example\0b.example\0")
            + text(2, bytes(15) + b"\1localhost\0")
            + text(0, b""),
        )
        + captures.block(order, 10, struct.pack(order + "II", 0x544C534B, 5) + b"keys!\0\0\0")
        + captures.block(order, 0xBAD, struct.pack(order + "I", 32473) + b"own data")
        + captures.block(order, 0x40000BAD, struct.pack(order + "I", 32473) + b"more")
        + captures.block(order, 0x0BADBEEF, b"unknown")
        + captures.packet(
            order,
            1,
            b"abcde",
            5,
            options=text(1, b"seen")
            + text(2, struct.pack(order + "I", 0x1))
            + text(4, struct.pack(order + "Q", 4))
            + text(1, "twice ü".encode()),
        )
    )
    found, capture = rows(octets)
    information = capture.information
    assert capture.anomalies == []
    assert found == [(1000, b"abcde", 5)]
    (section,) = information.sections
    assert (section.hardware, section.operating_system) == ("machine", "system")
    assert section.application == "program\\xff"
    assert information.comments == ["first", "a comment"]
    (interface,) = information.interfaces
    assert (interface.name, interface.description, interface.snap_length) == ("eth0", "the first", 96)
    assert interface.addresses == ["10.0.0.1/255.255.255.0", "::1/64", "02:00:00:00:00:01"]
    assert (interface.filter, interface.speed, interface.fcs_length) == ("tcp port 80", 10**9, 4)
    assert (interface.hardware, interface.operating_system) == ("card", "os")
    assert (interface.start_time, interface.end_time) == (10**9, 2**32 * 1000)
    assert (interface.received, interface.dropped, interface.accepted) == (70, 7, 60)
    assert (interface.dropped_by_system, interface.delivered, interface.dropped_between) == (5, 50, 4)
    assert [(each.address, each.names) for each in information.names] == [
        ("192.0.2.1", ("a.example", "b.example")),
        ("::1", ("localhost",)),
    ]
    assert [(each.kind, each.octets) for each in information.secrets] == [("TLS key log", b"keys!")]
    assert [(each.enterprise, each.octets) for each in information.custom_blocks] == [
        (32473, b"own data"),
        (32473, b"more"),
    ]
    assert information.skipped_blocks == 1


def test_comments_and_flags_of_frames(captures, tmp_path):
    from netanatomy.capture.reader import open_capture

    path = tmp_path / "comments"
    comment = captures.option("<", 1, b"one") + captures.option("<", 1, b"two")
    flags = captures.option("<", 2, struct.pack("<I", 2))
    path.write_bytes(
        captures.section("<")
        + captures.interface("<")
        + captures.packet("<", 1, b"a", 1)
        + captures.packet("<", 2, b"bcdef", 5, options=comment)
        + captures.packet("<", 3, b"c", 1, options=flags + bytes(4))
    )
    with open_capture(path) as capture:
        (batch,) = capture.batches()
    assert batch.comments == {1: "one\ntwo"}
    assert batch.flags is not None
    assert batch.flags.tolist() == [0, 0, 2]


def test_other_blocks_between_packets_do_not_end_a_batch(captures, tmp_path):
    from netanatomy.capture.reader import open_capture

    path = tmp_path / "alternating"
    statistics = captures.block("<", 5, struct.pack("<III", 0, 0, 0))
    comment = captures.option("<", 1, b"last of its section")
    part = b"".join(captures.packet("<", index, bytes([index]), 1) + statistics for index in range(200))
    last = captures.packet("<", 200, b"\xc8", 1, options=comment)
    swapped = captures.section(">") + captures.interface(">", link_type=113)
    last_swapped = captures.packet(">", 201, b"\xc9", 1, options=captures.option(">", 1, b"and again"))
    octets = captures.section("<") + captures.interface("<") + part + last + swapped + last_swapped
    path.write_bytes(octets + captures.block("<", 6, b"damage"))
    with open_capture(path) as capture:
        (batch,) = capture.batches()
    assert b"".join(batch.frame(index) for index in range(len(batch))) == bytes(range(202))
    assert batch.time.tolist() == [index * 1000 for index in range(202)]
    assert batch.link_type.tolist() == [1] * 201 + [113]
    assert batch.comments == {200: "last of its section", 201: "and again"}
    assert [each.name for each in capture.anomalies] == ["capture-damaged"]


def test_options_that_overrun_their_block_cost_no_frame(captures, rows):
    octets = (
        captures.section("<")
        + captures.interface("<")
        + captures.packet("<", 1, b"a", 1, options=struct.pack("<HH", 1, 200))
        + captures.packet("<", 2, b"b", 1)
    )
    found, capture = rows(octets)
    assert found == [(1000, b"a", 1), (2000, b"b", 1)]
    assert [each.name for each in capture.anomalies] == ["capture-bad-options"]


def test_lengths_that_forget_the_padding(captures, rows):
    packet = bytearray(captures.packet("<", 1, b"abcde", 5))
    packet[4:8] = packet[-4:] = struct.pack("<I", len(packet) - 3)
    found, capture = rows(captures.section("<") + captures.interface("<") + bytes(packet) * 2)
    assert [frame for _, frame, _ in found] == [b"abcde", b"abcde"]
    assert capture.anomalies == []


def damaged(captures):
    good = captures.section("<") + captures.interface("<") + captures.packet("<", 1, b"good", 4)
    packet = captures.packet("<", 2, b"next", 4)
    claim = bytearray(packet)
    claim[20:24] = struct.pack("<I", 0xFFFF_FFFF)
    long = bytearray(packet)
    long[4:8] = struct.pack("<I", 0xFFFF_FFF0)
    return good, {
        "no such interface": captures.packet("<", 2, b"next", 4, index=1),
        "captured length beyond the block": bytes(claim),
        "block of four gigabytes": bytes(long),
        "unknown block of four gigabytes": struct.pack("<II", 77, 0xFFFF_FFF0) + bytes(40),
        "names of four gigabytes": struct.pack("<II", 4, 0xFFFF_FFF0) + bytes(40),
        "section of four gigabytes": struct.pack("<III", 0x0A0D0D0A, 0xFFFF_FFF0, 0x1A2B3C4D) + bytes(40),
        "lengths differ": packet[:-4] + struct.pack("<I", 40),
        "lengths of an unknown block differ": struct.pack("<IIII", 77, 16, 0, 20),
        "block of eight octets": struct.pack("<II", 6, 8) + bytes(40),
        "short packet block": captures.block("<", 6, b"too short"),
        "short interface": captures.block("<", 1, b"abcd"),
        "short section": struct.pack("<IIII", 0x0A0D0D0A, 16, 0x1A2B3C4D, 16),
        "section without magic": captures.block("<", 0x0A0D0D0A, bytes(16)),
        "section of another version": captures.block(
            "<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 2, 0, -1)
        ),
        "simple packet beyond its block": captures.block("<", 3, struct.pack("<I", 400) + bytes(4)),
    }


def test_damage_ends_the_frames_and_is_told_once(captures, rows):
    good, kinds = damaged(captures)
    for kind, octets in kinds.items():
        found, capture = rows(good + octets + captures.packet("<", 3, b"lost", 4))
        assert found == [(1000, b"good", 4)], kind
        (anomaly,) = capture.anomalies
        assert (anomaly.name, anomaly.offset) == ("capture-damaged", len(good)), kind


def test_large_blocks_are_passed_over(captures, rows, monkeypatch):
    from netanatomy.capture.formats import pcapng

    monkeypatch.setattr(pcapng, "MAXIMUM_INFORMATION_LENGTH", 4096)
    octets = captures.section("<") + captures.interface("<") + captures.packet("<", 1, b"good", 4)
    names = captures.option("<", 1, bytes(4) + b"zero\0") + captures.option("<", 1, bytes(60_000))
    found, capture = rows(octets + captures.block("<", 4, names) + captures.packet("<", 2, b"more", 4))
    assert [frame for _, frame, _ in found] == [b"good", b"more"]
    assert capture.anomalies == []
    assert [each.names for each in capture.information.names] == [("zero",)]
    assert capture.information.omitted


def test_unknown_block_larger_than_a_buffer(captures, rows):
    octets = captures.section("<") + captures.interface("<") + captures.packet("<", 1, b"good", 4)
    unknown = captures.block("<", 77, bytes(20_000_000))
    found, capture = rows(octets + unknown + captures.packet("<", 2, b"more", 4))
    assert [frame for _, frame, _ in found] == [b"good", b"more"]
    assert capture.information.skipped_blocks == 1
    found, capture = rows(octets + unknown[:-100])
    assert [frame for _, frame, _ in found] == [b"good"]
    assert [each.name for each in capture.anomalies] == ["capture-truncated"]


def test_interfaces_are_bounded(captures, rows, monkeypatch):
    from netanatomy.capture import ledger

    monkeypatch.setattr(ledger, "MAXIMUM_INTERFACES", 100)
    octets = captures.section("<") + captures.interface("<") * 101 + captures.packet("<", 1, b"x", 1)
    found, capture = rows(octets)
    assert found == []
    assert len(capture.information.interfaces) == 100
    assert [each.name for each in capture.anomalies] == ["capture-damaged"]


@pytest.mark.parametrize("length", range(4, 28))
def test_cut_within_the_first_section_header(captures, rows, length):
    with pytest.raises(NotACaptureError):
        rows(captures.pcapng().octets[:length])


def test_unknown_version_is_refused(captures, rows):
    with pytest.raises(CaptureError, match=r"version 1\.1"):
        rows(captures.block("<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 1, -1)))
