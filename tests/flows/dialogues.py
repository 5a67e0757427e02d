"""Conversations as hosts have them: TCP with losses, retransmissions, SACK and every way to end; UDP; pings.

A dialogue is a list of messages of two hosts, and what an observer must find in it. It becomes frames
when it is written, so that the same dialogue can be mirrored, shuffled or doubled.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from hypothesis import strategies as st

from netanatomy.capture.write import PcapWriter
from tests import wire
from tests.wire import ACK, FIN, PSH, RST, SYN

ICMP, TCP, UDP = 1, 6, 17
"""Assigned Internet Protocol Numbers, IANA."""
MSS = 1460
WINDOW = 8192
WINDOW_SCALE = 7
MILLISECOND = 1_000_000
"""Nanoseconds."""

ARRIVES, LOST_BEHIND, LOST_BEFORE = range(3)
"""What becomes of a segment: it is lost behind the observer, who sees it, or before him."""

CLOSES = (
    "open",
    "originator first",
    "responder first",
    "simultaneous",
    "half-closed",
    "originator resets",
    "responder resets",
    "rejected",
    "unanswered",
)
STATES = dict(zip(CLOSES, ("S1", "SF", "SF", "SF", "S2", "RSTO", "RSTR", "REJ", "S0"), strict=True))
"""The conn_state of each way to end."""


@dataclass(frozen=True, slots=True)
class Host:
    """One end of a dialogue."""

    mac: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Message:
    """What one host sends: of TCP a segment, of UDP a datagram, of ICMP an echo.

    Attributes:
        time: nanoseconds after the dialogue's begin.
        sender: 0 the originator, 1 the responder.
        payload: octets above the transport layer.
        flags: TCP control bits; of ICMP the type.
        sequence: of TCP, or of an echo.
        acknowledgment: of TCP; of an echo its identifier.
        window: TCP window as it stands in the header.
        options: TCP options, a multiple of four octets.
    """

    time: int
    sender: int
    payload: bytes = b""
    flags: int = 0
    sequence: int = 0
    acknowledgment: int = 0
    window: int = WINDOW
    options: bytes = b""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Two hosts and all they say.

    Attributes:
        protocol: IP protocol number.
        hosts: originator and responder.
        messages: in the order in which the observer sees them.
        state: conn_state by the way it went; empty where it follows from the traffic only.
        lengths: payload octets of each side, what was sent again counted once.
    """

    protocol: int
    hosts: tuple[Host, Host]
    messages: tuple[Message, ...]
    state: str = ""
    lengths: tuple[int, int] = (0, 0)

    def mirrored(self) -> Dialogue:
        """The same dialogue with the hosts exchanged."""
        return replace(self, hosts=(self.hosts[1], self.hosts[0]))

    def frames(self) -> list[tuple[int, bytes]]:
        """Times and octets of the frames."""
        return [(wire.START + each.time, self.frame(each)) for each in self.messages]

    def frame(self, message: Message) -> bytes:
        """One message as an Ethernet frame, every checksum right."""
        source, destination = self.hosts[message.sender], self.hosts[1 - message.sender]
        packet = wire.ipv4(
            self._transport(message, source, destination), source.address, destination.address, self.protocol
        )
        return wire.ethernet(packet, source=source.mac, destination=destination.mac)

    def _transport(self, message: Message, source: Host, destination: Host) -> bytes:
        if self.protocol == ICMP:
            body = struct.pack(">HH", message.acknowledgment, message.sequence) + message.payload
            return wire.icmp(message.flags, 0, body)
        if self.protocol == UDP:
            return wire.udp(message.payload, source.port, destination.port)
        header = struct.pack(
            ">HHIIBBHHH",
            source.port,
            destination.port,
            message.sequence & 0xFFFF_FFFF,
            message.acknowledgment & 0xFFFF_FFFF,
            (20 + len(message.options)) << 2,
            message.flags,
            message.window,
            0,
            0,
        )
        segment = header + message.options + message.payload
        addresses = ip_address(source.address).packed + ip_address(destination.address).packed
        pseudo = addresses + struct.pack(">HH", TCP, len(segment))
        return segment[:16] + wire.checksum(pseudo + segment).to_bytes(2, "big") + segment[18:]


def capture_of(frames: Iterable[tuple[int, bytes]]) -> bytes:
    """A pcap file of frames."""
    file = io.BytesIO()
    writer = PcapWriter(file, link_type=1)
    for time, octets in frames:
        writer.frame(time, octets)
    return file.getvalue()


