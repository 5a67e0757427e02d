"""A conversation as lines: who said what, in which order, and nothing of it raw."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from netanatomy.errors import UsageError
from netanatomy.report.escape import UNSAFE_CATEGORIES
from netanatomy.report.follow_choice import Ends, InFrame, Named, PacketOfFrame, of_frame, the_one, wanted
from netanatomy.report.follow_plain import follow_plain
from netanatomy.report.follow_terminal import draw_follow
from netanatomy.report.follow_view import (
    HEADER_COLUMNS,
    MAXIMUM_LINE,
    Chunk,
    Conversation,
    Speaker,
    chunks_of,
    conversations,
    first_of,
    hex_lines,
    json_line,
    of_side,
    text_lines,
)
from netanatomy.schema.connections import connection_schema
from netanatomy.schema.streams import stream_schema

START = 1_700_000_000_000_000_000
TALK = Conversation(
    uid="C" + "a" * 17,
    community_id="1:wCb3OG7yAFWelaUydu0D+125CLM=",
    proto="tcp",
    ip_proto=6,
    orig_h="10.0.0.1",
    orig_p=40000,
    resp_h="192.0.2.7",
    resp_p=80,
    ts=START,
    duration=1_500_000,
    conn_state="SF",
    history="ShADadFf",
    orig_bytes=18,
    resp_bytes=19,
    orig_pkts=5,
    resp_pkts=4,
    missed_bytes=0,
    first_frame=1,
    last_frame=9,
)
DATAGRAMS = replace(TALK, proto="udp", ip_proto=17)


def chunk(is_orig: bool, data: bytes, offset: int = 0, missed: int = 0, frame: int = 4) -> Chunk:
    return Chunk(is_orig, offset, START + 250_000_000, frame, missed, data)


def safe(character: str) -> bool:
    return unicodedata.category(character) not in UNSAFE_CATEGORIES


def plain(conversation: Conversation, chunks: Sequence[Chunk], as_hex: bool = False) -> list[str]:
    lines = (hex_lines if as_hex else text_lines)(conversation, iter(chunks))
    return list(follow_plain(conversation, lines))[5:]


def test_each_side_in_turn() -> None:
    found = plain(
        TALK,
        [
            chunk(True, b"GET / HTTP/1.1\r\nHo"),
            chunk(True, b"st: a\r\n\r\n", 18, frame=5),
            chunk(False, b"HTTP/1.1 200 OK\n\nx", frame=6),
        ],
    )
    assert found == [
        "",
        "# 10.0.0.1:40000 → 192.0.2.7:80, frame 4, +0.250000 s",
        "> GET / HTTP/1.1",
        "> Host: a",
        ">",
        "",
        "# 192.0.2.7:80 → 10.0.0.1:40000, frame 6, +0.250000 s",
        "< HTTP/1.1 200 OK",
        "<",
        "< x",
    ]


def test_the_title_tells_who_how_and_how_much() -> None:
    text = "\n".join(follow_plain(replace(TALK, missed_bytes=7), []))
    for each in (
        "tcp 10.0.0.1:40000 → 192.0.2.7:80",
        TALK.uid,
        TALK.community_id,
        "state SF",
        "ShADadFf",
        "7 B",
    ):
        assert each in text


def test_holes_are_told_where_they_are() -> None:
    found = plain(TALK, [chunk(True, b"abc"), chunk(True, b"def", 1003, 1000), chunk(True, b"", 1016, 10)])
    assert found[2:] == [
        "> abc",
        "# [1,000 octets of the originator missing]",
        "> def",
        "# [10 octets of the originator missing]",
    ]


def test_every_datagram_for_itself() -> None:
    found = plain(DATAGRAMS, [chunk(True, b"one"), chunk(True, b"two", missed=5), chunk(True, b"")])
    assert [line for line in found if line.startswith(">")] == ["> one", "> two"]
    assert found.count("# 10.0.0.1:40000 → 192.0.2.7:80, frame 4, +0.250000 s") == 3
    assert found.index("# [5 octets of the originator missing at its end]") > found.index("> two")


def test_hex_has_the_places_of_the_stream() -> None:
    found = plain(TALK, [chunk(False, bytes(range(18)), 0x20), chunk(False, b"z", 0x40, 14)], as_hex=True)
    assert found[1] == "# 192.0.2.7:80 → 10.0.0.1:40000, frame 4, +0.250000 s, 18 octets"
    assert found[2].startswith("< 0020  00 01 02 03 04 05 06 07  08")
    assert found[3].startswith("< 0030  10 11  ")
    assert found[5] == "# [14 octets of the responder missing]"
    assert found[8].startswith("< 0040  7a")


def test_a_character_is_not_cut_at_the_end_of_a_line_or_segment() -> None:
    text = "é€😀" * 1000
    octets = text.encode()
    for size in (1, 7, 500, len(octets)):
        pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
        lines = list(text_lines(TALK, [chunk(True, piece) for piece in pieces]))
        said = [line.text for line in lines if line.speaker is Speaker.ORIGINATOR]
        assert "".join(said) == text
        assert all(len(line.encode()) <= MAXIMUM_LINE for line in said)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=3000)), max_size=6), st.booleans(), st.booleans())
def test_nothing_reaches_the_screen_raw(
    said: list[tuple[bool, bytes]], as_hex: bool, datagrams: bool
) -> None:
    talk = DATAGRAMS if datagrams else TALK
    chunks = [chunk(is_orig, data + b"\x1b]0;title\x07\x9b\xe2\x80\xae") for is_orig, data in said]
    for line in plain(talk, chunks, as_hex):
        assert all(safe(character) for character in line)
    screen = io.StringIO()
    lines = (hex_lines if as_hex else text_lines)(talk, iter(chunks))
    draw_follow(talk, lines, Console(file=screen, force_terminal=False, width=80))
    assert all(safe(character) or character == "\n" for character in screen.getvalue())


def test_two_colours() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="standard", width=80)
    chunks = [chunk(True, b"[red]question[/red]"), chunk(False, b"answer")]
    draw_follow(TALK, text_lines(TALK, iter(chunks)), console)
    assert "\x1b[91m[red]question[/red]\x1b[0m" in screen.getvalue()
    assert "\x1b[94manswer\x1b[0m" in screen.getvalue()


def test_json_keeps_every_octet() -> None:
    data = bytes(range(256))
    line = json_line(TALK, chunk(False, data, 5, 3))
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert base64.b64decode(found["data"]) == data
    assert (found["offset"], found["missed"], found["is_orig"], found["length"]) == (5, 3, False, 256)
    assert found["text"].startswith("\x00\x01")


def test_limits() -> None:
    chunks = [chunk(True, b"abc"), chunk(False, b"defg"), chunk(True, b"hij")]
    assert b"".join(each.data for each in first_of(iter(chunks), 5)) == b"abcde"
    assert b"".join(each.data for each in first_of(iter(chunks), None)) == b"abcdefghij"
    assert b"".join(each.data for each in first_of(iter(chunks), 100)) == b"abcdefghij"
    assert b"".join(each.data for each in of_side(chunks, True)) == b"abchij"


def test_rows_of_the_tables() -> None:
    schema = connection_schema()
    mapped = bytes(10) + b"\xff\xff"
    values: dict[str, object] = {
        "ts": START,
        "uid": TALK.uid,
        "id.orig_h": mapped + bytes([10, 0, 0, 1]),
        "id.orig_p": 40000,
        "id.resp_h": mapped + bytes([192, 0, 2, 7]),
        "id.resp_p": 80,
        "proto": "tcp",
        "duration": 1_500_000,
        "conn_state": "SF",
        "history": "ShADadFf",
        "missed_bytes": 0,
        "orig_bytes": 18,
        "resp_bytes": 19,
        "orig_pkts": 5,
        "resp_pkts": 4,
        "community_id": TALK.community_id,
        "ip_version": 4,
        "ip_proto": 6,
        "first_frame": 1,
        "last_frame": 9,
    }
    arrays = []
    for name in HEADER_COLUMNS:
        kind = schema.field(name).type
        plain_kind = pa.string() if pa.types.is_dictionary(kind) else kind
        arrays.append(pa.array([values[name]], plain_kind).cast(kind))
    assert conversations(pa.record_batch(arrays, names=list(HEADER_COLUMNS))) == [TALK]
    row = {
        "uid": TALK.uid,
        "is_orig": True,
        "offset": 3,
        "ts": START,
        "frame_number": 7,
        "missed": 1,
        "data": b"\x00\xff",
    }
    batch = pa.RecordBatch.from_pylist([row], stream_schema())
    assert list(chunks_of([batch])) == [Chunk(True, 3, START, 7, 1, b"\x00\xff")]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (TALK.uid, Named("uid", TALK.uid)),
        (TALK.community_id, Named("community_id", TALK.community_id)),
        ("17", InFrame(17)),
        ("frame:17", InFrame(17)),
        ("10.0.0.1:80-10.0.0.2:443", Ends(("10.0.0.1", 80), ("10.0.0.2", 443))),
        ("[2001:DB8::0:1]:80-[::1]:443", Ends(("2001:db8::1", 80), ("::1", 443))),
        ("10.0.0.1-10.0.0.2", Ends(("10.0.0.1", None), ("10.0.0.2", None))),
        ("2001:db8::1-::1", Ends(("2001:db8::1", None), ("::1", None))),
    ],
)
def test_ways_to_name_a_connection(text: str, meaning: object) -> None:
    assert wanted(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-1",
        "frame:",
        "10.0.0.1:80",
        "10.0.0.1:80-",
        "10.0.0.1:99999-10.0.0.2:1",
        "a'b-c",
        "C' OR 1=1",
    ],
)
def test_what_names_none(text: str) -> None:
    with pytest.raises(UsageError, match="names no connection"):
        wanted(text)


def test_the_one_that_is_meant() -> None:
    other = replace(TALK, uid="C" + "b" * 17)
    assert the_one("x", [TALK]) is TALK
    with pytest.raises(UsageError, match="no connection 'x'"):
        the_one("x", [])
    with pytest.raises(UsageError, match=f"2 connections.*{other.uid}"):
        the_one("x", [TALK, other])


def test_the_innermost_packet_of_a_frame_tells() -> None:
    tunnel = replace(TALK, uid="C" + "t" * 17, proto="udp", ip_proto=17, orig_p=5, resp_p=4789)
    ping = replace(TALK, proto="icmp", ip_proto=1, orig_p=8, resp_p=0)
    outer = PacketOfFrame(0, "192.0.2.7", 4789, "10.0.0.1", 5, 17)
    inner = PacketOfFrame(1, "192.0.2.7", 80, "10.0.0.1", 40000, 6)
    echo = PacketOfFrame(0, "192.0.2.7", None, "10.0.0.1", None, 1)
    assert of_frame(3, [outer, inner], [tunnel, TALK, ping]) == [TALK]
    assert of_frame(3, [outer], [tunnel, TALK, ping]) == [tunnel]
    assert of_frame(3, [echo], [tunnel, TALK, ping]) == [ping]
    assert of_frame(3, [inner], [tunnel]) == []
    with pytest.raises(UsageError, match="no frame 3"):
        of_frame(3, [], [TALK])
