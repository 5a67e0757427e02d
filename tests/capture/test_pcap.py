from __future__ import annotations

import struct

import pytest

from netanatomy.errors import CaptureError, NotACaptureError

MODIFIED = {"<": struct.pack("<IHBx", 2, 0x0800, 4), ">": struct.pack(">IHBx", 2, 0x0800, 4)}
NOKIA = (0x9FBFB601).to_bytes(4, "little")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "unit", "trailer", "name"),
    [
        (0xA1B2C3D4, 1000, b"", "pcap"),
        (0xA1B23C4D, 1, b"", "pcap (nanoseconds)"),
        (0x1C0001AC, 1, b"\0\0\1\0", "pcap (IXIA, nanoseconds)"),
        (0x1C0001AB, 1000, b"\0\0\1\0", "pcap (IXIA)"),
    ],
)
def test_magic_numbers(captures, rows, order, magic, unit, trailer, name):
    built = captures.pcap(order, magic=magic, unit=unit, trailer=trailer)
    found, capture = rows(built.octets)
    assert found == list(captures.frames)
    assert capture.anomalies == []
    assert capture.information.files[0].format == name
    assert capture.information.sections[0].byte_order == ("little" if order == "<" else "big")
    (interface,) = capture.information.interfaces
    assert (interface.link_type, interface.snap_length) == (1, 262_144)
    assert interface.timestamp_units == 1_000_000_000 // unit


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "extra", "name"),
    [
        (0xA1B2C3D4, "modified", "pcap (modified 1999-04-17)"),
        (0xA1B2CD34, "modified", "pcap (modified 1999-10-29)"),
        (0xA1B2CD34, "longer", "pcap (modified 1999-09-15)"),
        (0xA1B2C3D4, "nokia", "pcap (Nokia)"),
    ],
)
def test_variants_under_a_shared_magic_number(captures, rows, order, magic, extra, name):
    octets = {
        "modified": MODIFIED[order],
        "longer": MODIFIED[order][:7] + b"\0\0\0\0\0",
        "nokia": NOKIA,
    }[extra]
    found, capture = rows(captures.pcap(order, magic=magic, extra=octets).octets)
    assert found == list(captures.frames)
    assert capture.anomalies == []
    assert capture.information.files[0].format == name


@pytest.mark.parametrize(("network", "link_type"), [(6, 1), (9, 6), (15, 10), (24, 0)])
def test_aix(captures, rows, network, link_type):
    padding = b"\0\0\0" if network == 15 else b""
    built = captures.pcap(">", unit=1, link_type=network, version=(2, 2), padding=padding, swapped=True)
    found, capture = rows(built.octets)
    assert found == list(captures.frames)
    assert capture.information.files[0].format == "pcap (AIX)"
    assert capture.information.interfaces[0].link_type == link_type


@pytest.mark.parametrize(
    ("version", "swapped"), [((2, 2), True), ((2, 3), True), ((2, 3), False), ((543, 0), True)]
)
def test_old_versions_write_the_lengths_the_other_way_round(captures, rows, version, swapped):
    found, _ = rows(captures.pcap(version=version, swapped=swapped).octets)
    assert found == list(captures.frames)


@pytest.mark.parametrize(
    ("network", "link_type", "fcs_length"),
    [
        (1, 1, None),
        (12, 101, None),
        (14, 101, None),
        (0x2400_0001, 1, 4),
        (0x2000_0001, 1, None),
        (276, 276, None),
    ],
)
def test_link_type_field(captures, rows, network, link_type, fcs_length):
    found, capture = rows(captures.pcap(link_type=network).octets)
    assert len(found) == len(captures.frames)
    interface = capture.information.interfaces[0]
    assert (interface.link_type, interface.fcs_length) == (link_type, fcs_length)


@pytest.mark.parametrize("version", [(1, 4), (2, 5), (3, 0), (0, 0)])
def test_unknown_version_is_refused(captures, rows, version):
    with pytest.raises(CaptureError, match="version"):
        rows(captures.pcap(version=version).octets)


def test_reserved_bits_are_refused(captures, rows):
    with pytest.raises(CaptureError, match="reserved"):
        rows(captures.pcap(link_type=0x0001_0001).octets)


def test_a_record_that_claims_four_gigabytes(captures, rows):
    built = captures.pcap()
    claim = struct.pack("<IIII", 1, 2, 0xFFFF_FFF0, 0xFFFF_FFF0)
    found, capture = rows(built.octets + claim + bytes(100))
    assert found == list(captures.frames)
    (anomaly,) = capture.anomalies
    assert (anomaly.name, anomaly.layer, anomaly.offset) == ("capture-damaged", "capture", len(built.octets))
    assert capture.information.files[0].damaged


def test_captured_longer_than_original_is_odd_but_read(rows):
    head = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
    found, capture = rows(head + struct.pack("<IIII", 7, 8, 4, 2) + b"abcd")
    assert found == [(7_000_000_008, b"abcd", 2)]
    assert capture.anomalies == []


def test_fractions_beyond_a_second_carry_over(rows):
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
    found, _ = rows(head + struct.pack("<IIII", 0xFFFF_FFFF, 0xFFFF_FFFF, 1, 1) + b"a")
    assert found[0][0] == 0xFFFF_FFFF * 1_000_000_000 + 0xFFFF_FFFF * 1000


def test_longer_frames_on_links_that_have_them(captures, rows, tmp_path):
    for link_type, length, whole in ((231, 300_000, True), (1, 300_000, False), (1, 262_144, True)):
        head = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 0, link_type)
        found, _ = rows(head + struct.pack("<IIII", 1, 1, length, length) + bytes(length))
        assert [len(frame) for _, frame, _ in found] == ([length] if whole else [])


def test_a_frame_longer_than_a_buffer(rows):
    head = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 0, 231)
    frames = [bytes([index]) * 10_000_000 for index in range(3)]
    octets = head + b"".join(struct.pack("<IIII", 1, 1, len(each), len(each)) + each for each in frames)
    found, capture = rows(octets)
    assert [frame for _, frame, _ in found] == frames
    assert capture.anomalies == []


def test_many_batches(rows):
    count = 200_000
    head = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
    body = b"".join(struct.pack("<IIIII", 1, index, 4, 4, index) for index in range(count))
    found, capture = rows(head + body)
    assert found == [(1_000_000_000 + index, index.to_bytes(4, "little"), 4) for index in range(count)]
    assert capture.information.files[0].frames == count


@pytest.mark.parametrize("length", range(4, 24))
def test_cut_within_the_file_header(captures, rows, length):
    with pytest.raises(NotACaptureError, match="pcap file header"):
        rows(captures.pcap().octets[:length])
