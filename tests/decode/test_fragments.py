"""Reassembly: pieces in any order, twice, overlapping, too many, too late."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.decode import fragments
from netanatomy.decode.fragments import Fragment, FragmentAnomaly, Outcome, Reassembler

KEY = (4, b"\x0a\0\0\1", b"\x0a\0\0\2", 7, 17)
SECOND = 10**9


def piece(
    offset: int,
    octets: bytes,
    *,
    more: bool = True,
    time: int = 0,
    identification: int = 7,
    protocol: int = 17,
) -> Fragment:
    key = (*KEY[:3], identification, protocol)
    return Fragment(key, protocol, offset, more, octets, time)


def add_all(reassembler: Reassembler, pieces: list[Fragment]) -> list[Outcome]:
    return [reassembler.add(one) for one in pieces]


@given(st.binary(min_size=1, max_size=400), st.lists(st.integers(1, 49), max_size=6), st.randoms())
def test_any_order_gives_the_datagram_back(payload: bytes, cuts: list[int], random) -> None:
    bounds = sorted({0, len(payload), *(cut * 8 for cut in cuts if cut * 8 < len(payload))})
    pieces = [piece(start, payload[start:end], more=end < len(payload)) for start, end in pairwise(bounds)]
    random.shuffle(pieces)
    reassembler = Reassembler()
    outcomes = add_all(reassembler, pieces)
    assert [outcome.datagram is not None for outcome in outcomes[:-1]] == [False] * (len(pieces) - 1)
    assert outcomes[-1].datagram == payload
    assert outcomes[-1].fragments == len(pieces)
    assert reassembler.unfinished == 0


@given(st.lists(st.tuples(st.integers(0, 12), st.binary(max_size=60), st.booleans()), max_size=40))
def test_any_pieces_are_survived_and_first_octets_win(parts: list[tuple[int, bytes, bool]]) -> None:
    reassembler = Reassembler()
    kept: dict[int, int] = {}
    for units, octets, more in parts:
        outcome = reassembler.add(piece(units * 8, octets, more=more))
        for at, octet in enumerate(octets, units * 8):
            kept.setdefault(at, octet)
        if outcome.datagram is not None:
            assert outcome.datagram == bytes(kept[at] for at in range(len(outcome.datagram)))
            kept.clear()


def test_an_identical_piece_is_a_duplicate() -> None:
    outcomes = add_all(Reassembler(), [piece(0, b"a" * 16), piece(0, b"a" * 16)])
    assert [outcome.anomaly for outcome in outcomes] == [FragmentAnomaly.NONE, FragmentAnomaly.DUPLICATE]


def test_an_overlap_with_the_same_octets_is_told_from_one_with_others() -> None:
    """RFC 1858 section 4 and RFC 5722: only octets that differ make two readings possible."""
    same = add_all(Reassembler(), [piece(0, b"abcdefgh" * 2), piece(8, b"abcdefgh" * 2)])
    other = add_all(Reassembler(), [piece(0, b"abcdefgh" * 2), piece(8, b"ABCDEFGH" * 2)])
    assert same[1].anomaly is FragmentAnomaly.OVERLAP
    assert other[1].anomaly is FragmentAnomaly.OVERLAP_CONFLICT


def test_a_first_fragment_without_its_transport_header_is_tiny() -> None:
    """RFC 1858 section 3: the flags of TCP lie in the second fragment."""
    tcp = Reassembler().add(piece(0, b"x" * 16, protocol=6))
    udp = Reassembler().add(piece(0, b"x" * 16, protocol=17))
    assert tcp.anomaly is FragmentAnomaly.TINY
    assert udp.anomaly is FragmentAnomaly.NONE


def test_a_datagram_cannot_grow_beyond_what_ip_allows() -> None:
    """The ping of death: a last fragment at 65,528 with more than seven octets."""
    reassembler = Reassembler()
    reassembler.add(piece(0, b"x" * 1480))
    last = reassembler.add(piece(65_528, b"x" * 8, more=False))
    assert last.anomaly is FragmentAnomaly.OVERSIZED
    assert last.datagram is None


def test_an_unfinished_datagram_is_given_up_after_its_lifetime() -> None:
    reassembler = Reassembler()
    reassembler.add(piece(0, b"x" * 8, time=0))
    assert reassembler.add(piece(8, b"y", more=False, time=61 * SECOND)).datagram is None
    assert (reassembler.expired, reassembler.unfinished) == (1, 1)


def test_a_flood_of_first_fragments_drops_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAXIMUM_DATAGRAMS", 10)
    reassembler = Reassembler()
    add_all(reassembler, [piece(0, b"x" * 8, identification=number) for number in range(25)])
    assert (reassembler.unfinished, reassembler.evicted) == (10, 15)
    assert reassembler.add(piece(8, b"y", more=False, identification=24)).datagram == b"x" * 8 + b"y"


def test_the_octets_held_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAXIMUM_OCTETS", 1000)
    reassembler = Reassembler()
    add_all(reassembler, [piece(0, b"x" * 400, identification=number) for number in range(5)])
    assert (reassembler.unfinished, reassembler.evicted) == (2, 3)


def test_a_flood_of_pieces_of_one_datagram_gives_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAXIMUM_PIECES", 10)
    reassembler = Reassembler()
    add_all(reassembler, [piece(8, b"x" * 8) for _ in range(10)])
    assert (reassembler.unfinished, reassembler.evicted) == (0, 1)
