"""Streams put together again: against a naive oracle, hand-worked cases, and every bound."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.flows import streams as kernel
from netanatomy.flows.reassembly import Reassembly
from netanatomy.flows.streams import Streams
from netanatomy.flows.tcp_anomalies import A_OVERLAP_DIFFERENT, A_RETRANSMISSION_DIFFERENT
from netanatomy.schema.overlap_policies import OVERLAP_POLICIES
from netanatomy.schema.streams import stream_schema
from tests.plain_rows import plain_rows

PAGE = 4096
MAXIMUM_PIECES = 1024
MAXIMUM_AHEAD = 512 << 10

Segment = tuple[int, bytes]


class Row(NamedTuple):
    uid: str
    is_orig: bool
    offset: int
    ts: object
    frame_number: int
    missed: int
    data: bytes


def rows(streams: Reassembly) -> list[Row]:
    """The rows that wait."""
    batch = streams.batch()
    batch.validate(full=True)
    assert batch.schema.equals(stream_schema())
    return [Row(**row) for row in plain_rows(batch)]


def placed(found: Iterable[Row], is_orig: bool = True) -> dict[int, int]:
    """Which octet stands at which offset; tells rows that do not follow one another."""
    octets: dict[int, int] = {}
    end = 0
    for row in found:
        if row.is_orig is not is_orig:
            continue
        assert row.offset == end + row.missed
        octets |= {row.offset + number: octet for number, octet in enumerate(row.data)}
        end = row.offset + len(row.data)
    return octets


def said(streams: Reassembly, is_orig: bool = True) -> bytes:
    return b"".join(row.data for row in rows(streams) if row.is_orig is is_orig)


def noted_by(streams: Reassembly) -> dict[str, NDArray[np.int64]]:
    """The columns of the anomalies noted."""
    arrays = streams.events.arrays
    assert isinstance(arrays, dict)
    return {name: np.asarray(array) for name, array in arrays.items()}


class Oracle:
    """One stream, octet by octet, with the rules in their own words."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.next = 0
        self.waiting: dict[int, tuple[int, int]] = {}  # offset: octet, number of the segment
        self.octets: dict[int, int] = {}
        self.sent = 0

    def later_counts(self, start: int, end: int, earlier_start: int, earlier_end: int) -> bool:
        begins_before = start < earlier_start
        match self.policy:
            case "first":
                return False
            case "last":
                return True
            case "bsd" | "windows":
                return begins_before
            case "linux":
                return begins_before or (start == earlier_start and end > earlier_end)
            case "solaris":
                earlier_ends_after = earlier_end > end
                starts_before_and_ends_with_it = earlier_start < start and earlier_end == end
                return not (earlier_ends_after or starts_before_and_ends_with_it)
        raise AssertionError(self.policy)

    def runs(self) -> list[tuple[int, int]]:
        """What waits of one segment each, without an interruption."""
        found: list[tuple[int, int]] = []
        for offset in sorted(self.waiting):
            follows = found and found[-1][1] == offset
            if follows and self.waiting[offset][1] == self.waiting[offset - 1][1]:
                found[-1] = (found[-1][0], offset + 1)
            else:
                found.append((offset, offset + 1))
        return found

    def segment(self, offset: int, data: bytes) -> None:
        self.sent += 1
        start, end = max(offset, self.next), offset + len(data)
        kept = {
            each
            for run in self.runs()
            if run[0] < end and run[1] > start and not self.later_counts(start, end, *run)
            for each in range(*run)
        }
        for each in range(start, end):
            if each not in kept:
                self.waiting[each] = (data[each - offset], self.sent)
        self.hand_on()

    def hand_on(self) -> None:
        while self.next in self.waiting:
            self.octets[self.next] = self.waiting.pop(self.next)[0]
            self.next += 1

    def close(self) -> None:
        while self.waiting:
            self.next = min(self.waiting)
            self.hand_on()


