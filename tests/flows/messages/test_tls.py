"""The TLS table: rows of dialogues built here, of real ones in any pieces, and of anything else."""

from __future__ import annotations

import ssl
import tracemalloc
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.flows.messages.protocol import Recognition, Row, Said
from netanatomy.flows.messages.tls import MAXIMUM_SUITES, MAXIMUM_TEXT, MESSAGES, recognise
from netanatomy.layers.application.tls import MAXIMUM_HANDSHAKE, Version
from netanatomy.layers.application.tls_fields import vector
from netanatomy.layers.application.tls_offer import client_hello
from netanatomy.layers.application.tls_recognition import Beginning, begins_with
from netanatomy.layers.application.tls_session import MAXIMUM_HISTORY
from netanatomy.schema.column import arrow_schema
from tests.flows.messages.handshakes import TIME, dialogue

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
FLIGHTS = {"1.2": "CsxknGIti", "1.3": "CsiI"}


@pytest.fixture(scope="module", params=list(VERSIONS))
def spoken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Said]]:
    """A version, and a dialogue in it."""
    return request.param, dialogue(tmp_path_factory.mktemp("dialogue"), VERSIONS[request.param])


@pytest.fixture(scope="module")
def every_dialogue(tmp_path_factory: pytest.TempPathFactory) -> list[list[Said]]:
    return [dialogue(tmp_path_factory.mktemp("dialogue"), version) for version in VERSIONS.values()]


def read(said: Sequence[Said]) -> Row:
    reader = MESSAGES.reader()
    for each in said:
        if reader.finished:
            break
        reader.take(each)
        assert reader.rest == ()
    (row,) = reader.rows()
    # Every value fits its column.
    schema = arrow_schema(MESSAGES.columns)
    assert set(row) <= set(schema.names)
    pa.RecordBatch.from_pylist([dict(row)], schema=schema)
    return row


def piece(octets: bytes, is_orig: bool = True, missed: int = 0) -> Said:
    return Said(is_orig, TIME, 1, missed, octets)


def record(content: bytes, kind: int = 22, version: int = 0x0303) -> bytes:
    return bytes([kind]) + version.to_bytes(2, "big") + vector(content, 2)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(body, 3)


def server_hello(suite: int, version: int = 0x0303, session: bytes = b"", extensions: bytes = b"") -> bytes:
    body = version.to_bytes(2, "big") + bytes(32) + vector(session, 1) + suite.to_bytes(2, "big") + b"\0"
    return message(2, body + (vector(extensions, 2) if extensions else b""))


def test_a_whole_session(spoken: tuple[str, list[Said]]) -> None:
    version, said = spoken
    row = read(said)
    assert row["version"] == f"TLSv{version.replace('.', '')}"
    assert (row["server_name"], row["established"], row["error"]) == ("localhost", True, None)
    assert row["ssl_history"] == FLIGHTS[version]
    assert row["next_protocol"] == ("h2" if version == "1.2" else None)
    assert row["alpn_offered"] == ["h2"] and row["missed"] == 0
    assert row["versions_offered"][:2] == ["TLSv13", "TLSv12"]  # some systems offer older ones as well
    assert row.get("sni_matches_cert") is (True if version == "1.2" else None)


def test_the_same_row_however_it_is_cut(every_dialogue: list[list[Said]]) -> None:
    for said in every_dialogue:
        whole = read(said)
        for size in (1, 2, 5, 1000):
            pieces = [
                Said(each.is_orig, each.ts, each.frame_number, 0, each.octets[place : place + size])
                for each in said
                for place in range(0, len(each.octets), size)
            ]
            assert read(pieces) == whole


@settings(max_examples=60)
@given(data=st.data())
def test_cuts_anywhere(every_dialogue: list[list[Said]], data: st.DataObject) -> None:
    said = data.draw(st.sampled_from(every_dialogue))
    pieces = []
    for each in said:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(each.octets)), max_size=5)))
        for start, end in zip([0, *cuts], [*cuts, len(each.octets)], strict=True):
            pieces.append(Said(each.is_orig, each.ts, each.frame_number, 0, each.octets[start:end]))
    assert read(pieces) == read(said)


def test_every_truncation(every_dialogue: list[list[Said]]) -> None:
    for said in every_dialogue:
        whole = read(said)
        for number, last in enumerate(said):
            for length in range(0, len(last.octets), 7):
                cut = Said(last.is_orig, last.ts, last.frame_number, 0, last.octets[:length])
                row = read([*said[:number], cut])
                # What is told of less is told of all: nothing is guessed.
                for name in ("version", "cipher", "server_name", "curve", "cert_chain_fps"):
                    assert row.get(name) in (None, whole.get(name))
                assert str(whole["ssl_history"]).startswith(str(row["ssl_history"]))


