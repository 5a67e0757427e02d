"""Whatever a server sends is an ordinary answer: never another exception, and never a hang."""

from __future__ import annotations

import random
import struct

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve import Answer, Options, Outcome, Question, resolve
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import answer_of, parse, question_octets
from tests.active.resolve.misbehaving import framed, misbehaving

QUICK = Options(timeout=0.4, attempts=1)
NAME = "a.example."


def response(query: bytes, *records: str) -> dns.message.Message:
    found = dns.message.make_response(dns.message.from_wire(query))
    for record in records:
        name, ttl, kind, data = record.split(maxsplit=3)
        found.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, data))
    return found


def silent(query: bytes, over: str) -> list[bytes]:
    return []


def ask(server: str, options: Options = QUICK, kind: str = "A") -> Answer:
    (answer,) = resolve(NAME, (kind,), server, options=options)
    return answer


def test_silence() -> None:
    with misbehaving(silent) as server:
        answer = ask(server, Options(timeout=0.2, attempts=3))
    assert answer.outcome is Outcome.TIMEOUT
    assert len(answer.exchanges) == 3
    assert f"udp://{server} was asked for {NAME} A" in answer.detail
    assert "asked 3 times" in answer.detail


def test_an_answer_after_one_lost() -> None:
    seen: list[bytes] = []

    def reply(query: bytes, over: str) -> list[bytes]:
        seen.append(query)
        return [response(query, "a.example. 60 A 192.0.2.1").to_wire()] if len(seen) > 1 else []

    with misbehaving(reply) as server:
        answer = ask(server, Options(timeout=1, attempts=2))
    assert answer.data == ("192.0.2.1",)
    assert any("asked again" in note for note in answer.notes)


@pytest.mark.parametrize("over", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda wire: wire[:2] + b"\xff" * (len(wire) - 2), ""),
        (lambda wire: wire[:-3], "no DNS message"),
        (lambda wire: wire + b"more", "no DNS message"),
        (lambda wire: wire[:2] + bytes([wire[2] & 0x7F]) + wire[3:], "question"),
        (lambda wire: wire[:11], ""),
        (lambda wire: wire[:5] + b"\xff" + wire[6:], ""),
        (lambda wire: wire.replace(b"\x07example", b"\x07exbmple"), ""),
        (lambda wire: bytes([wire[0] ^ 1]) + wire[1:], ""),
    ],
)
def test_broken_answers(over: str, spoil: object, word: str) -> None:
    def reply(query: bytes, used: str) -> list[bytes]:
        wire = spoil(response(query, "a.example. 60 A 192.0.2.1").to_wire())  # type: ignore[operator]
        return [framed(wire) if used == "tcp" else wire]

    with misbehaving(reply) as server:
        answer = ask(f"{over}://{server}")
    assert answer.outcome in (Outcome.UNUSABLE, Outcome.TIMEOUT)
    assert over == "tcp" or answer.outcome is Outcome.UNUSABLE
    assert word in answer.detail


def test_forged_answers_do_not_hide_the_true_one() -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        forged = response(query, "a.example. 60 A 203.0.113.66").to_wire()
        other = dns.message.make_query("b.example.", "A")
        other.id = struct.unpack("!H", query[:2])[0]
        wrong = dns.message.make_response(other).to_wire()
        wrong_ids = [bytes([forged[0] ^ bit, forged[1]]) + forged[2:] for bit in (1, 2, 4)]
        return [*wrong_ids, wrong, b"", b"x", response(query, "a.example. 60 A 192.0.2.1").to_wire()]

    with misbehaving(reply) as server:
        assert ask(server).data == ("192.0.2.1",)


def test_only_forged_answers() -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        wire = response(query, "a.example. 60 A 203.0.113.66").to_wire()
        return [bytes([wire[0] ^ 1]) + wire[1:]] * 3

    with misbehaving(reply) as server:
        answer = ask(server)
    assert answer.outcome is Outcome.UNUSABLE
    assert "3 datagrams that do not belong to the question" in answer.detail


def test_closes_early() -> None:
    with misbehaving(silent) as server:
        answer = ask(f"tcp://{server}")
    assert answer.outcome is Outcome.UNUSABLE
    assert "closed the connection before the answer came" in answer.detail


def test_closes_in_the_middle() -> None:
    sent: list[bytes] = []

    def reply(query: bytes, over: str) -> list[bytes]:
        if sent:
            return []
        sent.append(query)
        return [b"\x00\xff" + query]

    with misbehaving(reply) as server:
        answer = ask(f"tcp://{server}", Options(timeout=2.5, attempts=1))
    assert answer.outcome is Outcome.UNUSABLE
    assert "in the middle of an answer" in answer.detail


