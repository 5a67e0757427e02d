"""For every kind of anomaly of TCP a dialogue that has it, and one that looks the same and has it not."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.capture.write import PcapWriter
from netanatomy.flows import record, tcp_anomalies, tcp_words
from netanatomy.flows.events import Events
from netanatomy.flows.packet import Packet
from netanatomy.flows.table import Connections
from netanatomy.layers.transport import tcp_states
from netanatomy.schema.anomaly_kinds.transport import KINDS
from tests.flows.talk import (
    CLIENT,
    ETHERNET,
    IPV4,
    MILLISECOND,
    SACK_PERMITTED,
    SERVER,
    TCP,
    Talk,
    cookie,
    mss,
    sack,
    scale,
    stamps,
)
from tests.wire import ACK, FIN, PSH, RST, SYN, URG

SECOND = 1000 * MILLISECOND
DATA = PSH | ACK
HEADER = ETHERNET + IPV4
PAYLOAD = HEADER + TCP
SEQUENCE, ACKNOWLEDGMENT, FLAGS, WINDOW, URGENT, OPTIONS = (HEADER + at for at in (4, 8, 12, 14, 18, 20))

RESERVED = {"retransmission-different-octets", "overlap-different-octets", "tcp-checksum-bad"}
"""Told by others: by streams, and by whoever checks checksums."""

NEW_ATTEMPTS = {"syn-different-number", "port-reuse"}
"""Told when one connection makes room for another."""


@dataclass(frozen=True, slots=True)
class Case:
    """What must be told: the kind, the frame, where, and the octets there."""

    name: str
    odd: Callable[[], tuple[Talk, int]]
    offset: int
    octets: bytes
    benign: Callable[[], Talk]


CASES: list[Case] = []


def case(
    name: str, offset: int, octets: bytes, benign: Callable[[], Talk]
) -> Callable[[Callable[[], tuple[Talk, int]]], Callable[[], tuple[Talk, int]]]:
    def add(odd: Callable[[], tuple[Talk, int]]) -> Callable[[], tuple[Talk, int]]:
        CASES.append(Case(name, odd, offset, octets, benign))
        return odd

    return add


def number(value: int) -> bytes:
    return struct.pack(">I", value & 0xFFFF_FFFF)


def usual() -> Talk:
    """Opened, used both ways, and closed."""
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, b"question")
    talk.server(ACK, 1, 9)
    talk.server(DATA, 1, 9, b"answer")
    talk.client(ACK, 9, 7)
    return talk.closing(9, 7)


def fast_open() -> Talk:
    talk = Talk()
    talk.client(SYN, 0, 0, b"early", options=cookie(b"12345678"))
    talk.server(SYN | ACK, 0, 6)
    talk.server(DATA, 1, 6, b"answer")
    talk.client(ACK, 6, 7)
    return talk.closing(6, 7)


def from_the_middle() -> Talk:
    talk = Talk()
    talk.client(DATA, 7000, 9000, b"more")
    talk.server(ACK, 9000, 7004)
    talk.server(DATA, 9000, 7004, b"more")
    talk.client(ACK, 7004, 9004)
    return talk.closing(7004, 9004)


def one_side() -> Talk:
    """Only the client's segments were captured."""
    talk = Talk()
    talk.client(SYN)
    talk.client(ACK, 1, 1)
    talk.client(DATA, 1, 1, b"question")
    talk.client(ACK, 9, 70_000)
    talk.client(ACK, 9, 3_000_000)
    talk.client(FIN | ACK, 9, 3_000_000)
    talk.client(ACK, 10, 3_000_001)
    return talk


def other_side() -> Talk:
    """Only the server's segments were captured, and not the SYN-ACK."""
    talk = Talk()
    talk.server(ACK, 1, 9)
    talk.server(DATA, 1, 9, b"answer")
    talk.server(DATA, 7, 900_000, b"answer")
    talk.server(FIN | ACK, 13, 2_000_000)
    return talk


def crossing() -> Talk:
    """RFC 9293 figure 8."""
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN)
    talk.client(SYN | ACK, 0, 1)
    talk.server(SYN | ACK, 0, 1)
    talk.client(DATA, 1, 1, b"x")
    return talk