@st.composite
def broken_up(draw: st.DrawFn) -> tuple[bytes, list[Segment], set[int]]:
    """A text, segments of it in any order, some more than once, and the offsets that none has."""
    text = draw(st.binary(min_size=1, max_size=200)) * draw(st.sampled_from([1, 7, 60]))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=20)) | {0, len(text)})
    parts = [(start, text[start:end]) for start, end in pairwise(cuts)]
    lost = draw(st.sets(st.integers(0, len(parts) - 1), max_size=len(parts) - 1))
    kept = [part for number, part in enumerate(parts) if number not in lost]
    spans = draw(st.lists(st.tuples(st.sampled_from(kept), st.integers(0, 40)), max_size=6))
    again = [(start, text[start : start + len(data) + more]) for (start, data), more in spans]
    order = draw(st.permutations(kept + again))
    seen = {start + number for start, data in order for number in range(len(data))}
    return text, order, set(range(len(text))) - seen


@given(broken_up(), st.sampled_from(list(OVERLAP_POLICIES)), st.booleans())
def test_octets_are_those_sent_and_holes_those_lost(
    case: tuple[bytes, list[Segment], set[int]], policy: str, is_orig: bool
) -> None:
    text, segments, lost = case
    streams = Reassembly(policy)
    for number, (start, data) in enumerate(segments):
        streams.segment(is_orig, start, data, frame=number)
    streams.close()
    octets = placed(rows(streams), is_orig)
    end = max(octets) + 1
    assert octets == {each: text[each] for each in range(len(text)) if each not in lost}
    assert streams.streams.store.octets_given_up == len({each for each in lost if each < end})
    assert streams.events.count == 0
    assert streams.streams.store.pages.used == 0
    assert streams.streams.store.live_pieces == 0


different = st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=1, max_size=20)), max_size=14)


@given(different, st.sampled_from(list(OVERLAP_POLICIES)), st.sampled_from([0, PAGE - 20, 3 * PAGE - 7]))
def test_every_policy_against_the_oracle(segments: list[Segment], policy: str, base: int) -> None:
    streams, oracle = Reassembly(policy), Oracle(policy)
    for offset, data in [(0, bytes(base))] * (base > 0) + [(base + at, data) for at, data in segments]:
        streams.segment(True, offset, data)
        oracle.segment(offset, data)
    streams.close()
    oracle.close()
    assert placed(rows(streams)) == oracle.octets


@given(different, st.sampled_from(list(OVERLAP_POLICIES)))
def test_the_first_and_last_octet_that_differ_are_noted(segments: list[Segment], policy: str) -> None:
    streams, oracle = Reassembly(policy), Oracle(policy)
    for number, (offset, data) in enumerate(segments):
        before = {at: octet for at, (octet, _) in oracle.waiting.items()} | oracle.octets
        keep_alive = len(data) == 1 and offset + 1 == oracle.next
        odd = [
            at
            for at in range(offset, offset + len(data))
            if before.get(at, data[at - offset]) != data[at - offset]
        ]
        noted = streams.events.count
        streams.segment(True, offset, data, frame=number + 1)
        oracle.segment(offset, data)
        if keep_alive or not odd:
            assert streams.events.count == noted
            continue
        assert streams.events.count == noted + 1
        events = noted_by(streams)
        whole = all(at in before for at in range(offset, offset + len(data)))
        assert events["name"][noted] == (A_RETRANSMISSION_DIFFERENT if whole else A_OVERLAP_DIFFERENT)
        assert events["offset"][noted] == 54 + odd[0] - offset
        assert events["length"][noted] == odd[-1] - odd[0] + 1
        assert events["value"][noted] == odd[0]
        assert events["frame"][noted] == number + 1
        reading = events["evidence"][noted]
        length = events["reading_length"][reading]
        assert 1 <= length <= odd[-1] - odd[0] + 1
        span = range(odd[0], odd[0] + length)
        assert bytes(events["first_reading"][reading, :length]) == bytes(data[at - offset] for at in span)
        assert bytes(events["second_reading"][reading, :length]) == bytes(before[at] for at in span)