@settings(max_examples=150)
@given(
    said=st.lists(
        st.builds(
            Said,
            st.booleans(),
            st.integers(0, 2**62),
            st.just(1),
            st.one_of(st.just(0), st.integers(0, 50_000)),
            st.one_of(
                st.binary(max_size=200),
                st.builds(
                    lambda kind, content: record(content, kind),
                    st.sampled_from([20, 21, 22, 23, 24]),
                    st.binary(max_size=80),
                ),
                st.builds(
                    lambda kind, body: record(message(kind, body)),
                    st.sampled_from([0, 1, 2, 4, 6, 11, 12, 13, 14, 16, 20, 22]),
                    st.binary(max_size=80),
                ),
            ),
        ),
        max_size=8,
    )
)
def test_anything(said: list[Said]) -> None:
    row = read(said)
    assert len(str(row["ssl_history"])) <= MAXIMUM_HISTORY + 1


@settings(max_examples=150)
@given(data=st.data())
def test_octets_that_were_changed(every_dialogue: list[list[Said]], data: st.DataObject) -> None:
    said = list(data.draw(st.sampled_from(every_dialogue)))
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(said) - 1))
        octets = bytearray(said[number].octets)
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        said[number] = piece(bytes(octets), said[number].is_orig)
    read(said)


@settings(max_examples=100)
@given(data=st.data())
def test_octets_that_are_missing(every_dialogue: list[list[Said]], data: st.DataObject) -> None:
    said = list(data.draw(st.sampled_from(every_dialogue)))
    number = data.draw(st.integers(0, len(said) - 1))
    octets = said[number].octets
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    holed = [
        piece(octets[:start], said[number].is_orig),
        piece(octets[end:], said[number].is_orig, end - start),
    ]
    row = read([*said[:number], *holed, *said[number + 1 :]])
    whole = read(said)
    if start == end:
        assert row == {**whole, "missed": 0}
    elif not row["established"]:
        assert row["missed"] == end - start
    for name in ("version", "cipher", "server_name"):
        assert row.get(name) in (None, whole.get(name))


def test_a_hole_in_the_certificates_hides_them_alone(every_dialogue: list[list[Said]]) -> None:
    said = every_dialogue[0]
    server = said[1]
    place = server.octets.index(b"\x0b", 60) + 200
    holed = [piece(server.octets[:place], False), piece(server.octets[place + 100 :], False, 100)]
    row = read([said[0], *holed, *said[2:]])
    assert row["missed"] == 100 and row["cipher"] == read(said)["cipher"]
    assert "cert_chain_fps" not in row
    assert row["established"] is True, row


def test_a_hole_over_the_end_of_a_record_ends_that_side(every_dialogue: list[list[Said]]) -> None:
    said = every_dialogue[0]
    row = read([said[0], piece(said[1].octets[3000:], False, 3000), *said[2:]])
    assert row["error"] == "server: 3000 octets are missing at octet 0"
    assert row["established"] is False and row["ssl_history"] == "CGI"


@pytest.mark.parametrize(
    ("protocol", "turns"),
    [
        (
            "smtp",
            ["<220 mail\r\n", ">ehlo x\r\n", "<250-x\r\n250 STARTTLS\r\n", ">starttls\r\n", "<220 go\r\n"],
        ),
        ("ftp", ["<220 ftp\r\n", ">AUTH SSL\r\n", "<504 no\r\n", ">AUTH TLS\r\n", "<234 go\r\n"]),
        ("pop3", ["<+OK\r\n", ">CAPA\r\n", "<+OK\r\nSTLS\r\n.\r\n", ">STLS\r\n", "<+OK\r\n"]),
        ("imap", ["<* OK\r\n", ">a1 CAPABILITY\r\n", "<a1 OK\r\n", ">a2 STARTTLS\r\n", "<a2 OK\r\n"]),
        (
            "xmpp",
            [
                "><?xml version='1.0'?><stream:stream>",
                "<<proceed/>",
                ">\n<starttls xmlns='x'/>",
                "<<proceed/>",
            ],
        ),
        (
            "ldap",
            [">\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037", "<\x30\x0c\x02\x01\x01\x78"],
        ),
        ("rdp", [">\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0", "<\x03\0\0\x13\x0e\xd0"]),
        ("postgresql", [">\0\0\0\x08\x04\xd2\x16\x2f", "<S"]),
        ("mysql", ["<J\0\0\0\x0a8.0", ">\x20\0\0\x01" + "\0" * 32]),
        ("http", [">CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\n"]),
    ],
)
def test_tls_that_begins_within_another_protocol(
    every_dialogue: list[list[Said]], protocol: str, turns: list[str]
) -> None:
    before = [piece(turn[1:].encode("latin-1"), turn[0] == ">") for turn in turns]
    for said in every_dialogue:
        conversation = [*before, *said]
        halves = [b"", b""]
        for each in before:
            halves[not each.is_orig] += each.octets
            assert recognise(halves[0], halves[1]) is Recognition.UNSURE
            for length in range(len(halves[0])):
                assert recognise(halves[0][:length], b"") is Recognition.UNSURE
        assert recognise(halves[0] + said[0].octets, halves[1]) is Recognition.YES
        whole = read(said)
        assert read(conversation) == {**whole, "upgraded_from": protocol}
        single = [
            Said(each.is_orig, each.ts, each.frame_number, 0, each.octets[place : place + 1])
            for each in conversation
            for place in range(len(each.octets))
        ]
        assert read(single) == {**whole, "upgraded_from": protocol}