def half_close() -> Talk:
    talk = Talk().handshake()
    talk.client(FIN | ACK, 1, 1)
    talk.server(ACK, 1, 2)
    for at in range(1, 50, 7):
        talk.server(DATA, at, 2, b"answers")
        talk.client(ACK, 2, at + 7)
    talk.server(FIN | ACK, 50, 2)
    talk.client(ACK, 2, 51)
    return talk


def alive() -> Talk:
    talk = usual_without_end()
    for _ in range(3):
        talk.client(ACK, 8, 7, after=75 * SECOND)
        talk.server(ACK, 7, 9)
        talk.server(ACK, 6, 9, b"\0", after=75 * SECOND)
        talk.client(ACK, 9, 7)
    return talk


def usual_without_end() -> Talk:
    talk = usual()
    del talk.frames[-3:]
    return talk


def lossy() -> Talk:
    """Of a connection with scaled windows the capture lost much, both ways."""
    talk = Talk().handshake(mss(1460) + scale(7))
    talk.client(DATA, 1, 1, bytes(1000))
    talk.client(DATA, 3001, 1, bytes(1000))
    talk.server(ACK, 1, 4001)
    talk.server(DATA, 1001, 4001, bytes(1000))
    talk.client(DATA, 6001, 2001, bytes(1000))
    return talk


def stamped(steps: int = 3) -> Talk:
    talk = Talk()
    talk.client(SYN, options=stamps(100, 0))
    talk.server(SYN | ACK, 0, 1, options=stamps(900, 100))
    talk.client(ACK, 1, 1, options=stamps(101, 900))
    for step in range(steps):
        talk.client(DATA, 1 + step, 1, b"x", options=stamps(102 + step, 900 + step))
        talk.server(ACK, 1, 2 + step, options=stamps(901 + step, 102 + step))
    return talk


# the handshake


@case("syn-with-data", PAYLOAD, b"early", fast_open)
def _() -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.client(SYN, 0, 0, b"early")


@case("syn-ack-without-syn", FLAGS, b"\x50\x12", from_the_middle)
def _() -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.server(SYN | ACK, 0, 1)


@case("syn-ack-wrong-ack", ACKNOWLEDGMENT, number(1000 + 77), fast_open)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    return talk, talk.server(SYN | ACK, 0, 77)


def answered_twice() -> Talk:
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN | ACK, 0, 1)
    talk.server(SYN | ACK, 0, 1, after=SECOND)
    # A scanner's system resets what it did not ask for; the scanner asks again with the same SYN.
    talk.client(RST, 1)
    talk.client(SYN, after=SECOND)
    talk.server(SYN | ACK, 333, 1)
    return talk


@case("syn-ack-different-number", SEQUENCE, number(5000 + 333), answered_twice)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN | ACK, 0, 1)
    return talk, talk.server(SYN | ACK, 333, 1)


def asked_twice() -> Talk:
    talk = Talk()
    talk.client(SYN)
    talk.client(SYN, after=SECOND)
    talk.client(SYN, after=2 * SECOND)
    return talk


@case("syn-after-established", SEQUENCE, number(1000 + 5), usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(SYN, 5)


@case("four-way-handshake", FLAGS, b"\x50\x10", crossing)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN)
    talk.client(SYN | ACK, 0, 1)
    return talk, talk.server(ACK, 1, 1)


@case("simultaneous-open", FLAGS, b"\x50\x12", usual)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN)
    talk.client(SYN | ACK, 0, 1)
    return talk, talk.server(SYN | ACK, 0, 1)


@case("fast-open", PAYLOAD + 12, b"early", usual)
def _() -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.client(SYN, 0, 0, b"early", options=cookie(b"12345678"))


@case("data-before-handshake", PAYLOAD, b"early", fast_open)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    return talk, talk.client(DATA, 1, 0, b"early", raw_acknowledgment=0)


@case("fin-without-handshake", FLAGS, b"\x50\x01", one_side)
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN)
    return talk, talk.client(FIN, 1)


@case("mss-too-small", OPTIONS, mss(48), lambda: Talk().handshake(mss(536)))
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN, options=mss(48))
    return talk.handshake(), 1