# The six pieces of Shankar and Paxson ("Active Mapping", 2003), which tell the rules apart, one digit
# an octet here; an octet that comes last keeps them all waiting until then:
#   111
#       22
#         333
#    4444
#         555
#            666
SIX_PIECES = [(1, b"111"), (5, b"22"), (7, b"333"), (2, b"4444"), (7, b"555"), (10, b"666"), (0, b".")]


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("first", b".111422333666"),
        ("last", b".144442555666"),
        ("bsd", b".111442333666"),
        ("windows", b".111442333666"),
        ("linux", b".111442333666"),
        ("solaris", b".144422555666"),
    ],
)
def test_the_six_pieces(policy: str, text: bytes) -> None:
    streams = Reassembly(policy)
    for offset, data in SIX_PIECES:
        streams.segment(True, offset, data)
    assert said(streams) == text


# An earlier segment "eeee" at offsets 4 to 7, a later one, and who has the octets that both cover, by
# the words of Novak and Sturges: for first, last, bsd, linux, windows, solaris in turn.
COVERINGS = {
    "starts before, ends before": ((2, 6), "eLLLLe"),
    "starts before, ends with it": ((2, 8), "eLLLLL"),
    "starts before, ends after": ((2, 10), "eLLLLL"),
    "starts with it, ends before": ((4, 6), "eLeeee"),
    "starts with it, ends with it": ((4, 8), "eLeeeL"),
    "starts with it, ends after": ((4, 10), "eLeLeL"),
    "starts after, ends before": ((5, 7), "eLeeee"),
    "starts after, ends with it": ((5, 8), "eLeeee"),
    "starts after, ends after": ((5, 10), "eLeeeL"),
}


@pytest.mark.parametrize("case", COVERINGS)
@pytest.mark.parametrize("number", range(6))
def test_one_segment_over_another(case: str, number: int) -> None:
    (start, end), winners = COVERINGS[case]
    streams = Reassembly(list(OVERLAP_POLICIES)[number])
    streams.segment(True, 4, b"eeee")
    streams.segment(True, start, b"L" * (end - start))
    streams.close()
    octets = placed(rows(streams))
    both = range(max(start, 4), min(end, 8))
    assert {chr(octets[at]) for at in both} == {winners[number]}
    assert {chr(octets[at]) for at in range(4, 8) if at not in both} <= {"e"}
    assert {chr(octets[at]) for at in range(start, end) if at not in both} <= {"L"}


def test_what_was_handed_on_never_changes() -> None:
    for policy in OVERLAP_POLICIES:
        streams = Reassembly(policy)
        streams.segment(True, 0, b"GET /good")
        streams.segment(True, 4, b"/evil HTTP")
        assert said(streams) == b"GET /good HTTP"
        assert streams.events.count == 1


def test_frames_and_times_are_those_of_the_segment_that_carried_the_octets() -> None:
    streams = Reassembly()
    streams.segment(True, 3, b"def", frame=10, time=100)
    streams.segment(True, 0, b"abc", frame=11, time=200)
    streams.segment(True, 6, b"ghi", frame=12, time=300)
    found = rows(streams)
    assert [(row.data, row.frame_number) for row in found] == [(b"abc", 11), (b"def", 10), (b"ghi", 12)]
    assert streams.batch().num_rows == 0


def test_the_frame_that_sent_the_octets_first() -> None:
    streams = Reassembly()
    for number in range(3):
        streams.segment(True, number * 10, b"0123456789", frame=number + 1)
    streams.segment(True, 40, b"0123456789", frame=4)
    streams.segment(True, 10, b"01x3456789", frame=5)
    streams.segment(True, 41, b"12x", frame=6)
    assert noted_by(streams)["other_frame"][:2].tolist() == [2, 4]
    assert noted_by(streams)["expected"][:2].tolist() == [2, 4]


def test_evidence_is_bounded_and_the_range_is_not() -> None:
    streams = Reassembly()
    streams.segment(True, 0, bytes(3 * PAGE))
    streams.segment(True, 100, b"\x01" * 2 * PAGE)
    assert noted_by(streams)["length"][0] == 2 * PAGE
    assert noted_by(streams)["reading_length"][0] == 64


def test_a_keep_alive_is_no_conflict() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"hello")
    streams.segment(True, 4, b"\x00")
    assert streams.events.count == 0
    streams.segment(True, 3, b"\x00")
    assert streams.events.count == 1


