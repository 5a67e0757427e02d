from __future__ import annotations

import struct

import pytest

from netanatomy.errors import CaptureError, NotACaptureError


@pytest.mark.parametrize(
    ("network", "link_type"),
    [(0, 1), (2, 6), (4, 1), (8, 10), (9, 0), (16, 122), (18, 123), (0x80000005, 226)],
)
def test_link_types(captures, rows, network, link_type):
    found, capture = rows(captures.snoop(network).octets)
    assert found == list(captures.frames)
    assert capture.anomalies == []
    assert capture.information.files[0].format == "snoop"
    (interface,) = capture.information.interfaces
    assert (interface.link_type, interface.dropped) == (link_type, 3)


def test_shomiti_is_told_by_its_trailer(captures, rows):
    found, capture = rows(captures.snoop(12, trailer=bytes(16), version=3).octets)
    assert found == list(captures.frames)
    assert capture.information.files[0].format == "snoop (Shomiti)"
    assert capture.information.interfaces[0].link_type == 1
    assert capture.information.interfaces[0].fcs_length == 4


def test_shomiti_radio_header_is_no_frame(captures, rows):
    header = bytes([0, 0, 0, 10]) + bytes(10)
    found, capture = rows(captures.snoop(18, trailer=bytes(16), header=header).octets)
    assert found == list(captures.frames)
    assert capture.information.interfaces[0].link_type == 105


@pytest.mark.parametrize(
    "record",
    [
        (4, 4, 20, 0, 1, 1),  # shorter than its own header
        (4, 8, 28, 0, 1, 1),  # shorter than its frame
        (0xFFFF_FFF0, 4, 28, 0, 1, 1),
        (4, 0xFFFF_FFF0, 0xFFFF_FFF0, 0, 1, 1),
        (4, 4, 0xFFFF_FFF0, 0, 1, 1),
    ],
)
def test_lengths_that_contradict_each_other(captures, rows, record):
    built = captures.snoop()
    found, capture = rows(built.octets + struct.pack(">IIIIII", *record) + bytes(100))
    assert found == list(captures.frames)
    (anomaly,) = capture.anomalies
    assert (anomaly.name, anomaly.offset) == ("capture-damaged", len(built.octets))


def test_refused(captures, rows):
    with pytest.raises(CaptureError, match="version"):
        rows(captures.snoop(version=7).octets)
    with pytest.raises(CaptureError, match="data link type"):
        rows(captures.snoop(network=5).octets)
    with pytest.raises(NotACaptureError):
        rows(captures.snoop().octets[:15])
