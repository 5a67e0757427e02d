"""Record interfaces into one pcapng, take the machine's own traces out, and label what happened when."""

from __future__ import annotations

import json
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.namespaces import Host, LabError, Laboratory, require, stop, wait_for

PROGRAMS = {"dumpcap": "wireshark-common"}
SNAP_OCTETS = 65535
RING_MEBIOCTETS = 64  # a scan comes in bursts that the default of 2 does not hold
FLUSH_SECONDS = 1.0  # dumpcap hands frames over in ring blocks; what came before this is in the file

# Block types and option codes of draft-ietf-opsawg-pcapng, sections 3.5 and 4.
SECTION_HEADER, INTERFACE_DESCRIPTION, INTERFACE_STATISTICS, ENHANCED_PACKET = 0x0A0D0D0A, 1, 5, 6
SHB_HARDWARE, SHB_OS, IF_OS, IF_TSRESOL, ISB_IFDROP, END_OF_OPTIONS = 2, 3, 12, 9, 5, 0

Fact = str | int | float | list[int] | list[str]


class Recorder:
    """dumpcap on several interfaces of one host, each with an optional capture filter."""

    def __init__(self, host: Host, filters: dict[str, str], comment: str) -> None:
        self.file = host.folder / "capture.pcapng"
        words: list[str] = []
        for interface, expression in filters.items():
            words += ["-i", interface, "-s", str(SNAP_OCTETS), *(["-f", expression] if expression else [])]
        self._process = host.start(
            *("dumpcap", "-q", "-n", "-B", str(RING_MEBIOCTETS), *words),
            *("--capture-comment", comment, "-w", str(self.file)),
        )
        wait_for("dumpcap to write", lambda: self.file.exists() and self.file.stat().st_size > 0)
        time.sleep(0.5)  # the file begins before the last ring is open

    def finish(self) -> bytes:
        """Stop and give the capture, without the name of the machine's processor and kernel."""
        time.sleep(FLUSH_SECONDS)
        stop(self._process, signal.SIGINT)
        recorded = in_time_order(without_machine(self.file.read_bytes()))
        if lost := frames_lost(recorded):
            raise LabError(f"the capture lost {lost} frames: the computer was too busy, run it again")
        return recorded


