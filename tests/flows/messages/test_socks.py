"""SOCKS as heard from outside: every kind of dialogue, however it is cut, and whatever else is said."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.flows.messages.conversation import Conversation
from netanatomy.flows.messages.protocol import Recognition, Row, Said
from netanatomy.flows.messages.registry import protocols
from netanatomy.flows.messages.socks import COLUMNS, MAXIMUM_WAITING, MESSAGES, SocksReader, recognise
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import ClientMessage, Dialogue, ProxyMessage
from netanatomy.layers.application.socks_fields import Command, Destination
from netanatomy.pipeline import Capture
from netanatomy.schema.flow_options import FlowOptions
from netanatomy.schema.streams import STREAM_COLUMNS
from tests.plain_rows import plain_rows

V4 = Destination(IPv4Address("192.0.2.1"), 80)
V6 = Destination(IPv6Address("2001:db8::1"), 443)
NAME = Destination(b"www.example.org", 65535)
PEER = Destination(IPv4Address("198.51.100.9"), 4321)
MAPPED_V4 = bytes(10) + b"\xff\xff\xc0\x00\x02\x01"

Step = tuple[bool, bytes]


def held(*messages: ClientMessage | ProxyMessage | bytes, client: bool = True) -> list[Step]:
    """A dialogue as the octets that its sides send; octets as they are belong to the side before."""
    dialogue = Dialogue()
    steps: list[Step] = []
    for message in messages:
        if isinstance(message, bytes):
            steps.append((steps[-1][0], message))
            continue
        asks = isinstance(message, socks4.Request | socks5.Greeting | socks5.PasswordRequest | socks5.Request)
        steps.append((asks is client, dialogue.say(message)))
    return steps


GREETING = socks5.Greeting((0, 2, 0x80))
NONE = socks5.MethodChoice(socks5.Method.NONE)
PASSWORD = socks5.MethodChoice(socks5.Method.PASSWORD)
DIALOGUES: dict[str, tuple[list[Step], dict[str, object]]] = {
    "connect": (
        held(GREETING, NONE, socks5.request(Command.CONNECT, NAME), socks5.Reply(0, V6)),
        {
            "version": 5,
            "methods": ["none", "password", "128"],
            "method": "none",
            "command": "CONNECT",
            "request.name": "www.example.org",
            "request_p": 65535,
            "status": "succeeded",
            "bound.host": IPv6Address("2001:db8::1").packed,
            "bound_p": 443,
            "state": "RELAYING",
        },
    ),
    "password": (
        held(
            *(GREETING, PASSWORD, socks5.PasswordRequest(b"an\xffna", b"secret"), socks5.PasswordStatus(0)),
            *(socks5.request(Command.CONNECT, V4), socks5.Reply(2, NAME)),
        ),
        {
            "version": 5,
            "user": "an\\xffna",
            "password_sent": True,
            "methods": ["none", "password", "128"],
            "method": "password",
            "command": "CONNECT",
            "request.host": MAPPED_V4,
            "request_p": 80,
            "status": "connection not allowed by ruleset",
            "bound.name": "www.example.org",
            "bound_p": 65535,
            "state": "ENDED",
        },
    ),
    "password accepted, nothing asked": (
        held(GREETING, PASSWORD, socks5.PasswordRequest(b"a", b"b"), socks5.PasswordStatus(0)),
        {
            "version": 5,
            "user": "a",
            "password_sent": True,
            "methods": ["none", "password", "128"],
            "method": "password",
            "status": "succeeded",
            "state": "REQUEST",
        },
    ),
    "password refused": (
        held(GREETING, PASSWORD, socks5.PasswordRequest(b"a", b"b"), socks5.PasswordStatus(1)),
        {
            "version": 5,
            "user": "a",
            "password_sent": True,
            "methods": ["none", "password", "128"],
            "method": "password",
            "status": "password refused",
            "state": "ENDED",
        },
    ),
    "no method": (
        held(socks5.Greeting((1,)), socks5.MethodChoice(255)),
        {"version": 5, "methods": ["gssapi"], "status": "no acceptable method", "state": "ENDED"},
    ),
    "gssapi": (
        held(socks5.Greeting((1,)), socks5.MethodChoice(1), b"\x01\x01\x00\x01x"),
        {"version": 5, "methods": ["gssapi"], "method": "gssapi", "state": "OPAQUE"},
    ),
    "associate": (
        held(socks5.Greeting((0,)), NONE, socks5.request(Command.UDP_ASSOCIATE, V4), socks5.Reply(0, PEER)),
        {
            "version": 5,
            "methods": ["none"],
            "method": "none",
            "command": "UDP_ASSOCIATE",
            "request.host": MAPPED_V4,
            "request_p": 80,
            "status": "succeeded",
            "bound.host": bytes(10) + b"\xff\xff\xc6\x33\x64\x09",
            "bound_p": 4321,
            "state": "ASSOCIATED",
        },
    ),
    "bind": (
        held(
            *(socks5.Greeting((0,)), NONE, socks5.request(Command.BIND, V4), socks5.Reply(0, V4)),
            socks5.Reply(0, PEER),
        ),
        {
            "version": 5,
            "methods": ["none"],
            "method": "none",
            "command": "BIND",
            "request.host": MAPPED_V4,
            "request_p": 80,
            "status": "succeeded",
            "bound.host": MAPPED_V4,
            "bound_p": 80,
            "peer.host": bytes(10) + b"\xff\xff\xc6\x33\x64\x09",
            "peer_p": 4321,
            "state": "RELAYING",
        },
    ),
    "unknown command": (
        held(socks5.Greeting((0,)), NONE, socks5.request(77, V4), socks5.Reply(99)),
        {
            "version": 5,
            "methods": ["none"],
            "method": "none",
            "command": "77",
            "request.host": MAPPED_V4,
            "request_p": 80,
            "status": "unknown-99",
            "bound.host": bytes(10) + b"\xff\xff\0\0\0\0",
            "bound_p": 0,
            "state": "ENDED",
        },
    ),
    "unknown address": (
        held(socks5.Greeting((0,)), NONE, socks5.Request(1, None, 9), b"\x01\x02", socks5.Reply(0)),
        {
            "version": 5,
            "methods": ["none"],
            "method": "none",
            "command": "CONNECT",
            "status": "succeeded",
            "bound.host": bytes(10) + b"\xff\xff\0\0\0\0",
            "bound_p": 0,
            "state": "RELAYING",
        },
    ),
    "socks4": (
        held(socks4.Request(1, V4, b"anna"), socks4.Reply(0x5D, V4)),
        {
            "version": 4,
            "user": "anna",
            "command": "CONNECT",
            "request.host": MAPPED_V4,
            "request_p": 80,
            "status": "request failed because client's identd could not confirm the user ID string "
            "in the request",
            "bound.host": MAPPED_V4,
            "bound_p": 80,
            "state": "ENDED",
        },
    ),
    "socks4a": (
        held(socks4.Request(1, NAME), socks4.Reply(0x5A)),
        {
            "version": 4,
            "command": "CONNECT",
            "request.name": "www.example.org",
            "request_p": 65535,
            "status": "succeeded",
            "bound.host": bytes(10) + b"\xff\xff\0\0\0\0",
            "bound_p": 0,
            "state": "RELAYING",
        },
    ),
}
EVERY_DIALOGUE = pytest.mark.parametrize("name", DIALOGUES)


def heard(steps: list[Step]) -> tuple[dict[str, object], list[Step]]:
    """The row without what is null, and what was relayed."""
    reader = SocksReader()
    relayed: list[Step] = []
    for number, (is_orig, octets) in enumerate(steps):
        if not reader.finished and not relayed:
            reader.take(Said(is_orig, number, number, 0, octets))
            relayed.extend((said.is_orig, said.octets) for said in reader.rest)
        elif relayed:
            relayed.append((is_orig, octets))
    return shown(reader.rows()), relayed


def shown(rows: list[Row] | tuple[Row, ...] | object) -> dict[str, object]:
    assert isinstance(rows, tuple)
    (row,) = rows
    assert set(row) <= {column.name for column in COLUMNS}
    return {name: value for name, value in row.items() if value is not None}


def expected(name: str) -> dict[str, object]:
    return {"password_sent": False, "reversed": False, **DIALOGUES[name][1]}


@EVERY_DIALOGUE
def test_every_dialogue(name: str) -> None:
    assert heard(DIALOGUES[name][0]) == (expected(name), [])


@EVERY_DIALOGUE
def test_implants_that_call_home_are_the_proxy(name: str) -> None:
    steps = [(not is_orig, octets) for is_orig, octets in DIALOGUES[name][0]]
    assert heard(steps) == (expected(name) | {"reversed": True}, [])


@EVERY_DIALOGUE
@given(data=st.data())
def test_it_does_not_matter_how_it_is_cut(name: str, data: st.DataObject) -> None:
    steps, row_of_it = DIALOGUES[name]
    over = row_of_it["state"] != "REQUEST"
    more = [(True, b"GET / HTTP/1.0"), (False, b"HTTP/1.0 200")] if over else []
    pieces: list[Step] = []
    for is_orig, octets in (*steps, *more):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(octets)), max_size=5)) | {0, len(octets)})
        pieces.extend((is_orig, octets[a:b]) for a, b in pairwise(cuts))
    row, relayed = heard(pieces)
    assert row == expected(name)
    for side, text in more:
        said = b"".join(octets for is_orig, octets in relayed if is_orig is side)
        assert said == (text if row_of_it["state"] == "RELAYING" and name != "unknown address" else b"")


@EVERY_DIALOGUE
def test_every_truncation_tells_a_part(name: str) -> None:
    """What is told of a beginning is told of the whole too, but for the state and the latest status."""
    steps = [(is_orig, octet.to_bytes()) for is_orig, octets in DIALOGUES[name][0] for octet in octets]
    whole = expected(name)
    for end in range(len(steps)):
        row, _ = heard(steps[:end])
        assert "error" not in row
        told = {key: row[key] for key in row if key not in ("state", "status", "password_sent")}
        assert told.items() <= whole.items()


@EVERY_DIALOGUE
def test_recognised_when_both_sides_have_opened(name: str) -> None:
    (asks, opening), (_, answer), *_ = DIALOGUES[name][0]
    assert asks
    for end in range(len(opening) + 1):
        assert recognise(opening[:end], b"") is Recognition.UNSURE
        assert recognise(b"", opening[:end]) is Recognition.UNSURE
    for end in range(len(answer)):
        least = 2 if opening[0] == 5 else 8
        wanted = Recognition.UNSURE if end < least else Recognition.YES
        assert recognise(opening, answer[:end]) is wanted
    assert recognise(opening, answer) is recognise(answer, opening) is Recognition.YES


@pytest.mark.parametrize(
    ("client", "proxy"),
    [
        (b"\x05\x00\x0b\x03\x10\x00\x00\x00", b""),  # DCE/RPC, whose version is 5.0
        (b"\x05\x01\x00", b"\x05\x02"),  # a method that was not offered
        (b"\x05\x01\x00", b"HTTP/1.1 400"),
        (b"\x05\x01\x00", b"SSH-2.0-"),
        (b"\x04\x09\x00\x50\x7f\x00\x00\x01\x00", b""),  # a command that there is not
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b"\x00\x00\x00\x00\x00\x00\x00\x00"),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01" + b"u" * 256, b""),
        (b"\x16\x03\x01", b""),
        (b"", b"220 mail"),
    ],
)
def test_what_is_no_socks(client: bytes, proxy: bytes) -> None:
    assert recognise(client, proxy) is Recognition.NO


BROKEN: list[tuple[list[Step], str, str]] = [
    (
        [(True, b"\x05\x01\x00"), (False, b"\x05\x00"), (True, b"\x04\x01")],
        "REQUEST",
        "client: the version is 4",
    ),
    ([(True, b"\x05\x01\x02"), (False, b"\x05\x02"), (True, b"\x05\x01")], "PASSWORD", "client: the version"),
    (
        [
            (True, b"\x05\x01\x00"),
            (False, b"\x05\x00"),
            (True, b"\x05\x01\0\x01\0\0\0\0\0\x50"),
            (False, b"HTTP"),
        ],
        "CONNECTING",
        "proxy: the version is 72",
    ),
    ([(True, b"GET /"), (False, b"200")], "OPENING", "client: the first octet is 0x47"),
    (
        [(True, b"\x05\x01\x00"), (True, b"x" * MAXIMUM_WAITING)],
        "OPENING",
        "the originator speaks out of turn",
    ),
]


@pytest.mark.parametrize(("steps", "state", "error"), BROKEN)
def test_who_breaks_the_protocol_is_told(steps: list[Step], state: str, error: str) -> None:
    row, relayed = heard([*steps, (True, b"more"), (False, b"more")])
    assert row["state"] == state
    assert str(row["error"]).startswith(error)
    assert relayed == []


def test_missing_octets_end_a_dialogue_but_not_what_is_relayed() -> None:
    reader = SocksReader()
    for is_orig, octets in DIALOGUES["connect"][0]:
        reader.take(Said(is_orig, 1, 1, 0, octets))
    assert reader.rest == ()
    hole = Said(False, 2, 2, 1000, b"x")
    reader.take(hole)
    assert reader.rest == (hole,)
    reader = SocksReader()
    reader.take(Said(True, 1, 1, 0, b"\x05\x01\x00"))
    reader.take(Said(False, 1, 1, 3, b"\x05\x00"))
    assert reader.finished
    assert shown(reader.rows())["error"] == "octets of the responder are missing"


def test_what_a_hasty_client_sends_goes_through_in_order() -> None:
    """Some clients send on before they are answered; what is relayed comes as it was said."""
    (_, greeting), (_, choice), (_, request), (_, reply) = DIALOGUES["connect"][0]
    steps = [(True, greeting + request + b"GET"), (False, choice), (True, b" /"), (False, reply + b"HTTP")]
    assert heard(steps) == (expected("connect"), [(True, b"GET"), (True, b" /"), (False, b"HTTP")])


def test_an_octet_at_a_time_is_kept_as_one_piece() -> None:
    reader = SocksReader()
    reader.take(Said(True, 1, 1, 0, b"\x05\x01\x00"))
    for number in range(2, 10_000):
        reader.take(Said(True, number, number, 0, b"x"))
    assert len(reader._pieces) == 64
    assert not reader.finished


def test_passwords_are_nowhere() -> None:
    row, _ = heard(DIALOGUES["password"][0])
    assert "secret" not in repr(row)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12), st.booleans())
def test_whatever_octets_come(said: list[Step], begins: bool) -> None:
    steps = [*(DIALOGUES["connect"][0][:2] if begins else []), *said]
    row, _ = heard(steps)
    whole, _ = heard([(is_orig, octet.to_bytes()) for is_orig, octets in steps for octet in octets])
    assert row == whole


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_recognising_any_octets(originator: bytes, responder: bytes) -> None:
    recognise(originator, responder)
    recognise(b"\x05" + originator, b"\x05" + responder)
    recognise(b"\x04" + originator, b"\x00" + responder)


def streams_of(corpora: Path, capture: str) -> dict[str, list[Said]]:
    """What each connection of a capture said."""
    found: dict[str, list[Said]] = {}
    assert STREAM_COLUMNS[0].name == "uid"
    for row in plain_rows(Capture(corpora / capture).streams().to_arrow()):
        said = Said(*(row[name] for name in ("is_orig", "ts", "frame_number", "missed", "data")))
        found.setdefault(str(row["uid"]), []).append(said)
    return found


@pytest.mark.corpora
def test_every_truncation_of_captures(corpora: Path) -> None:
    traces = ("socks-with-ssl.pcap", "tunnels/socks.pcap")
    for trace in traces:
        path = f"zeek+zeek/testing/btest/Traces/{trace}"
        if not (corpora / path).exists():
            pytest.skip(f"{path} is missing")
        (said,) = streams_of(corpora, path).values()
        counts = []
        for end in range(len(said) + 1):
            conversation = Conversation(protocols(), ["socks"])
            for piece in said[:end]:
                conversation.take(piece)
            counts.append(len(conversation.close()))
        assert counts == sorted(counts)
        assert counts[-1] == 1


@pytest.mark.corpora
def test_nothing_else_is_taken_for_socks(corpora: Path) -> None:
    """HTTP at the port of SOCKS, which is what a port alone would tell wrongly; and RDP through a proxy."""
    folder = corpora / "zeek+zeek/testing/btest/Traces/http"
    for name in ("zeek-image-post-1080-8000-x.pcap",):
        if not (folder / name).exists():
            pytest.skip(f"{name} is missing")
        assert Capture(folder / name).messages("socks").to_arrow().num_rows == 0
    rdp = corpora / "arkime+arkime/tests/pcap/socks5-rdp.pcap"
    table = Capture(rdp).messages("socks", options=FlowOptions(checksums="ignore")).to_arrow()
    assert table.select(["usual_port", "request_p"]).to_pylist() == [{"usual_port": False, "request_p": 3389}]


def test_the_protocol_is_found() -> None:
    found: Callable[[bytes, bytes], Recognition] = protocols()["socks"].recognise
    assert protocols()["socks"] is MESSAGES
    assert found is recognise