@case("window-scale-too-large", OPTIONS, scale(15), lambda: Talk().handshake(scale(14)))
def _() -> tuple[Talk, int]:
    talk = Talk()
    talk.client(SYN, options=scale(15))
    talk.server(SYN | ACK, 0, 1, options=scale(7))
    return talk, 1


# the end


@case("data-after-fin", PAYLOAD, b"more", half_close)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(FIN | ACK, 1, 1)
    return talk, talk.client(DATA, 2, 1, b"more")


def ended_twice() -> Talk:
    talk = Talk().handshake()
    talk.client(FIN | ACK, 1, 1)
    talk.client(FIN | ACK, 1, 1, after=SECOND)
    return talk


@case("fin-different-number", SEQUENCE, number(1000 + 4), ended_twice)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(FIN | ACK, 1, 1)
    return talk, talk.client(FIN | ACK, 4, 1)


def overtaken_by_reset() -> Talk:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, b"first")
    talk.client(RST | ACK, 10, 1)
    talk.client(DATA, 6, 1, b"late")
    return talk


@case("data-after-reset", PAYLOAD, b"still here", overtaken_by_reset)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(RST | ACK, 1, 1)
    return talk, talk.client(DATA, 1, 1, b"still here")


def reset_exactly() -> Talk:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, b"first")
    talk.client(RST | ACK, 6, 1)
    return talk


@case("reset-out-of-window", SEQUENCE, number(1000 + 900_000), reset_exactly)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(RST, 900_000)


@case("reset-in-window", SEQUENCE, number(1000 + 200), reset_exactly)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(RST, 200)


@case("reset-with-payload", PAYLOAD, b"go away", reset_exactly)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(RST | ACK, 9, 7, b"go away")


def late_segments_at_a_closed_port() -> Talk:
    talk = Talk().handshake()
    talk.client(RST | ACK, 1, 1)
    for _ in range(3):
        talk.server(DATA, 1, 1, b"still sending")
        talk.client(RST, 1)
    return talk


@case("reset-different-number", SEQUENCE, number(1000 + 9 + 1460), late_segments_at_a_closed_port)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    talk.client(RST | ACK, 9, 7)
    return talk, talk.client(RST | ACK, 9 + 1460, 7)


@case("challenge-ack", ACKNOWLEDGMENT, number(1000 + 9), alive)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    talk.client(SYN, 3000)
    return talk, talk.server(ACK, 7, 9)


# acknowledgments


@case("invalid-ack", ACKNOWLEDGMENT, number(1000 + 400_000), lossy)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.server(ACK, 7, 400_000)


@case("ack-of-unseen-segment", ACKNOWLEDGMENT, number(1000 + 500), one_side)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.server(ACK, 7, 500)


@case("duplicate-ack", ACKNOWLEDGMENT, number(1000 + 9), usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    talk.client(DATA, 20, 7, b"after a loss")
    return talk, talk.server(ACK, 7, 9)


@case("ack-storm", ACKNOWLEDGMENT, number(5000 + 7), alive)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    for _ in range(10):
        talk.server(ACK, 7, 9)
        last = talk.client(ACK, 9, 7)
    return talk, last


# sequence numbers


@case("unseen-segment", SEQUENCE, number(1000 + 30), from_the_middle)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 30, 7, b"later")


@case("segment-out-of-window", SEQUENCE, number(1000 + 800_000), lossy)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 800_000, 7, b"elsewhere")


@case("sequence-underflow", SEQUENCE, number(1000 - 50), from_the_middle)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, -50, 7, b"before")


@case("retransmission", SEQUENCE, number(1000 + 1), usual)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, b"lost")
    return talk, talk.client(DATA, 1, 1, b"lost", after=SECOND)


def asked_for() -> tuple[Talk, int]:
    talk = Talk().handshake()
    for at in range(1, 401, 100):
        talk.client(DATA, at, 1, bytes(100))
    talk.server(ACK, 1, 101)
    for _ in range(3):
        talk.server(ACK, 1, 101)
    return talk, 101


