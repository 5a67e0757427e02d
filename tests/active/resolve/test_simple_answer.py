"""The short cut for common answers says what dnspython says, or nothing."""

from __future__ import annotations

import random

import dns.message
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.resolve import Question
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import answer_of, parse, question_octets
from netanatomy.active.resolve.simple_answer import simple_answer

NAME = "a.example."


def made(kind: str, data: list[str], ttl: int, flags: int, edns: bool) -> bytes:
    message = dns.message.make_response(dns.message.make_query(NAME, kind))
    message.flags |= flags
    message.use_edns(0 if edns else None)
    message.answer.append(dns.rrset.from_text(NAME, ttl, "IN", kind, *data))
    return message.to_wire()


def both(octets: bytes, kind: str) -> bool:
    """Hold both against each other; whether the short cut was taken."""
    asked = question_octets(NAME, kind)
    question = Question(NAME, kind)
    short = simple_answer(octets, asked, question, "test", ())
    if short is None:
        return False
    try:
        assert short == answer_of(parse(octets, asked), question, "test", ())
    except ExchangeError as error:
        raise AssertionError(f"dnspython would not take it: {error}") from error
    return True


ADDRESSES = st.one_of(
    st.tuples(st.just("A"), st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=9, unique=True)),
    st.tuples(st.just("AAAA"), st.lists(st.ip_addresses(v=6).map(str), min_size=1, max_size=9, unique=True)),
)


@given(ADDRESSES, st.integers(0, 2**31 - 1), st.sampled_from([0, 0x0400, 0x0480, 0x04B0]), st.booleans())
def test_every_answer_with_addresses(
    addresses: tuple[str, list[str]], ttl: int, flags: int, edns: bool
) -> None:
    kind, data = addresses
    assert both(made(kind, data, ttl, flags, edns), kind)


@given(ADDRESSES, st.integers(0, 2**32), st.integers(1, 3))
def test_changed_octets(addresses: tuple[str, list[str]], seed: int, changes: int) -> None:
    kind, data = addresses
    chance = random.Random(seed)
    octets = bytearray(made(kind, data, 60, 0, True))
    for _ in range(changes):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    both(bytes(octets), kind)


@given(st.binary(max_size=60))
def test_any_octets(octets: bytes) -> None:
    asked = question_octets(NAME, "A")
    both(octets, "A")
    both(b"\x00\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + asked + octets, "A")