def blocks(capture: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of each block of a little-endian pcapng (dumpcap writes in the machine's order)."""
    offset = 0
    while offset < len(capture):
        kind, length = struct.unpack_from("<II", capture, offset)
        if length < 12 or offset + length > len(capture):
            raise LabError(f"dumpcap's file is broken at octet {offset}")
        yield kind, capture[offset + 8 : offset + length - 4]
        offset += length


def options(body: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Code and value of each option from `offset` of a block's body to its end."""
    while offset + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, offset)
        if code == END_OF_OPTIONS:
            return
        yield code, body[offset + 4 : offset + 4 + length]
        offset += 4 + (length + 3) // 4 * 4


def without_machine(capture: bytes) -> bytes:
    """The same capture without the options that tell about the computer on which it was made."""
    dropped = {
        SECTION_HEADER: (16, {SHB_HARDWARE, SHB_OS}),  # fixed part: magic, version, section length
        INTERFACE_DESCRIPTION: (8, {IF_OS}),  # fixed part: link type, reserved, snap length
    }
    parts: list[bytes] = []
    for kind, body in blocks(capture):
        kept = body
        if kind in dropped:
            fixed, codes = dropped[kind]
            kept = body[:fixed]
            for code, value in options(body, fixed):
                if code not in codes:
                    kept += struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
            kept += bytes(4)
        length = struct.pack("<I", len(kept) + 12)
        parts += [struct.pack("<I", kind), length, kept, length]
    return b"".join(parts)


def in_time_order(capture: bytes) -> bytes:
    """The same capture with its frames in order of time: dumpcap's threads, one an interface, race."""
    times = iter(frame_times(capture))
    before: list[bytes] = []
    frames: list[tuple[int, bytes]] = []
    after: list[bytes] = []
    for kind, body in blocks(capture):
        length = struct.pack("<I", len(body) + 12)
        block = struct.pack("<I", kind) + length + body + length
        if kind == ENHANCED_PACKET:
            frames.append((next(times), block))
        elif kind in {SECTION_HEADER, INTERFACE_DESCRIPTION}:
            before.append(block)
        else:
            after.append(block)
    frames.sort(key=lambda frame: frame[0])
    return b"".join([*before, *(block for _, block in frames), *after])


def frames_lost(capture: bytes) -> int:
    """How many frames the interfaces' statistics say were dropped."""
    return sum(
        int.from_bytes(value, "little")
        for kind, body in blocks(capture)
        if kind == INTERFACE_STATISTICS
        for code, value in options(body, 12)  # fixed part: interface, time stamp
        if code == ISB_IFDROP
    )


def frame_times(capture: bytes) -> list[int]:
    """Nanoseconds since 1970 of each frame, in the order of the file."""
    units: list[int] = []
    times: list[int] = []
    for kind, body in blocks(capture):
        if kind == INTERFACE_DESCRIPTION:
            resolution = next((value[0] for code, value in options(body, 8) if code == IF_TSRESOL), 6)
            units.append(10 ** (9 - resolution))
        elif kind == ENHANCED_PACKET:
            interface, high, low = struct.unpack_from("<III", body)
            times.append((high << 32 | low) * units[interface])
    return times


@dataclass
class Scenario:
    """One thing that somebody did, from when to when, and what the programs themselves said about it."""

    name: str
    about: str
    attack: bool
    start_ns: int
    end_ns: int = 0
    facts: dict[str, Fact] = field(default_factory=dict)


class Labels:
    """Ground truth beside a capture: who is who, and the window of each scenario."""

    def __init__(self) -> None:
        self.hosts: list[dict[str, object]] = []
        self.scenarios: list[Scenario] = []
        self.left_out: dict[str, str] = {}

    @contextmanager
    def scenario(self, name: str, about: str, *, attack: bool = False) -> Iterator[dict[str, Fact]]:
        """Time what happens inside; put into the yielded mapping what the tools' own logs say."""
        scenario = Scenario(name, about, attack, time.time_ns())
        self.scenarios.append(scenario)
        try:
            yield scenario.facts
        except LabError:
            self.scenarios.remove(scenario)
            raise
        # What was sent last reaches the mirror port a moment later.
        time.sleep(0.2)
        scenario.end_ns = time.time_ns()

    def text(self, capture: bytes) -> str:
        """The labels as JSON, with the frame numbers (from 1, inclusive) that fall into each window."""
        times = frame_times(capture)
        listed = []
        for scenario in self.scenarios:
            numbers = [
                number for number, when in enumerate(times, 1) if scenario.start_ns <= when <= scenario.end_ns
            ]
            listed.append(
                {
                    "name": scenario.name,
                    "about": scenario.about,
                    "attack": scenario.attack,
                    "start_ns": scenario.start_ns,
                    "end_ns": scenario.end_ns,
                    "first_frame": numbers[0] if numbers else None,
                    "last_frame": numbers[-1] if numbers else None,
                    "facts": scenario.facts,
                }
            )
        truth = {
            "frames": len(times),
            "hosts": self.hosts,
            "scenarios": listed,
            "left_out": self.left_out,
        }
        return json.dumps(truth, indent=2) + "\n"


def produce(
    name: str, programs: dict[str, str], make: Callable[[Laboratory, Labels], bytes], output: Path
) -> int:
    """Build a laboratory, let `make` record in it, write capture and labels; gives the exit code.

    0, or 1 with one line on stderr that says what failed; everything built is removed in any case.
    """
    labels = Labels()
    try:
        require(programs)
        with Laboratory() as lab:
            recorded = make(lab, labels)
    except (LabError, KeyboardInterrupt) as error:
        print(f"{name}: {str(error) or 'interrupted'}", file=sys.stderr)
        return 1
    output.write_bytes(recorded)
    output.with_suffix(".labels.json").write_text(labels.text(recorded))
    for left_out, reason in labels.left_out.items():
        print(f"{name}: left out {left_out}: {reason}", file=sys.stderr)
    print(f"{output}: {len(frame_times(recorded))} frames, {len(recorded)} octets")
    return 0