@case("fast-retransmission", SEQUENCE, number(1000 + 101), lambda: asked_for()[0])
def _() -> tuple[Talk, int]:
    talk, at = asked_for()
    return talk, talk.client(DATA, at, 1, bytes(100))


@case("spurious-retransmission", SEQUENCE, number(1000 + 1), asked_twice)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 1, 7, b"question", after=SECOND)


def sent_again_after_a_hole() -> Talk:
    talk = usual_without_end()
    talk.client(DATA, 13, 7, b"next")
    talk.client(DATA, 9, 7, b"late", after=SECOND)
    return talk


@case("out-of-order", SEQUENCE, number(1000 + 9), sent_again_after_a_hole)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    talk.client(DATA, 13, 7, b"next")
    return talk, talk.client(DATA, 9, 7, b"late", after=100_000)


def numbered_by_a_constant() -> Talk:
    """A host that gives every packet the identification 7 sends again at once."""
    talk = Talk()
    talk.client(SYN, identification=7)
    talk.server(SYN | ACK, 0, 1)
    talk.client(ACK, 1, 1, identification=7)
    talk.client(DATA, 1, 1, b"x", identification=7)
    talk.client(DATA, 1, 1, b"x", identification=7)
    return talk


@case("duplicate-packet", ETHERNET + 4, struct.pack(">H", 107), numbered_by_a_constant)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    sent = talk.client(DATA, 9, 7, b"mirrored")
    return talk, talk.again(sent)


# windows


@case("keep-alive", SEQUENCE, number(1000 + 8), usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(ACK, 8, 7, after=75 * SECOND)


@case("keep-alive-ack", ACKNOWLEDGMENT, number(1000 + 9), usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    talk.client(ACK, 8, 7, b"\0", after=75 * SECOND)
    return talk, talk.server(ACK, 7, 9)


@case("zero-window", WINDOW, b"\0\0", reset_exactly)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, bytes(1024))
    return talk, talk.server(ACK, 1, 1025, window=0)


def full() -> Talk:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, bytes(1024))
    talk.server(ACK, 1, 1025, window=0)
    return talk


@case("zero-window-probe", SEQUENCE, number(1000 + 1025), alive)
def _() -> tuple[Talk, int]:
    talk = full()
    return talk, talk.client(ACK, 1025, 1, b"?", after=SECOND)


@case("zero-window-probe-ack", ACKNOWLEDGMENT, number(1000 + 1025), alive)
def _() -> tuple[Talk, int]:
    talk = full()
    talk.client(ACK, 1025, 1, b"?", after=SECOND)
    return talk, talk.server(ACK, 1, 1025, window=0)


@case("window-full", SEQUENCE, number(1000 + 1), lossy)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    return talk, talk.client(DATA, 1, 1, bytes(1024))


@case("window-exceeded", SEQUENCE, number(1000 + 1), lossy)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    return talk, talk.client(DATA, 1, 1, bytes(1025))


def window_used_up() -> Talk:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, bytes(600))
    talk.server(ACK, 1, 601, window=424)
    return talk


@case("window-shrink", WINDOW, struct.pack(">H", 300), window_used_up)
def _() -> tuple[Talk, int]:
    talk = Talk().handshake()
    talk.client(DATA, 1, 1, bytes(600))
    talk.server(ACK, 1, 601)
    talk.client(DATA, 601, 1, bytes(100))
    return talk, talk.server(ACK, 1, 701, window=300)


# flags


def flagged(flags: int, **more: int) -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.client(flags, 1, 0, **more)


for _name, _flags in (
    ("flags-null", 0),
    ("flags-xmas", FIN | PSH | URG),
    ("flags-syn-fin", SYN | FIN),
    ("flags-syn-rst", SYN | RST),
    ("flags-fin-rst", FIN | RST | ACK),
    ("flags-without-ack", FIN),
    ("flags-reserved", ACK | 0x400),
):
    CASES.append(
        Case(
            _name,
            lambda flags=_flags: flagged(flags),  # type: ignore[misc]
            FLAGS,
            struct.pack(">H", 0x5000 | _flags),
            usual,
        )
    )