def test_what_the_other_side_acknowledged_is_waited_for_no_longer() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"abc")
    streams.segment(True, 6, b"ghi")
    streams.segment(True, 12, b"mno")
    assert said(streams) == b"abc"
    streams.acknowledged(True, 6)
    found = rows(streams)
    assert [(row.offset, row.missed, row.data) for row in found] == [(6, 3, b"ghi")]
    streams.segment(True, 3, b"def")  # late
    assert streams.streams.conflicts.late == 3
    streams.segment(True, 9, b"jkl")
    assert said(streams) == b"jklmno"


def test_an_acknowledgment_that_the_capture_has_too_early_loses_nothing() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"abc")
    streams.acknowledged(True, 6)
    streams.segment(True, 3, b"def")
    assert said(streams) == b"abcdef"


def test_what_was_acknowledged_before_a_hole_opens_is_not_waited_for() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"abc")
    streams.acknowledged(True, 6)
    streams.segment(True, 6, b"ghi")
    assert [(row.missed, row.data) for row in rows(streams)] == [(0, b"abc"), (3, b"ghi")]


def test_an_acknowledgment_in_the_middle_of_a_hole() -> None:
    streams = Reassembly()
    streams.segment(True, 10, b"later")
    streams.acknowledged(True, 4)
    streams.segment(True, 4, b"middle")
    streams.close()
    assert [(row.missed, row.data) for row in rows(streams)] == [(4, b"middle"), (0, b"later")]


def test_octets_missing_at_the_end_are_told() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"abc", frame=3)
    streams.acknowledged(True, 100)
    streams.close()
    found = rows(streams)
    assert [(row.offset, row.missed, row.data) for row in found] == [(0, 0, b"abc"), (100, 97, b"")]
    assert found[1].frame_number == 3


def test_segments_captured_short_leave_holes_at_once() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"abc", cut=7)
    streams.segment(True, 10, b"def", cut=7)
    streams.segment(True, 30, b"ghi", cut=7)
    streams.segment(True, 20, b"", cut=10)
    streams.segment(True, 40, b"jkl")
    found = rows(streams)
    assert [(row.offset, row.missed, row.data) for row in found] == [
        (0, 0, b"abc"),
        (10, 7, b"def"),
        (30, 17, b"ghi"),
        (40, 7, b"jkl"),
    ]
    streams.segment(True, 30, b"ghiXYZ")  # what was cut cannot be compared
    assert streams.events.count == 0


def test_a_gap_that_is_forgotten_is_not_compared_either() -> None:
    streams = Reassembly()
    for number in range(4):
        streams.segment(True, number * 10, b"abc", cut=7)
        streams.segment(True, 3, b"XXXXXXX")
        assert streams.events.count == 0


def test_octets_that_others_cover_do_not_count_as_waiting() -> None:
    streams = Reassembly("last", depth=1 << 30)
    for number in range(100):
        streams.segment(True, 1 + 10 * number, bytes(20_000))
    assert streams.streams.store.octets_given_up == 0
    assert streams.batch().num_rows == 0


def test_both_sides_apart() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"question")
    streams.segment(False, 0, b"answer")
    found = rows(streams)
    assert [(row.is_orig, row.data) for row in found] == [(True, b"question"), (False, b"answer")]


def test_datagrams_go_out_as_they_come() -> None:
    streams = Reassembly()
    streams.datagram(True, b"query", frame=1)
    streams.datagram(False, b"ans", cut=3, frame=2)
    streams.datagram(False, b"", frame=3)
    found = rows(streams)
    assert [(row.is_orig, row.offset, row.missed, row.data) for row in found] == [
        (True, 0, 0, b"query"),
        (False, 0, 3, b"ans"),
    ]


def test_one_connection_only() -> None:
    streams = Reassembly(connections=3)
    streams.streams.chunks.want(0, 1)
    for connection in range(3):
        streams.segment(True, 0, b"number %d" % connection, connection=connection)
        streams.segment(True, 20, b"late", connection=connection)
        streams.datagram(True, b"datagram", connection=connection)
        streams.close(connection)
    assert [row.data for row in rows(streams)] == [b"number 1", b"datagram", b"late"]


