from __future__ import annotations

import re
import struct
import sys
import types
from ipaddress import ip_address
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.capture.write import PcapngWriter
from netanatomy.errors import NetanatomyError
from netanatomy.pipeline import Capture
from netanatomy.report.raster import LIBRARY, png
from netanatomy.report.svg import Drawing, bars, steps
from netanatomy.report.time_sequence import (
    MAXIMUM_HOLES,
    PACKET_COLUMNS,
    Direction,
    Endpoints,
    Segment,
    TimeSequence,
    _Side,
    packets_of,
    time_sequence,
)
from netanatomy.report.time_sequence_picture import Caption, picture
from tests.connection_rows import START, address
from tests.wire import ACK, FIN, RST, SYN, ethernet, ipv4, udp

CLIENT, SERVER = ("10.0.0.1", 40000), ("192.0.2.7", 443)
MILLISECOND = 1_000_000
CAPTION = Caption("10.0.0.1:40000 → 192.0.2.7:443", ("note",), "10.0.0.1:40000", "192.0.2.7:443")
SVG = "{http://www.w3.org/2000/svg}"


def segment(
    number: int,
    acknowledgment: int = 0,
    flags: int = ACK,
    payload: bytes = b"",
    *,
    back: bool = False,
    window: int = 1000,
    options: bytes = b"",
) -> bytes:
    (source, port), (destination, target) = (SERVER, CLIENT) if back else (CLIENT, SERVER)
    options += bytes(-len(options) % 4)
    words = (
        port,
        target,
        number % 2**32,
        acknowledgment % 2**32,
        (5 + len(options) // 4) << 4,
        flags,
        window,
        0,
        0,
    )
    header = struct.pack(">HHIIBBHHH", *words)
    return ethernet(ipv4(header + options + payload, source, destination))


def followed(
    tmp_path: Path, frames: list[bytes], *, protocol: int = 6, snap: int | None = None
) -> TimeSequence:
    """The time sequence of frames that are a millisecond apart."""
    path = tmp_path / "a.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        interface = writer.interface(1)
        for number, octets in enumerate(frames):
            writer.frame(START + number * MILLISECOND, octets[:snap], interface, original_length=len(octets))
    ends = Endpoints(protocol, address(CLIENT[0]), CLIENT[1], address(SERVER[0]), SERVER[1], 1, len(frames))
    packets = [packets_of(batch, ends) for batch in Capture(path).packets(PACKET_COLUMNS)]
    return time_sequence(pa.Table.from_batches(packets), protocol)


def opened(server: int = 5000, client: int = 1000, scale: bytes = b"") -> list[bytes]:
    return [
        segment(client, flags=SYN, options=scale),
        segment(server, client + 1, SYN | ACK, back=True, options=scale),
        segment(client + 1, server + 1),
    ]


def test_segments_lie_behind_the_syn(tmp_path: Path) -> None:
    frames = [
        *opened(),
        segment(1001, 5001, payload=b"a" * 100),
        segment(5001, 1101, payload=b"b" * 50, back=True),
    ]
    found = followed(tmp_path, frames)
    assert found.originator.segments == [Segment(3 * MILLISECOND, 1, 101, "data", 4)]
    assert found.responder.segments == [Segment(4 * MILLISECOND, 1, 51, "data", 5)]
    assert [(mark.kind, mark.sequence, mark.frame) for mark in found.originator.marks] == [("SYN", 0, 1)]
    assert found.originator.acknowledgments == [(MILLISECOND, 1), (4 * MILLISECOND, 101)]
    assert found.responder.acknowledgments[-1] == (3 * MILLISECOND, 1)
    assert (found.first_time, found.length, found.packets) == (START, 4 * MILLISECOND, 5)


def test_numbers_wrap_around(tmp_path: Path) -> None:
    start = 2**32 - 10
    frames = [
        *opened(client=start),
        segment(start + 1, 5001, payload=b"a" * 100),
        segment(start + 101, 5001, payload=b"b"),
    ]
    found = followed(tmp_path, frames).originator
    assert [(each.start, each.end) for each in found.segments] == [(1, 101), (101, 102)]
    assert found.outside == 0


def test_kinds_of_segments(tmp_path: Path) -> None:
    places = [(0, 100), (200, 300), (300, 400), (100, 200), (200, 300), (350, 450), (400, 500)]
    frames = [segment(1001 + start, 5001, payload=bytes(end - start)) for start, end in places]
    found = followed(tmp_path, [*opened(), *frames]).originator
    assert [each.kind for each in found.segments] == [
        "data",
        "data",
        "data",
        "out-of-order",
        "retransmission",
        "retransmission",
        "retransmission",
    ]
    assert sum(found.new_octets) == 500
    assert sum(found.octets) == 2 * 40 + 7 * 40 + 700


def test_duplicate_acknowledgments_and_sack(tmp_path: Path) -> None:
    block = b"\x01\x01\x05\x0a" + struct.pack(">II", 1101, 1201)
    frames = [
        *opened(),
        segment(1001, 5001, payload=bytes(100)),
        segment(1101, 5001, payload=bytes(100)),
        segment(5001, 1001, back=True, options=block),
        segment(5001, 1001, back=True, options=block),
        segment(5001, 1001, back=True, window=0),
    ]
    found = followed(tmp_path, frames).originator
    # The SYN-ACK acknowledged the same, and is no pure acknowledgment.
    assert [(mark.frame, mark.sequence) for mark in found.marks if mark.kind == "duplicate-ack"] == [
        (6, 1),
        (7, 1),
    ]
    assert [(each.left, each.right) for each in found.selective] == [(101, 201)] * 2
    assert [(mark.frame, mark.sequence) for mark in found.marks if mark.kind == "zero-window"] == [(8, 1)]


def test_windows_are_scaled_if_both_agree(tmp_path: Path) -> None:
    scale = b"\x03\x03\x04\x00"
    both = followed(tmp_path, [*opened(scale=scale), segment(5001, 1001, back=True, window=100)]).originator
    assert both.window_edges == [(MILLISECOND, 1 + 1000), (3 * MILLISECOND, 1 + 1600)]
    assert both.window_scale_known
    one = [opened(scale=scale)[0], opened()[1], segment(5001, 1001, back=True, window=100)]
    assert followed(tmp_path, one).originator.window_edges[-1] == (2 * MILLISECOND, 101)
    middle = followed(tmp_path, [segment(5001, 1001, back=True, window=100)]).originator
    assert not middle.window_scale_known


def test_a_forged_number_does_not_stretch_the_picture(tmp_path: Path) -> None:
    frames = [
        *opened(),
        segment(1001 + 2**31 - 1, 5001, RST),
        segment(1001 + 2**30, 5001, payload=b"x"),
        segment(1001, 5001 + 2**30, payload=b"hello"),
    ]
    found = followed(tmp_path, frames)
    assert found.originator.outside == 2
    assert found.responder.outside == 1
    assert [each.end for each in found.originator.segments] == [6]


def test_one_side_alone_is_followed_by_its_acknowledgments(tmp_path: Path) -> None:
    """A download of a gigabyte of which only the acknowledgments were captured."""
    step = 100_000_000
    found = followed(tmp_path, [segment(1, 7 + at * step) for at in range(11)]).responder
    assert found.acknowledgments[-1][1] == 10 * step
    assert found.outside == 0


def test_captures_cut_short_keep_their_lengths(tmp_path: Path) -> None:
    found = followed(tmp_path, [*opened(), segment(1001, 5001, payload=bytes(900))], snap=60)
    assert found.originator.segments[0].end == 901


def test_datagrams_have_throughput_only(tmp_path: Path) -> None:
    datagram = ethernet(ipv4(udp(b"q" * 30, CLIENT[1], SERVER[1]), CLIENT[0], SERVER[0], 17))
    found = followed(tmp_path, [datagram] * 3, protocol=17)
    assert not found.tcp
    assert (sum(found.originator.octets), sum(found.originator.new_octets)) == (3 * 58, 90)
    root = ElementTree.fromstring(picture(found, CAPTION))
    assert not [each for each in root.iter(f"{SVG}path") if each.get("class") == "acknowledgment"]


def test_packets_of_others_are_left_out(tmp_path: Path) -> None:
    other = ethernet(ipv4(udp(b"q", CLIENT[1], SERVER[1]), CLIENT[0], SERVER[0], 17))
    stranger = segment(1, 1).replace(ip_address("10.0.0.1").packed, ip_address("10.0.0.9").packed)
    assert followed(tmp_path, [*opened(), other, stranger]).packets == 3


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=30))
def test_coverage_is_what_a_set_of_octets_says(spans: list[tuple[int, int]]) -> None:
    side, naive = _Side(Direction(), 0), set[int]()
    for start, length in spans:
        octets = set(range(start, start + length))
        kind, seen = side.cover(start, start + length)
        assert seen == len(octets & naive)
        if not seen:
            assert kind == ("out-of-order" if naive and start < max(naive) + 1 else "data")
        naive |= octets