@case("ack-number-without-ack-flag", ACKNOWLEDGMENT, number(99), usual)
def _() -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.client(SYN, raw_acknowledgment=99)


@case("urgent-data", URGENT, b"\0\1", usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA | URG, 9, 7, b"!", urgent=1)


@case("urgent-pointer-without-flag", URGENT, b"\0\5", usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 9, 7, b"!", urgent=5)


def urgent_within() -> Talk:
    talk = usual_without_end()
    talk.client(DATA | URG, 9, 7, b"!", urgent=1)
    return talk


@case("urgent-pointer-beyond-segment", URGENT, b"\0\2", urgent_within)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA | URG, 9, 7, b"!", urgent=2)


@case("urgent-pointer-zero", URGENT, b"\0\0", urgent_within)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA | URG, 9, 7, b"!")


# options


@case("options-broken", OPTIONS, b"\x02\x09\0\0", lambda: Talk().handshake(mss(1460)))
def _() -> tuple[Talk, int]:
    talk = Talk()
    return talk, talk.client(SYN, options=b"\x02\x09\0\0")


@case("timestamp-backwards", OPTIONS, stamps(50, 903), stamped)
def _() -> tuple[Talk, int]:
    talk = stamped()
    return talk, talk.client(DATA, 4, 1, b"x", options=stamps(50, 903))


@case("timestamp-echo-never-sent", OPTIONS, stamps(105, 9999), stamped)
def _() -> tuple[Talk, int]:
    talk = stamped()
    return talk, talk.client(DATA, 4, 1, b"x", options=stamps(105, 9999))


@case("timestamp-missing", OPTIONS, b"", stamped)
def _() -> tuple[Talk, int]:
    talk = stamped()
    return talk, talk.client(DATA, 4, 1, b"x")


def selective(agreed: bool, left: int, right: int) -> tuple[Talk, int]:
    talk = Talk().handshake(SACK_PERMITTED, SACK_PERMITTED if agreed else b"")
    talk.client(DATA, 101, 1, bytes(100))
    return talk, talk.server(ACK, 1, 1, options=sack(left, right))


@case("sack-not-permitted", OPTIONS, sack(1101, 1201), lambda: selective(True, 1101, 1201)[0])
def _() -> tuple[Talk, int]:
    return selective(False, 1101, 1201)


@case("sack-invalid", OPTIONS, sack(1201, 1101), lambda: selective(True, 1101, 1201)[0])
def _() -> tuple[Talk, int]:
    return selective(True, 1201, 1101)


# the way here


@case("ttl-change", ETHERNET + 8, b"\x3b", usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 9, 7, b"x", ttl=59)


@case("mac-change", 6, bytes.fromhex("02aabbccddee"), usual)
def _() -> tuple[Talk, int]:
    talk = usual_without_end()
    return talk, talk.client(DATA, 9, 7, b"x", mac="02:aa:bb:cc:dd:ee")


def counted(identifications: list[int]) -> tuple[Talk, int]:
    talk = Talk().handshake()
    for at, identification in enumerate(identifications):
        last = talk.client(DATA, 1 + at, 1, b"x", identification=identification)
    return talk, last


@case(
    "ip-id-jump",
    ETHERNET + 4,
    struct.pack(">H", 40_000),
    lambda: counted([7, 40_000, 3, 9_000, 50_000, 12, 33, 20_000, 1, 40_000, 8])[0],
)
def _() -> tuple[Talk, int]:
    return counted([*range(103, 115), 40_000])


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_told_at_the_frame_and_the_octets(each: Case) -> None:
    talk, frame = each.odd()
    told = [row for row in talk.told() if row.name == each.name and row.frame == frame]
    assert [(row.offset, row.octets) for row in told] == [(each.offset, each.octets)]


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_not_told_of_what_only_looks_so(each: Case) -> None:
    assert each.name not in {name for _, name in each.benign().names()}


def test_every_kind_has_a_case() -> None:
    assert {each.name for each in CASES} | RESERVED | NEW_ATTEMPTS == {kind.name for kind in KINDS}