def together(dialogues: Sequence[Dialogue]) -> list[tuple[int, bytes]]:
    """The frames of several dialogues in the order of time."""
    frames = [frame for dialogue in dialogues for frame in dialogue.frames()]
    return sorted(frames, key=lambda frame: frame[0])


@dataclass(slots=True)
class _Exchange:
    """Two TCP endpoints that talk, and the observer's list of what passes by."""

    gaps: Sequence[int]
    numbers: list[int]
    time: int = 0
    passed: list[Message] = field(default_factory=list)
    received: list[int] = field(default_factory=lambda: [0, 0])
    lengths: list[int] = field(default_factory=lambda: [0, 0])

    def send(
        self, sender: int, flags: int, payload: bytes = b"", options: bytes = b"", window: int = WINDOW
    ) -> None:
        """Send the next segment of a side; the other has it."""
        self.tell(sender, flags, self.numbers[sender], payload, options, window)
        self.numbers[sender] += len(payload) + bool(flags & (SYN | FIN))
        self.lengths[sender] += len(payload)
        self.received[1 - sender] = self.numbers[sender]

    def tell(
        self,
        sender: int,
        flags: int,
        number: int,
        payload: bytes = b"",
        options: bytes = b"",
        window: int = WINDOW,
    ) -> None:
        """A segment passes the observer; no state moves."""
        self.time += self.gaps[len(self.passed) % len(self.gaps)]
        acknowledgment = self.received[sender] if flags & ACK else 0
        self.passed.append(
            Message(self.time, sender, payload, flags, number, acknowledgment, window, options)
        )

    def turn(self, sender: int, sizes: Sequence[tuple[int, int]]) -> None:
        """One side sends segments of (octets, fate), the other acknowledges; what was lost comes again."""
        first = self.numbers[sender]
        missing: list[tuple[int, bytes]] = []
        arrived: list[tuple[int, int]] = []
        for size, fate in sizes:
            number, payload = self.numbers[sender], _octets(self.numbers[sender], size)
            self.numbers[sender] += size
            self.lengths[sender] += size
            if fate != LOST_BEFORE:
                self.tell(sender, PSH | ACK, number, payload)
            if fate != ARRIVES:
                missing.append((number, payload))
                continue
            arrived.append((number, number + size))
            self.received[1 - sender] = missing[0][0] if missing else self.numbers[sender]
            self.tell(1 - sender, ACK, self.numbers[1 - sender], options=_sack(arrived, bool(missing)))
        for number, payload in missing:
            self.tell(sender, PSH | ACK, number, payload)
        if missing or not sizes:
            self.received[1 - sender] = self.numbers[sender]
            self.tell(1 - sender, ACK, self.numbers[1 - sender])
        assert self.received[1 - sender] == self.numbers[sender] >= first


def _octets(number: int, size: int) -> bytes:
    """Octets that follow from their place in the stream."""
    return bytes((number + index) * 197 >> 3 & 0xFF for index in range(size))


def _sack(arrived: Sequence[tuple[int, int]], holes: bool) -> bytes:
    """NOP, NOP and one SACK block (RFC 2018), where there is a hole."""
    if not holes:
        return b""
    left, right = arrived[-1]
    return bytes([1, 1, 5, 10]) + struct.pack(">II", left & 0xFFFF_FFFF, right & 0xFFFF_FFFF)


SYN_OPTIONS = struct.pack(">BBHBBBB", 2, 4, MSS, 4, 2, 1, 1) + bytes([1, 3, 3, WINDOW_SCALE])
"""MSS, SACK permitted, two NOPs, a NOP and the window scale."""


def tcp_dialogue(
    hosts: tuple[Host, Host],
    numbers: tuple[int, int],
    turns: Sequence[tuple[int, Sequence[tuple[int, int]]]],
    close: str,
    gaps: Sequence[int] = (MILLISECOND,),
) -> Dialogue:
    """A TCP connection.

    Args:
        hosts: originator and responder.
        numbers: their initial sequence numbers.
        turns: who sends, and (octets, fate) of each of the segments.
        close: how it ends, one of `CLOSES`.
        gaps: nanoseconds between messages, taken in turn.
    """
    talk = _Exchange(gaps, list(numbers))
    talk.send(0, SYN, options=SYN_OPTIONS)
    if close == "rejected":
        talk.tell(1, RST | ACK, 0, window=0)
    if close in ("rejected", "unanswered"):
        return Dialogue(TCP, hosts, tuple(talk.passed), STATES[close])
    talk.send(1, SYN | ACK, options=SYN_OPTIONS)
    talk.send(0, ACK)
    for sender, sizes in turns:
        talk.turn(sender, sizes)
    if close in ("originator first", "responder first", "half-closed"):
        first = int(close == "responder first")
        talk.send(first, FIN | ACK)
        talk.send(1 - first, ACK)
        if close == "half-closed":
            talk.turn(1, [(100, ARRIVES)])
        else:
            talk.send(1 - first, FIN | ACK)
            talk.send(first, ACK)
    elif close == "simultaneous":
        before = talk.received[1]
        talk.send(0, FIN | ACK)
        seen, talk.received[1] = talk.received[1], before
        talk.send(1, FIN | ACK)
        talk.received[1] = seen
        talk.send(0, ACK)
        talk.send(1, ACK)
    elif close != "open":
        talk.tell(sender := int(close == "responder resets"), RST | ACK, talk.numbers[sender], window=0)
    return Dialogue(TCP, hosts, tuple(talk.passed), STATES[close], (talk.lengths[0], talk.lengths[1]))


