"""The grammar of SOCKS: every cell of the state table, every truncation, and whatever octets come."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import (
    CLIENT_STATES,
    MAXIMUM_CLIENT_MESSAGE,
    NEXT,
    PROXY_STATES,
    ClientMessage,
    Dialogue,
    Event,
    ProxyMessage,
    State,
)
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete, Parsed, command_name

V4 = Destination(IPv4Address("192.0.2.1"), 80)
V6 = Destination(IPv6Address("2001:db8::1"), 443)
NAME = Destination(b"www.example.org", 65535)

CLIENT: list[tuple[State, int | None, ClientMessage]] = [
    (State.OPENING, None, socks5.Greeting((0,))),
    (State.OPENING, None, socks5.Greeting(tuple(range(255)))),
    (State.OPENING, None, socks4.Request(1, V4, b"anna")),
    (State.OPENING, None, socks4.Request(2, NAME, b"")),
    (State.OPENING, None, socks4.Request(9, V4, b"u" * 255)),
    (State.PASSWORD, 5, socks5.PasswordRequest(b"u" * 255, b"p" * 255)),
    (State.PASSWORD, 5, socks5.PasswordRequest(b"a", b"b")),
    (State.REQUEST, 5, socks5.request(Command.CONNECT, V4)),
    (State.REQUEST, 5, socks5.request(Command.BIND, V6)),
    (State.REQUEST, 5, socks5.request(Command.UDP_ASSOCIATE, NAME)),
    (State.REQUEST, 5, socks5.request(77, Destination(b"n" * 255, 1))),
]
PROXY: list[tuple[State, int, ProxyMessage]] = [
    (State.METHOD, 5, socks5.MethodChoice(0)),
    (State.METHOD, 5, socks5.MethodChoice(255)),
    (State.PASSWORD_STATUS, 5, socks5.PasswordStatus(0)),
    (State.PASSWORD_STATUS, 5, socks5.PasswordStatus(7)),
    (State.CONNECTING, 5, socks5.Reply(0, V6)),
    (State.CONNECTING, 5, socks5.Reply(5, V4)),
    (State.BOUND, 5, socks5.Reply(0, NAME)),
    (State.CONNECTING, 4, socks4.Reply(0x5A, V4)),
    (State.BINDING, 4, socks4.Reply(0x5B)),
]
EVENTS = {
    # A message of the proxy or of the client that is this event, in this version.
    Event.GREETING: socks5.Greeting((0, 2, 3)),
    Event.METHOD_NONE: socks5.MethodChoice(0),
    Event.METHOD_PASSWORD: socks5.MethodChoice(2),
    Event.METHOD_OTHER: socks5.MethodChoice(3),
    Event.METHOD_REFUSED: socks5.MethodChoice(255),
    Event.PASSWORD: socks5.PasswordRequest(b"a", b"b"),
    Event.CONNECT: socks5.request(1, V4),
    Event.BIND: socks5.request(2, V4),
    Event.UDP_ASSOCIATE: socks5.request(3, V4),
    Event.OTHER_COMMAND: socks5.request(4, V4),
    Event.SUCCEEDED: socks5.Reply(0),
    Event.REFUSED: socks5.Reply(1),
}


def dialogue(state: State, version: int | None) -> Dialogue:
    found = Dialogue()
    found.state, found.version, found.offered = state, version, tuple(range(255))
    return found


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_cell_of_the_table(state: State, event: Event) -> None:
    one = dialogue(state, 5)
    if event in NEXT[state]:
        one.say(EVENTS[event])
        assert one.state is NEXT[state][event]
    else:
        with pytest.raises(MalformedError):
            one.say(EVENTS[event])
        assert one.state is state


def test_the_table_is_whole() -> None:
    assert set(NEXT) == set(State)
    assert set(EVENTS) == set(Event)
    ends = {state for state, following in NEXT.items() if not following}
    assert ends == {State.RELAYING, State.ASSOCIATED, State.OPAQUE, State.ENDED}
    assert CLIENT_STATES | PROXY_STATES | ends == set(State)
    assert not CLIENT_STATES & PROXY_STATES
    reached = {State.OPENING, *(state for following in NEXT.values() for state in following.values())}
    assert reached == set(State)


@pytest.mark.parametrize(("state", "version", "message"), CLIENT)
def test_client_messages_cut_anywhere(state: State, version: int | None, message: ClientMessage) -> None:
    octets = message.octets()
    assert len(octets) <= MAXIMUM_CLIENT_MESSAGE
    for length in range(len(octets)):
        found = dialogue(state, version).hear_client(octets[:length])
        assert isinstance(found, Incomplete), length
        # Never more than is really missing: a client would wait for octets that nobody sends.
        assert 1 <= found.missing <= len(octets) - length
    whole = dialogue(state, version).hear_client(octets + b"and what follows")
    assert whole == Parsed(message, len(octets))


@pytest.mark.parametrize(("state", "version", "message"), PROXY)
def test_proxy_messages_cut_anywhere(state: State, version: int, message: ProxyMessage) -> None:
    octets = message.octets()
    for length in range(len(octets)):
        found = dialogue(state, version).hear_proxy(octets[:length])
        assert isinstance(found, Incomplete), length
        assert 1 <= found.missing <= len(octets) - length
    assert dialogue(state, version).hear_proxy(octets + b"more") == Parsed(message, len(octets))


@given(st.sampled_from(State), st.sampled_from([None, 4, 5]), st.binary(max_size=800))
def test_any_octets_are_a_message_or_broken(state: State, version: int | None, octets: bytes) -> None:
    for hear in (dialogue(state, version).hear_client, dialogue(state, version).hear_proxy):
        try:
            found = hear(octets)
        except MalformedError:
            continue
        if isinstance(found, Parsed):
            assert 0 < found.length <= len(octets)
        else:
            assert found.missing > 0


@given(
    st.binary(min_size=MAXIMUM_CLIENT_MESSAGE, max_size=MAXIMUM_CLIENT_MESSAGE + 50), st.sampled_from([4, 5])
)
def test_a_client_cannot_be_endless(octets: bytes, version: int) -> None:
    for state in CLIENT_STATES:
        one = dialogue(state, version)
        try:
            found = one.hear_client(octets)
        except MalformedError:
            continue
        assert isinstance(found, Parsed)


@given(st.binary(max_size=600))
def test_any_datagram_is_one_or_broken(octets: bytes) -> None:
    try:
        found = socks5.parse_datagram(octets)
    except MalformedError:
        return
    # RSV is not looked at (RFC 1928 section 7 says only that it is X'0000').
    assert found.octets()[2:] == octets[2:]


@given(st.integers(0, 255), st.binary(max_size=255), st.integers(0, 65535), st.binary(max_size=100))
def test_datagrams_there_and_back(fragment: int, name: bytes, port: int, payload: bytes) -> None:
    datagram = socks5.Datagram(fragment, Destination(name, port), payload)
    assert socks5.parse_datagram(datagram.octets()) == datagram


def test_octets_as_the_rfcs_draw_them() -> None:
    # RFC 1928 sections 3 to 6, RFC 1929 section 2, and the memos of SOCKS4, field by field.
    assert socks5.Greeting((0, 2)).octets() == bytes.fromhex("05 02 00 02")
    assert socks5.MethodChoice(2).octets() == bytes.fromhex("05 02")
    assert socks5.PasswordRequest(b"anna", b"pw").octets() == b"\x01\x04anna\x02pw"
    assert socks5.request(1, V4).octets() == bytes.fromhex("05 01 00 01 c0000201 0050")
    assert socks5.request(1, V6).octets() == bytes.fromhex("05010004 20010db8000000000000000000000001 01bb")
    assert socks5.request(3, NAME).octets() == b"\x05\x03\x00\x03\x0fwww.example.org\xff\xff"
    assert socks5.Reply(0, V4).octets() == bytes.fromhex("05 00 00 01 c0000201 0050")
    assert socks4.Request(1, V4, b"anna").octets() == bytes.fromhex("04 01 0050 c0000201") + b"anna\0"
    assert socks4.Reply(0x5A, V4).octets() == bytes.fromhex("00 5a 0050 c0000201")


def test_what_breaks_the_protocol() -> None:
    for octets in (b"GET / HTTP/1.1", b"\x16\x03\x01", b"\0", b"\x05\0", b"\x04\x01\0\x50\0\0\0\x01\0\0"):
        with pytest.raises(MalformedError):
            Dialogue().hear_client(octets)
    for user in (b"u" * 256, b"u" * 300 + b"\0"):
        with pytest.raises(MalformedError):
            socks4.parse_request(b"\x04\x01\0\x50\xc0\0\x02\x01" + user)
    for message in (
        socks4.Request(1, V6),
        socks4.Request(1, V4, b"a\0b"),
        socks4.Request(1, Destination(b"", 1)),
        socks5.PasswordRequest(b"", b"x"),
        socks5.request(1, Destination(b"n" * 256, 1)),
    ):
        with pytest.raises(MalformedError):
            message.octets()


def test_a_method_that_was_not_offered() -> None:
    one = Dialogue()
    one.say(socks5.Greeting((0,)))
    with pytest.raises(MalformedError, match="not offered"):
        one.hear_proxy(b"\x05\x02")


def test_unknown_values_are_data() -> None:
    one = dialogue(State.REQUEST, 5)
    assert one.hear_client(b"\x05\x63\x00\x09") == Parsed(socks5.Request(0x63, None, 9), 4)
    assert one.state is State.REFUSING
    assert command_name(0x63) == "99"


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(socks5.PasswordRequest(b"anna", b"secret"))