def test_names_that_are_no_text() -> None:
    hello = bytearray(client_hello(Version.TLS_1_2, server_name="evil.example.org"))
    place = hello.index(b"evil")
    hello[place : place + 4] = b"\x1b[2J"[:4]
    hello[place + 5] = 0xFF
    assert read([piece(bytes(hello))])["server_name"] == "\x1b[2J.\\xffxample.org"


def test_roles_are_told_by_the_hello() -> None:
    hello, answer = client_hello(Version.TLS_1_2), record(server_hello(0x009C))
    row = read([piece(hello, False), piece(answer, True)])
    assert (row["ssl_history"], row["cipher"]) == ("^Cs", "TLS_RSA_WITH_AES_128_GCM_SHA256")


def test_what_is_no_tls_after_all() -> None:
    hello = client_hello(Version.TLS_1_2, server_name="localhost")
    row = read([piece(hello), piece(b"HTTP/1.1 400 Bad Request\r\n", False)])
    assert row["error"] == "server: no TLS record at octet 0: 48 54 54 50 2f"
    assert row["server_name"] == "localhost"


def test_weaknesses_of_a_session_without_its_hello() -> None:
    row = read([piece(record(server_hello(0x0005, 0x0300), version=0x0300), False)])
    assert (row["version"], row["cipher"]) == ("SSLv3", "TLS_RSA_WITH_RC4_128_SHA")
    assert row["weaknesses"] == ["protocol-sslv3", "no-forward-secrecy", "cipher-rc4"]
    assert "versions_offered" not in row


def test_ssl_2_0() -> None:
    hello = bytes.fromhex("802b 01 0002 0012 0000 0010 0700c0 050080 030080 010080 060040 040080") + bytes(16)
    answer = bytes.fromhex("800e 04 00 01 0002 0000 0003 0000 010080")
    assert recognise(hello, b"") is Recognition.YES
    row = read([piece(hello), piece(answer, False)])
    assert (row["version"], row["versions_offered"], row["ssl_history"]) == ("SSLv2", ["SSLv2"], "Cs")
    assert row["weaknesses"] == ["protocol-sslv2"]


@pytest.mark.parametrize(
    ("content", "kind"), [(message(0, b"") * 4000, 22), (message(99, bytes(9000)), 22), (b"\1\x5a", 21)]
)
def test_a_handshake_without_end_is_ended(content: bytes, kind: int) -> None:
    reader = MESSAGES.reader()
    reader.take(piece(client_hello(Version.TLS_1_2)))
    reader.take(piece(record(server_hello(0x002F)), False))
    for _ in range(MAXIMUM_HISTORY):
        reader.take(piece(record(content, kind), False))
    assert reader.finished
    (row,) = reader.rows()
    assert len(str(row["ssl_history"])) == MAXIMUM_HISTORY
    assert row["error"] == "more than 100 messages in the clear"


@pytest.mark.parametrize("kind", [22, 23, 24])
def test_memory_does_not_grow_with_what_is_not_whole(kind: int) -> None:
    reader = MESSAGES.reader()
    reader.take(piece(client_hello(Version.TLS_1_2)))
    reader.take(piece(record(server_hello(0x002F)), False))
    part = message(11, bytes(MAXIMUM_HANDSHAKE))[:16_000]
    tracemalloc.start()
    try:
        for _ in range(8):
            reader.take(piece(record(part, kind), False))
        for _ in range(20_000):
            reader.take(piece(b"\x17\x03\x03\x40\x00" + bytes(100)))
            if reader.finished:
                break
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * MAXIMUM_HANDSHAKE, peak