def udp_dialogue(
    hosts: tuple[Host, Host], sizes: Sequence[tuple[int, int]], gap: int = MILLISECOND
) -> Dialogue:
    """Datagrams of (sender, octets)."""
    messages = tuple(
        Message(gap * place, sender, _octets(place, size)) for place, (sender, size) in enumerate(sizes)
    )
    lengths = [sum(size for sender, size in sizes if sender == side) for side in (0, 1)]
    return Dialogue(UDP, hosts, messages, "", (lengths[0], lengths[1]))


def ping_dialogue(hosts: tuple[Host, Host], count: int, answered: bool, gap: int = MILLISECOND) -> Dialogue:
    """Echo requests of 56 octets, and their replies."""
    messages = []
    for place in range(count):
        request = Message(2 * place * gap, 0, bytes(56), 8, place, hosts[0].port)
        messages.append(request)
        if answered:
            messages.append(replace(request, time=request.time + gap, sender=1, flags=0))
    return Dialogue(ICMP, hosts, tuple(messages), "", (56 * count, 56 * count * answered))


def hosts_of(number: int, server_port: int) -> tuple[Host, Host]:
    """Two hosts that no other number has."""
    there = Host(f"00:00:0c:01:{number >> 8:02x}:{number & 255:02x}", f"10.1.{number >> 8}.{number & 255}", 0)
    back = Host("02:00:00:00:00:02", f"192.0.2.{1 + number % 200}", server_port)
    return replace(there, port=32_768 + number % 28_000), back


_SEGMENTS = st.lists(
    st.tuples(st.integers(1, MSS), st.sampled_from((ARRIVES, ARRIVES, ARRIVES, LOST_BEHIND, LOST_BEFORE))),
    min_size=1,
    max_size=6,
)
_NUMBERS = st.one_of(st.integers(0, 2**32 - 1), st.integers(2**32 - 4 * MSS, 2**32 - 1))
_GAPS = st.lists(st.integers(1_000, 20 * MILLISECOND), min_size=1, max_size=5)


@st.composite
def tcp_dialogues(draw: st.DrawFn, number: int = 1, closes: Sequence[str] = CLOSES) -> Dialogue:
    """TCP connections of hosts that are chosen by a number."""
    return tcp_dialogue(
        hosts_of(number, draw(st.sampled_from((80, 443, 22, 8443)))),
        (draw(_NUMBERS), draw(_NUMBERS)),
        draw(st.lists(st.tuples(st.integers(0, 1), _SEGMENTS), max_size=4)),
        draw(st.sampled_from(closes)),
        draw(_GAPS),
    )


@st.composite
def udp_dialogues(draw: st.DrawFn, number: int = 1) -> Dialogue:
    """UDP conversations whose first datagram is the originator's."""
    sizes = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1200)), max_size=8))
    hosts = hosts_of(number, draw(st.sampled_from((53, 123, 443))))
    return udp_dialogue(hosts, [(0, 20), *sizes], draw(st.integers(1_000, 20 * MILLISECOND)))


@st.composite
def ping_dialogues(draw: st.DrawFn, number: int = 1) -> Dialogue:
    """Pings, answered or not."""
    return ping_dialogue(hosts_of(number, 0), draw(st.integers(1, 5)), draw(st.booleans()))


def dialogues(number: int = 1) -> st.SearchStrategy[Dialogue]:
    """Any of them, between hosts that are chosen by a number."""
    return st.one_of(tcp_dialogues(number), udp_dialogues(number), ping_dialogues(number))


@st.composite
def conversations(draw: st.DrawFn, most: int = 4) -> list[Dialogue]:
    """Several dialogues at once, between different hosts."""
    return [draw(dialogues(number)) for number in range(1, 1 + draw(st.integers(1, most)))]