def test_truncated_over_udp_and_nothing_over_tcp() -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        found = response(query)
        found.flags |= dns.flags.TC
        return [found.to_wire()] if over == "udp" else []

    with misbehaving(reply) as server:
        answer = ask(server)
    assert answer.outcome is Outcome.UNUSABLE
    assert [exchange.transport for exchange in answer.exchanges] == ["udp", "tcp"]
    assert answer.exchanges[0].result == "truncated"


@pytest.mark.parametrize("length", [1, 2, 40])
def test_aliases_in_a_circle_or_without_end(length: int) -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        names = [NAME, *(f"n{number}.example." for number in range(1, length))]
        following = [*names[1:], NAME if length < 40 else "end.example."]
        return [
            response(
                query, *(f"{one} 60 CNAME {other}" for one, other in zip(names, following, strict=True))
            ).to_wire()
        ]

    with misbehaving(reply) as server:
        answer = ask(server)
    assert answer.outcome is Outcome.NO_DATA
    assert any("never end" in note for note in answer.notes)


def test_server_without_edns() -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        if dns.message.from_wire(query).edns >= 0:
            return [query[:2] + b"\x80\x01" + bytes(8)]  # FORMERR, and not even the question
        return [response(query, "a.example. 60 A 192.0.2.1").to_wire()]

    with misbehaving(reply) as server:
        answer = ask(server)
    assert answer.data == ("192.0.2.1",)
    assert any("does not know EDNS (FORMERR)" in note for note in answer.notes)


def test_client_subnet_goes_out_and_comes_back() -> None:
    from ipaddress import ip_network

    def reply(query: bytes, over: str) -> list[bytes]:
        asked = dns.message.from_wire(query)
        (option,) = asked.options
        assert (option.address, option.srclen) == ("192.0.0.0", 19)
        found = response(query, "a.example. 60 A 192.0.2.1")
        found.use_edns(0, options=[dns.edns.ECSOption(option.address, option.srclen, 17)])
        return [found.to_wire()]

    with misbehaving(reply) as server:
        answer = ask(server, Options(timeout=1, attempts=1, subnet=ip_network("192.0.0.0/19")))
    assert answer.edns is not None
    assert answer.edns.subnet == "192.0.0.0/19/17"
    assert type(answer.edns.udp_payload) is int  # no class of DNS, which Python 3.11.2 cannot copy


@pytest.mark.parametrize(
    ("rcode", "outcome"),
    [
        (dns.rcode.NXDOMAIN, Outcome.NO_SUCH_NAME),
        (dns.rcode.SERVFAIL, Outcome.SERVER_FAILURE),
        (dns.rcode.REFUSED, Outcome.REFUSED),
        (dns.rcode.NOERROR, Outcome.NO_DATA),
        (dns.rcode.NOTZONE, Outcome.SERVER_FAILURE),
        (dns.rcode.Rcode.make(3841), Outcome.SERVER_FAILURE),
    ],
)
def test_codes(rcode: dns.rcode.Rcode, outcome: Outcome) -> None:
    def reply(query: bytes, over: str) -> list[bytes]:
        found = response(query)
        found.set_rcode(rcode)
        if rcode == dns.rcode.SERVFAIL:
            found.use_edns(0, options=[dns.edns.EDEOption(22, "no\x1b[2J way")])
        return [found.to_wire()]

    with misbehaving(reply) as server:
        answer = ask(server)
    assert answer.outcome is outcome
    assert answer.rcode == dns.rcode.to_text(rcode)
    if rcode == dns.rcode.SERVFAIL:
        assert answer.edns is not None
        (error,) = answer.edns.errors
        assert (error.code, error.meaning, error.text) == (22, "No Reachable Authority", "no\x1b[2J way")


QUESTION = Question(NAME, "A")
OCTETS = question_octets(NAME, "A")
GOOD = response(
    dns.message.make_query(NAME, "A", use_edns=0).to_wire(),
    f"{NAME} 60 CNAME b.example.",
    "b.example. 60 A 192.0.2.1",
).to_wire()


def read(octets: bytes) -> None:
    try:
        answer_of(parse(octets, OCTETS), QUESTION, "test", ())
    except ExchangeError as error:
        assert error.outcome is Outcome.UNUSABLE


@given(st.binary(max_size=200))
def test_random_octets_are_read_or_refused(octets: bytes) -> None:
    read(octets)
    read(GOOD[:12] + OCTETS + octets)


@given(st.integers(0, 2**32))
def test_changed_octets_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    octets = bytearray(GOOD)
    for _ in range(chance.randint(1, 4)):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    read(bytes(octets))


def test_every_truncation_is_read_or_refused() -> None:
    for end in range(len(GOOD)):
        read(GOOD[:end])