def test_kernels_and_kinds_have_the_same_numbers() -> None:
    short = {
        "retransmission-different-octets": "retransmission-different",
        "overlap-different-octets": "overlap-different",
    }
    for place, kind in enumerate(KINDS):
        name = short.get(kind.name, kind.name)
        assert getattr(tcp_anomalies, f"A_{name.upper().replace('-', '_')}") == place
        assert kind.layer == "transport"
        assert kind.meaning and kind.benign and kind.source


def test_kernels_and_states_have_the_same_numbers() -> None:
    for event in tcp_states.Event:
        if event is not tcp_states.Event.TIMES_OUT:
            assert getattr(tcp_words, event.name) == event
    for name in ("CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "TIME_WAIT"):
        assert getattr(tcp_words, f"IN_{name}") == tcp_states.State[name]


QUIET = {
    "usual": usual,
    "from the middle": from_the_middle,
    "one side": one_side,
    "other side": other_side,
    "half close": half_close,
    "timestamps": stamped,
    "reset": reset_exactly,
    "late segments at a closed port": late_segments_at_a_closed_port,
}


@pytest.mark.parametrize("make", QUIET.values(), ids=QUIET.keys())
def test_ordinary_dialogues_are_quiet(make: Callable[[], Talk]) -> None:
    repeated = {"retransmission", "spurious-retransmission", "duplicate-ack"}
    assert {name for _, name in make().names()} <= (
        repeated if make is late_segments_at_a_closed_port else set()
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_numbers_wrap(client: int, server: int) -> None:
    for make in (usual, half_close, alive):
        assert rebuilt(make, (client, server)).names() == make().names()


def test_numbers_wrap_within() -> None:
    assert rebuilt(usual, (2**32 - 4, 2**32 - 3)).names() == []


def rebuilt(make: Callable[[], Talk], starts: tuple[int, int]) -> Talk:
    """The same dialogue with other initial sequence numbers."""
    original = Talk().starts
    talk = Talk(starts)
    for time, octets in make().frames:
        side = CLIENT if octets[26:30] == bytes((10, 0, 0, 1)) else SERVER
        sequence, acknowledgment = struct.unpack_from(">II", octets, SEQUENCE)
        flags = octets[FLAGS + 1]
        talk.clock = time - 1_700_000_000_000_000_000
        talk.send(
            side,
            flags,
            sequence - original[side],
            acknowledgment - original[1 - side],
            octets[HEADER + (octets[FLAGS] >> 4) * 4 :],
            after=0,
        )
    return talk


@pytest.mark.skipif(not hasattr(Packet(), "__dict__"), reason="compiled packets cannot be made by hand")
@pytest.mark.parametrize(
    ("detail", "state", "told"),
    [
        (-1, 0, "syn-different-number"),
        (0, tcp_words.SYN_SEEN | 3 << tcp_words.LIKELY_SHIFT, "syn-different-number"),
        (0, tcp_words.SYN_SEEN | tcp_words.RST_SEEN, "port-reuse"),
        (0, tcp_words.SYN_SEEN | 11 << tcp_words.LIKELY_SHIFT, "port-reuse"),
    ],
)
def test_a_new_attempt(detail: int, state: int, told: str) -> None:
    table = Connections(1)
    own = record.DETAIL_SIDES + record.S_ANALYSIS
    table.record[0, record.FIRST_NUMBERS] = 1234 << 32
    table.record[0, record.FIRST_FRAME] = 17
    table.detail[0, own + tcp_words.T_STATE] = state
    table.detail[0, own + tcp_words.T_START] = 1234 << 32
    table.detail[0, own + tcp_words.T_START_FRAME] = 17
    from netanatomy.flows.tcp_handshake import new_attempt  # compiled, Python does not see it

    packet, events = Packet(), Events(8)
    packet.detail, packet.flags, packet.sequence = detail, SYN, 777
    new_attempt(table, packet, events)
    assert [KINDS[code].name for code in events.name[: events.count]] == [told]
    assert (events.value[0], events.expected[0], events.other_frame[0]) == (777, 1234, 17)


def test_forged_numbers_do_no_harm() -> None:
    talk = usual_without_end()
    for forged in (
        lambda: talk.client(RST, 2_000_000),
        lambda: talk.server(SYN | ACK, 70_000, 1),
        lambda: talk.server(SYN | ACK, 70_000, 999),
        lambda: talk.client(DATA, 900_000, 7, b"elsewhere"),
        lambda: talk.server(ACK, 7, 900_000),
        lambda: talk.client(FIN, 9, 7),
    ):
        odd = forged()
        assert odd in {frame for frame, _ in talk.names()}
    before = len(talk.frames)
    talk.client(DATA, 9, 7, b"goes on")
    talk.server(ACK, 7, 16)
    talk.closing(16, 7)
    assert [row for row in talk.names() if row[0] > before] == []


def test_data_with_a_syn_may_be_taken() -> None:
    """RFC 9293 §3.10.7.2 lets a server keep them until the handshake is over, without Fast Open."""
    talk = Talk()
    talk.client(SYN, 0, 0, b"early")
    talk.server(SYN | ACK, 0, 6)
    talk.client(ACK, 6, 1)
    talk.closing(6, 1)
    assert talk.names() == [(1, "syn-with-data")]


def test_a_lossy_capture_tells_of_losses_only() -> None:
    assert {name for _, name in lossy().names()} == {"unseen-segment", "ack-of-unseen-segment"}


def test_time_that_goes_backwards_changes_nothing() -> None:
    forwards, backwards = usual(), usual()
    backwards.frames = [(-time % (1 << 60), octets) for time, octets in backwards.frames]
    assert forwards.names() == backwards.names() == []


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=12))
def test_no_more_is_told_of_a_segment_than_there_is_room_for(headers: list[bytes]) -> None:
    talk = Talk().handshake(stamps(1, 0))
    for header in headers:
        sequence, acknowledgment, flags, window, urgent, ttl = struct.unpack(">IIHHHBx", header)
        talk.send(
            ttl & 1,
            flags & 0xFFF,
            sequence % 5000 - 1000,
            acknowledgment % 5000,
            header[: ttl & 15],
            window=window,
            urgent=urgent,
            ttl=ttl,
        )
    counts: dict[int, int] = {}
    for frame, _ in talk.names():
        counts[frame] = counts.get(frame, 0) + 1
    assert all(count <= tcp_words.MAXIMUM_TOLD for count in counts.values())