def test_a_message_of_sixteen_megabytes_is_not_waited_for() -> None:
    row = read([piece(client_hello(Version.TLS_1_2)), piece(record(b"\x0b\xff\xff\xff" + bytes(50)), False)])
    assert row["error"] == "server: a handshake message of 16777215 octets"


def test_offers_beyond_the_limit_are_counted() -> None:
    suites = tuple(range(0xC000, 0xC000 + MAXIMUM_SUITES + 7))
    alpn = [str(number) for number in range(60)]
    row = read([piece(client_hello(Version.TLS_1_2, suites=suites, alpn=alpn, server_name="x" * 3000))])
    assert isinstance(row["ciphers_offered"], list) and row["dropped"] == 7 + 10
    assert len(row["ciphers_offered"]) == MAXIMUM_SUITES
    assert row["alpn_offered"] == alpn[:50]
    assert row["server_name"] == "x" * MAXIMUM_TEXT + "…"


def test_certificates_beyond_the_limit_are_counted() -> None:
    chain = vector(vector(b"x", 3) * 130, 3)
    row = read([piece(record(server_hello(0x002F) + message(11, chain)), False)])
    assert isinstance(row["cert_chain_fps"], list)
    # 102 judgements: two about the suite and one about each certificate that is kept.
    assert (len(row["cert_chain_fps"]), row["dropped"]) == (100, 30 + 52)
    assert row["weaknesses"] == ["no-forward-secrecy", "certificate-damaged"]


@pytest.mark.parametrize(
    ("originator", "responder", "expected"),
    [
        (b"", b"", Recognition.UNSURE),
        (b"\x16", b"", Recognition.UNSURE),
        (client_hello(Version.TLS_1_0)[:10], b"", Recognition.UNSURE),
        (client_hello(Version.TLS_1_0)[:11], b"", Recognition.YES),
        (client_hello(Version.SSL_3_0), b"HTTP/1.1", Recognition.YES),
        (b"", record(server_hello(5)), Recognition.YES),
        (record(message(16, bytes(64))), record(server_hello(5)), Recognition.YES),
        (record(message(16, bytes(64))), b"", Recognition.UNSURE),
        (record(message(16, bytes(64))), record(bytes(64), 23), Recognition.NO),
        (record(bytes(64), 23), b"", Recognition.UNSURE),
        (b"", record(b"\x02\x28", 21), Recognition.YES),
        (b"", record(b"\x02\x29\x00", 21), Recognition.UNSURE),
        (b"GET / HTTP/1.1\r\n", record(b"\x02\x28", 21), Recognition.NO),
        (b"SSH-2.0-x\r\n", b"", Recognition.NO),
        (b"", b"220 mail ESMTP\r\n", Recognition.UNSURE),
        (b"EHLO x\r\nSTARTTLS\r\n", b"220 mail ESMTP\r\n", Recognition.UNSURE),
        (b"EHLO x\r\nMAIL FROM:<a@b>\r\n" + bytes(3000), b"220 mail ESMTP\r\n", Recognition.NO),
        (b"EHLO x\r\nSTARTTLS\r\n" + bytes(3000), b"220 mail ESMTP\r\n", Recognition.NO),
        (bytes.fromhex("16 0301 0005 01 ffffff 0303"), b"", Recognition.NO),
        (bytes.fromhex("16 0301 00a5 01 0000a1 0203"), b"", Recognition.NO),
        (bytes.fromhex("16 fefd 0000 0000"), b"", Recognition.NO),  # DTLS
        (b"\x80\xff\x01", b"", Recognition.UNSURE),
        (b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd", b"", Recognition.NO),  # Telnet
        ("Überall".encode("latin-1"), b"", Recognition.NO),
    ],
)
def test_recognition(originator: bytes, responder: bytes, expected: Recognition) -> None:
    assert recognise(originator, responder) is expected


@given(st.data())
def test_what_is_no_tls_once_stays_so(data: st.DataObject) -> None:
    hello = bytearray(client_hello(Version.TLS_1_2))
    for _ in range(data.draw(st.integers(0, 3))):
        hello[data.draw(st.integers(0, 50))] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(0, 60))
    if begins_with(bytes(hello[:length])) is Beginning.NO:
        assert begins_with(bytes(hello)) is Beginning.NO


def test_recognition_of_every_beginning(every_dialogue: list[list[Said]]) -> None:
    for said in every_dialogue:
        client, server = said[0].octets, said[1].octets
        for length in range(1, 80):
            told = recognise(client[:length], b"")
            assert told is (Recognition.YES if length >= 11 else Recognition.UNSURE)
            assert recognise(b"", server[:length]) is told
