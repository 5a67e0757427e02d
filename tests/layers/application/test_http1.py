"""HTTP/1 messages: what h11, a parser by others, reads from the same octets, and what it refuses."""

from __future__ import annotations

import random

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import MalformedError
from netanatomy.layers.application.http1 import (
    MAXIMUM_CHUNK_LINE,
    MAXIMUM_FIELDS,
    MAXIMUM_HEAD,
    Body,
    Framing,
    head_length,
    parse_request,
    parse_response,
    request_framing,
    request_octets,
    response_framing,
    response_octets,
)

NAMES = st.text("abcdefgXYZ-_!#", min_size=1, max_size=12)
VALUES = st.text('abc ;="/é\t', max_size=20).map(lambda text: text.strip())
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=10)


@given(FIELDS, st.integers(200, 599), st.text("abc ", max_size=8))
def test_a_response_is_read_as_h11_reads_it(fields: list[tuple[str, str]], status: int, reason: str) -> None:
    octets = response_octets(status, reason, fields)
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    client.receive_data(octets)
    theirs = client.next_event()
    assert isinstance(theirs, h11.Response)
    assert head_length(octets) == len(octets)
    mine = parse_response(octets)
    assert (mine.status, mine.reason.encode("latin-1")) == (theirs.status_code, bytes(theirs.reason))
    found = [(name.lower().encode(), value.encode("latin-1")) for name, value in mine.fields]
    assert found == [(bytes(name), bytes(value)) for name, value in theirs.headers]
    assert not mine.oddities


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=12), st.integers(0, 2**32))
def test_chunks_come_back_however_they_are_cut(content: bytes, sizes: list[int], seed: int) -> None:
    octets, place = bytearray(), 0
    for size in sizes:
        if piece := content[place : place + size]:
            octets += b"%x;ext=1\r\n%s\r\n" % (len(piece), piece)
            place += len(piece)
    octets += b"0\r\nX-Trailer: 1\r\n\r\nrest"
    body, found, cuts = Body(Framing.CHUNKED), bytearray(), random.Random(seed)
    while octets:
        step = cuts.randint(1, len(octets))
        found += body.feed(bytes(octets[:step]))
        del octets[:step]
    assert (bytes(found), body.complete, body.rest) == (content[:place], True, b"rest")


@pytest.mark.parametrize(
    "octets",
    [
        b"x\r\n",
        b"-1\r\n",
        b"+5\r\n",
        b"0x5\r\n",
        b"\r\n",
        b"3\r\nabcd\r\n",
        b"1" * 17 + b"\r\n",
        b"1" * MAXIMUM_CHUNK_LINE,
    ],
)
def test_broken_chunks(octets: bytes) -> None:
    with pytest.raises(MalformedError):
        Body(Framing.CHUNKED).feed(octets)


@given(st.binary(max_size=200))
def test_any_octets_are_a_head_or_malformed(octets: bytes) -> None:
    for parse in (parse_request, parse_response):
        try:
            parse(octets)
        except MalformedError as error:
            assert error.layer == "http"
    body = Body(Framing.CHUNKED)
    try:
        body.feed(octets)
    except MalformedError as error:
        assert error.layer == "http"


@given(st.binary(max_size=120), FIELDS)
def test_any_octets_behind_a_status_line(octets: bytes, fields: list[tuple[str, str]]) -> None:
    head = parse_response(b"HTTP/1.1 200 OK\r\n" + octets)
    try:
        response_framing(head, "GET")
    except MalformedError as error:
        assert "ength" in str(error) or "differ" in str(error)


def test_what_a_smuggler_writes_is_told_or_refused() -> None:
    odd = parse_response(b"HTTP/1.1 200 OK\nA : 1\r\nno colon\r\nB: 1\r\n  folded\r\n\r\n")
    assert odd.fields == (("A", "1"), ("B", "1 folded"))
    assert len(odd.oddities) == 4
    both = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    for octets in (
        both,
        both.replace(b"chunked", b"gzip"),
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
    ):
        with pytest.raises(MalformedError):
            request_framing(parse_request(octets))


@pytest.mark.parametrize(
    ("status", "fields", "method", "framing"),
    [
        (200, [("Content-Length", "5")], "GET", (Framing.LENGTH, 5)),
        (200, [("Content-Length", "5, 5")], "GET", (Framing.LENGTH, 5)),
        (200, [("Content-Length", "5")], "HEAD", (Framing.NONE, 0)),
        (304, [("Content-Length", "5")], "GET", (Framing.NONE, 0)),
        (204, [], "GET", (Framing.NONE, 0)),
        (200, [], "GET", (Framing.CLOSE, 0)),
        (200, [("Transfer-Encoding", "gzip, chunked"), ("Content-Length", "1")], "GET", (Framing.CHUNKED, 0)),
        (200, [("Transfer-Encoding", "gzip")], "GET", (Framing.CLOSE, 0)),
        (200, [("Content-Length", "5")], "CONNECT", (Framing.NONE, 0)),
    ],
)
def test_framing_by_rfc_9112_section_6_3(
    status: int, fields: list[tuple[str, str]], method: str, framing: tuple[Framing, int]
) -> None:
    assert response_framing(parse_response(response_octets(status, "", fields)), method) == framing


def test_heads_are_bounded() -> None:
    assert head_length(b"A" * 1000) is None
    with pytest.raises(MalformedError):
        head_length(b"A" * (MAXIMUM_HEAD + 1))
    many = parse_response(b"HTTP/1.1 200 OK\r\n" + b"a:\r\n" * (MAXIMUM_FIELDS + 7) + b"\r\n")
    assert len(many.fields) == MAXIMUM_FIELDS
    assert "7 fields beyond" in many.oddities[0]


def test_a_line_end_cannot_be_smuggled_out() -> None:
    with pytest.raises(MalformedError):
        request_octets("GET", "/\r\nX: 1", [])
    with pytest.raises(MalformedError):
        request_octets("GET", "/", [("A", "1\r\nB: 2")])