BY_TSHARK = [
    each
    for each in CASES
    for kind in KINDS
    if kind.name == each.name and kind.wireshark.startswith("tcp.analysis.")
]


@pytest.mark.parametrize("each", BY_TSHARK, ids=lambda each: each.name)
def test_tshark_tells_the_same(each: Case, tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    flag = next(kind.wireshark for kind in KINDS if kind.name == each.name)
    talk, _ = each.odd()
    path = tmp_path / "talk.pcap"
    with path.open("wb") as file:
        writer = PcapWriter(file, link_type=1)
        for time, octets in talk.frames:
            writer.frame(time, octets)
    said = subprocess.run(
        ["tshark", "-n", "-r", str(path), "-Y", flag, "-T", "fields", "-e", "frame.number"],
        capture_output=True,
        text=True,
        check=True,
    )
    frames = {int(line) for line in said.stdout.split()}
    assert frames == {frame for frame, name in talk.names() if name == each.name}


STATES = {
    "usual": (usual, "TIME-WAIT", "CLOSED"),
    "not closed": (usual_without_end, "ESTABLISHED", "ESTABLISHED"),
    "half close": (half_close, "TIME-WAIT", "CLOSED"),
    "half closed": (ended_twice, "FIN-WAIT-1", "CLOSE-WAIT"),
    "fast open": (fast_open, "TIME-WAIT", "CLOSED"),
    "from the middle": (from_the_middle, "TIME-WAIT", "CLOSED"),
    "one side": (one_side, "FIN-WAIT-1", None),
    "crossing": (crossing, "ESTABLISHED", "ESTABLISHED"),
    "reset": (reset_exactly, "CLOSED", "CLOSED"),
}


@pytest.mark.parametrize(("make", "mine", "theirs"), STATES.values(), ids=STATES.keys())
def test_states_at_the_end(make: Callable[[], Talk], mine: str, theirs: str | None) -> None:
    assert make().states() == (mine, theirs)
