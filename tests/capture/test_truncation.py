"""A capture cut at any octet gives every whole frame before the cut, and says that it is cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netanatomy.errors import CaptureError, NotACaptureError

KINDS = {
    "pcap little": ("pcap", {}),
    "pcap big": ("pcap", {"order": ">"}),
    "pcap nanoseconds": ("pcap", {"magic": 0xA1B23C4D, "unit": 1}),
    "pcap modified": ("pcap", {"magic": 0xA1B2CD34, "extra": struct.pack("<IHBx", 2, 0x0800, 4)}),
    "pcap IXIA": ("pcap", {"magic": 0x1C0001AC, "unit": 1, "trailer": b"abcd"}),
    "pcapng little": ("pcapng", {}),
    "pcapng big": ("pcapng", {"order": ">", "resolution": 9}),
    "snoop": ("snoop", {}),
    "snoop Shomiti": ("snoop", {"trailer": bytes(16)}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut(captures, rows, kind):
    builder, arguments = KINDS[kind]
    built = getattr(captures, builder)(**arguments)
    for length in range(len(built.octets) + 1):
        whole = sum(end <= length for end in built.ends)
        try:
            found, capture = rows(built.octets[:length])
        except NotACaptureError as error:
            assert length < built.header, f"cut at {length}: {error}"
            continue
        assert length >= built.header, length
        starts = [each for each in built.boundaries if each <= length]
        assert found == list(captures.frames)[:whole], length
        if length in built.boundaries:
            assert capture.anomalies == [], length
            assert not capture.information.files[0].damaged
        else:
            (anomaly,) = capture.anomalies
            assert anomaly.name == "capture-truncated", (length, anomaly)
            assert anomaly.source == capture.information.files[0].name
            assert max(starts, default=0) <= anomaly.offset <= length
            assert capture.information.files[0].damaged


@pytest.mark.parametrize("kind", ["pcap little", "pcapng little", "snoop"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_octet_may_be_wrong(captures, rows, kind, data):
    builder, arguments = KINDS[kind]
    octets = bytearray(getattr(captures, builder)(**arguments).octets)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        _, capture = rows(bytes(octets))
    except CaptureError:
        return
    damage = [each for each in capture.anomalies if each.name in {"capture-damaged", "capture-truncated"}]
    assert len(damage) <= 1


HEADS = (
    struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1),
    struct.pack(">IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1),
    struct.pack("<IHHIIII", 0xA1B2CD34, 2, 4, 0, 0, 262_144, 1),
    struct.pack("<IIIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 0, 1, 0, -1, 28)[:12]
    + struct.pack("<HHqI", 1, 0, -1, 28)
    + struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20),
    b"snoop\0\0\0" + struct.pack(">II", 2, 4),
    b"",
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=400))
def test_random_octets(rows, head, tail):
    try:
        found, capture = rows(head + tail)
    except CaptureError:
        return
    assert sum(len(frame) for _, frame, _ in found) <= len(tail)
    assert len(capture.anomalies) <= 3