def test_holes_are_bounded() -> None:
    side = _Side(Direction(), 0)
    for at in range(3 * MAXIMUM_HOLES):
        side.cover(10 * at, 10 * at + 1)
    assert len(side._starts) == len(side._ends) == MAXIMUM_HOLES
    assert side.cover(5, 6)[0] == "retransmission"  # the oldest hole is taken for filled
    assert side.cover(10 * (3 * MAXIMUM_HOLES - 1) - 5, 10 * (3 * MAXIMUM_HOLES - 1) - 4)[0] == "out-of-order"


def test_the_picture_has_bars_where_the_segments_are(tmp_path: Path) -> None:
    frames = [
        *opened(),
        segment(1001, 5001, payload=bytes(400)),
        segment(1401, 5001, payload=bytes(400)),
        segment(1001, 5001, payload=bytes(400)),
        segment(5001, 1801, FIN | ACK, back=True),
    ]
    root = ElementTree.fromstring(picture(followed(tmp_path, frames), CAPTION))
    first = next(root.iter(f"{SVG}g"))
    paths = {each.get("class"): each.get("d") or "" for each in first.iter(f"{SVG}path")}
    data = [tuple(map(float, re.findall(r"[\d.]+", bar))) for bar in paths["data"].split("M")[1:]]
    again = [tuple(map(float, re.findall(r"[\d.]+", bar))) for bar in paths["retransmission"].split("M")[1:]]
    # Six milliseconds go from 100 to 1170 pixels; what is sent three and four of them later lies there.
    assert [bar[0] for bar in data] == [635, 813.5]
    assert [bar[0] for bar in again] == [991.5]
    assert data[0][1] == pytest.approx(data[1][2], abs=0.2)  # the second begins where the first ends
    assert again[0][1:] == data[0][1:]
    labels = {each.text for each in root.iter(f"{SVG}text")}
    assert {"SYN", "FIN", "retransmission", "10.0.0.1:40000 → 192.0.2.7:443"} <= labels