def test_octets_before_the_beginning_are_left_out() -> None:
    streams = Reassembly()
    streams.segment(True, -3, b"abcdef")
    streams.segment(True, -5, b"xy")
    assert said(streams) == b"def"


def test_beyond_the_depth_octets_are_only_counted() -> None:
    streams = Reassembly(depth=10_000)
    for number in range(20):
        streams.segment(number % 2 == 0, number // 2 * 1000, bytes(1000))
    kept = sum(len(row.data) for row in rows(streams))
    counted = streams.streams
    assert 10_000 <= kept <= 10_000 + PAGE
    assert kept + counted.octets_beyond_depth == 20_000
    assert counted.connections_spent == 1
    assert (counted.store.pages.used, counted.store.live) == (0, 0)
    streams.close()
    streams.segment(True, 0, b"a new connection of the same number")
    assert said(streams) == b"a new connection of the same number"


def test_of_one_side_the_depth_is_exact() -> None:
    streams = Reassembly(depth=10)
    streams.segment(True, 0, b"0123456")
    streams.segment(True, 9, b"9ab")
    streams.segment(True, 7, b"78")
    assert said(streams) == b"01234569ab"  # what waited went out, as nothing more is kept
    assert streams.streams.octets_beyond_depth == 2


def test_depth_0_keeps_nothing() -> None:
    streams = Reassembly(depth=0)
    streams.segment(True, 0, b"abc")
    streams.segment(True, 3, b"def")
    streams.close()
    assert streams.batch().num_rows == 0
    assert streams.streams.octets_beyond_depth == 6
    assert streams.streams.store.pages.used == 0


def test_pieces_that_wait_are_bounded() -> None:
    streams = Reassembly(depth=8 << 20)
    for number in range(2000):
        streams.segment(True, 1 + 2 * number, b"x")
        assert streams.streams.store.live_pieces <= MAXIMUM_PIECES
    assert streams.streams.store.holes_given_up > 0
    streams.close()
    assert len(placed(rows(streams))) == 2000


def test_octets_that_wait_are_bounded() -> None:
    streams = Reassembly(depth=8 << 20)
    for number in range(60):
        streams.segment(True, 1 + number * 20_000, bytes(20_000))
    waiting = 60 * 20_000 - sum(len(row.data) for row in rows(streams))
    assert waiting <= MAXIMUM_AHEAD
    assert streams.streams.store.octets_given_up == 1


def test_octets_strewn_over_pages_are_bounded() -> None:
    streams = Reassembly(depth=100 * PAGE)
    for number in range(300):
        streams.segment(True, 1 + number * PAGE, b"x")
        assert streams.streams.store.pages.used <= 102
    streams.close()
    assert len(placed(rows(streams))) == 300


def test_octets_beyond_every_window_are_dropped() -> None:
    streams = Reassembly()
    streams.segment(True, (1 << 30) + 1, b"forged")
    streams.segment(True, 0, b"true")
    assert said(streams) == b"true"
    assert streams.streams.octets_too_far == 6
    assert streams.streams.store.live_pieces == 0


def test_far_octets_are_near_once_the_hole_was_acknowledged() -> None:
    streams = Reassembly()
    streams.segment(True, 0, b"begin")
    streams.acknowledged(True, 2 << 30)
    streams.segment(True, 2 << 30, b"end")
    assert [(row.missed, row.data) for row in rows(streams)] == [(0, b"begin"), ((2 << 30) - 5, b"end")]


def test_a_long_stream_keeps_only_its_latest_pages() -> None:
    streams = Reassembly(depth=1 << 40)
    for number in range(300):
        streams.segment(True, number * 8192, bytes(8192))
        assert streams.streams.store.pages.used <= 16 + 3
        streams.batch()
    streams.segment(True, 0, b"other")  # forgotten
    assert streams.events.count == 0
    streams.segment(True, 299 * 8192, b"other")
    assert streams.events.count == 1


def test_memory_is_bounded_and_goes_to_whom_it_serves() -> None:
    pages = 16
    streams = Reassembly(memory=pages * PAGE, connections=100)
    for connection in range(100):
        streams.segment(True, 0, b"a" * 2000, connection=connection)
        streams.segment(True, 5000, b"c" * 10, connection=connection)
        assert streams.streams.store.pages.used <= pages
        assert streams.streams.store.live <= 2 * pages
    for connection in range(100):
        streams.segment(True, 2000, b"b" * 10, connection=connection)
        streams.close(connection)
    found = rows(streams)
    assert sum(len(row.data) for row in found if row.offset == 0) == 100 * 2000
    assert sum(len(row.data) for row in found if row.offset == 5000) == 100 * 10
    store = streams.streams.store
    assert store.pages_taken_back > 0
    assert store.streams_evicted > 0
    assert store.octets_without_memory == 0
    assert (store.pages.used, store.live, store.live_pieces) == (0, 0, 0)


def test_who_lost_a_page_compares_only_what_came_since() -> None:
    streams = Reassembly(memory=2 * PAGE, connections=2)
    streams.segment(True, 0, b"a" * 100, connection=0)
    streams.segment(True, 0, b"b" * 2 * PAGE, connection=1)
    streams.segment(True, 100, b"a" * 100, connection=0)
    streams.segment(True, 0, b"c" * 100, connection=0)
    assert streams.events.count == 0
    streams.segment(True, 50, b"d" * 100, connection=0)
    assert noted_by(streams)["value"][0] == 100
    assert said(streams) == b"a" * 100 + b"b" * 2 * PAGE + b"a" * 100


def test_a_segment_greater_than_the_memory_is_cut_and_counted() -> None:
    streams = Reassembly(memory=2 * PAGE)
    streams.segment(True, 1, bytes(3 * PAGE))
    store = streams.streams.store
    assert store.octets_without_memory > 0
    streams.close()
    assert len(placed(rows(streams))) + store.octets_without_memory == 3 * PAGE


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.booleans(),
            st.integers(-10, 60_000),
            st.integers(0, 9000),
            st.integers(0, 3000),
            st.sampled_from("saaac"),
        ),
        max_size=60,
    ),
    st.sampled_from(list(OVERLAP_POLICIES)),
    st.sampled_from([1, 3 * PAGE, 20 * PAGE, 1 << 20]),
    st.sampled_from([1, 3 * PAGE, 6 * PAGE, 1 << 20]),
)
def test_whatever_comes_nothing_breaks_and_everything_is_given_back(
    steps: list[tuple[int, bool, int, int, int, str]], policy: str, depth: int, memory: int
) -> None:
    streams = Reassembly(policy, depth, memory, connections=4)
    for number, (connection, is_orig, offset, length, cut, kind) in enumerate(steps):
        if kind == "c":
            streams.close(connection)
        elif number % 5 == 4:
            streams.acknowledged(is_orig, offset, connection)
        else:
            data = bytes([number + 1]) * length
            streams.segment(is_orig, offset, data, cut, number, connection=connection)
        store = streams.streams.store
        assert store.pages.used <= store.pages.limit
    for connection in range(4):
        streams.close(connection)
    for row in rows(streams):
        assert len(set(row.data)) <= 1  # every row is of one segment
    store = streams.streams.store
    assert (store.pages.used, store.live, store.live_pieces) == (0, 0, 0)


def test_rows_that_nobody_takes_are_dropped_and_counted() -> None:
    streams = Reassembly(depth=1 << 40)
    told = 0
    for number in range(400):
        told = told or (number if streams.streams.nearly_full else 0)
        streams.segment(True, number * 20_000, bytes(20_000))
    assert 0 < told < 209  # 4 MiB hold 209 of them
    assert streams.streams.chunks.dropped == 400 - 209
    assert streams.batch().num_rows == 209


@pytest.mark.skipif(kernel.__file__.endswith(".py"), reason="the kernels are not compiled here")
def test_compiled_equals_uncompiled() -> None:
    found = []
    for uncompiled in ("0", "1"):
        environment = {**os.environ, "NETANATOMY_UNCOMPILED": uncompiled}
        command = [sys.executable, str(Path(__file__).with_name("stream_steps.py")), "12"]
        ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        found.append(ran.stdout.splitlines())
    assert len(set(found[0])) == 12
    assert found[0] == found[1]


def test_an_unknown_policy() -> None:
    with pytest.raises(UsageError, match="known: first last bsd"):
        Streams("best")