def test_hostile_text_is_escaped() -> None:
    hostile = '</text><script>alert(1)</script>\x1b]0;x\x07\u202e"&'
    text = picture(TimeSequence(True, 0, 10**6, 0, 0), Caption(hostile, (hostile,), hostile, hostile))
    root = ElementTree.fromstring(text)
    assert not list(root.iter(f"{SVG}script"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert next(root.iter(f"{SVG}title")).text == hostile.replace("\x1b", "\\x1b").replace(
        "\x07", "\\x07"
    ).replace("\u202e", "\\u202e")


def test_both_themes() -> None:
    found = TimeSequence(True, 0, 10**6, 0, 0)
    assert "prefers-color-scheme: dark" in picture(found, CAPTION)
    assert "prefers-color-scheme" not in picture(found, CAPTION, both_themes=False)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50), st.integers(0, 50)), max_size=20))
def test_bars_cover_what_they_were_given(places: list[tuple[int, int, int]]) -> None:
    drawn = set[tuple[int, int]]()
    for command in bars(places):
        x, low, high = map(int, re.findall(r"\d+", command))
        span = {(x, y) for y in range(2 * low, 2 * high + 1)}
        assert not span & drawn
        drawn |= span
    assert drawn == {(x, y) for x, a, b in places for y in range(2 * min(a, b), 2 * max(a, b) + 1)}


def test_steps_hold_their_height() -> None:
    assert "".join(steps([(0, 5), (10, 5), (10, 3), (20, 1)])) == "M0 5H10V3H20V1"
    assert "".join(steps([])) == ""


def test_a_drawing_is_well_formed() -> None:
    drawing = Drawing(10, 10, "t", ".a > .b { fill: red; }")
    drawing.begin_clip("c", 0, 0, 5, 5)
    drawing.text(0, 0, "]]>&", "a")
    drawing.end()
    assert ElementTree.fromstring(drawing.text_of_it()).tag == f"{SVG}svg"


def test_png_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, LIBRARY, None)
    with pytest.raises(NetanatomyError, match=r"pip install 'netanatomy\[plot\]'"):
        png("<svg/>")


def test_png_errors_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(**_: object) -> bytes:
        raise ValueError("no")

    library = types.ModuleType(LIBRARY)
    monkeypatch.setattr(library, "svg_to_bytes", refuses, raising=False)
    monkeypatch.setitem(sys.modules, LIBRARY, library)
    with pytest.raises(NetanatomyError, match="cannot be drawn as PNG: no"):
        png("<svg/>")


def test_png() -> None:
    pytest.importorskip(LIBRARY, reason="the extra 'plot' is not installed")
    octets = png(picture(TimeSequence(True, 0, 10**6, 0, 0), CAPTION, both_themes=False))
    assert octets.startswith(b"\x89PNG\r\n\x1a\n")
