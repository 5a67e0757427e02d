"""Whether the real nftables drops the very packets that our own matcher says it drops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from netanatomy.firewall.limits import SECOND
from netanatomy.firewall.lines import written
from netanatomy.firewall.matcher import Chains
from netanatomy.firewall.nftables import Named, burst_of
from netanatomy.firewall.replay import Passage, Replay
from netanatomy.firewall.seen import ETHERNET_LINK, as_seen, seen_columns
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows

NAMED = 20  # frames that are named as judged differently


@dataclass(slots=True)
class Checked:
    """How a replay went.

    Attributes:
        frames: sent.
        refused: of these, frames that Linux did not take as far as the rules: a broken IP header.
        without_ip: of these, frames that are neither Ethernet's nor hold IP: no packet filter sees them.
        dropped: frames that nftables dropped.
        unsure: frames at the edge of a limit, where it matters when within a write the packet was judged.
        different: frames of which nftables and our matcher thought differently.
        named: numbers of the first of these.
    """

    frames: int = 0
    refused: int = 0
    without_ip: int = 0
    dropped: int = 0
    unsure: int = 0
    different: int = 0
    named: list[int] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Frames that the real nftables judged: only of these anything is compared.

        >>> Checked(frames=21, refused=20, without_ip=1).judged
        0
        """
        return self.frames - self.refused - self.without_ip


def check_columns(rules: Sequence[Named]) -> tuple[str, ...]:
    """Columns of the packet table that have to be there for `check`."""
    judged = seen_columns(written(named.rule) for named in rules)
    return tuple(dict.fromkeys((*judged, "network_offset", "original_length")))


def check(
    rules: Sequence[Named], packets: Iterable[PacketBatch], frames: Iterable[pa.RecordBatch]
) -> Checked:
    """Send the frames of a capture through the real nftables and compare frame by frame.

    They are sent as fast as they go; for limits our matcher calculates with the times at which they were
    sent, so that a capture of an hour takes no hour.

    Args:
        rules: all that are loaded.
        packets: of the capture, with the columns `check_columns`.
        frames: of the same capture: its frame table.

    Raises:
        ReplayError: there is no nftables here.
    """
    done = Checked()
    ours = _Rules(rules)
    octets = _octets(frames)
    with Replay(rules) as replay:
        for batch in packets:
            rows = as_seen(batch)
            outermost = np.flatnonzero(rows.numbers("depth") == 0)
            passages = [
                replay.frame_of_capture(next(octets), *arguments) for arguments in _arguments(rows, outermost)
            ]
            ours.compare(rows, outermost, passages, done)
    return done


def _octets(frames: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in frames:
        yield from batch.column("octets").to_pylist()


def _arguments(rows: Rows, places: Places) -> list[tuple[bool, int | None, int]]:
    ethernet = (rows.at("link_type", places) == ETHERNET_LINK).tolist()
    internet = rows.at("network_offset", places).tolist()
    there = rows.valid_at("ip_version", places).tolist()
    original = rows.at("original_length", places).tolist()
    return [
        (one, where if has else None, length)
        for one, where, has, length in zip(ethernet, internet, there, original, strict=True)
    ]


class Clock:
    """A limit's buckets by the times at which packets were sent, between what is least and most possible.

    A packet is judged somewhere between the beginning and the end of its write, so that where the bucket
    is that close to the price of a packet, either answer is right; and whichever it was tells more of the
    bucket. What is kept of it is tokens less time (ns): that changes only by what is spent, or overflows.
    """

    def __init__(self, rule: Rule) -> None:
        self._cost = SECOND // rule.rate
        self._full = self._cost * burst_of(rule)
        self._kept: dict[bytes, tuple[int, int]] = {}

    def drops(self, key: bytes, passage: Passage) -> bool | None:
        """Whether a packet is over the limit; None where that cannot be told."""
        least, most = self._bounds(key)
        if min(self._full, least + passage.sent) >= self._cost:
            return False
        return True if min(self._full, most + passage.done) < self._cost else None

    def passed(self, key: bytes, passage: Passage) -> None:
        """A packet was let pass: there were tokens for it."""
        least, most = self._bounds(key)
        least = max(least, self._cost - passage.done)
        self._kept[key] = (
            min(self._full - passage.done, least) - self._cost,
            min(self._full - passage.sent, max(least, most)) - self._cost,
        )

    def dropped(self, key: bytes, passage: Passage) -> None:
        """A packet was dropped: there were not."""
        least, most = self._bounds(key)
        self._kept[key] = (least, max(least, min(most, self._cost - passage.sent - 1)))

    def doubt(self, key: bytes) -> None:
        """A packet was let pass or dropped, or never came here."""
        least, most = self._bounds(key)
        self._kept[key] = (least - self._cost, most)

    def _bounds(self, key: bytes) -> tuple[int, int]:
        return self._kept.get(key, (self._full, self._full))


class _Rules:
    """The rules in their order, with buckets by the clock."""

    def __init__(self, rules: Sequence[Named]) -> None:
        chains = Chains([named.rule for named in rules])
        self._judges = [chains.judges[number] for number in chains.in_order]
        self._clocks = [Clock(judge.rule) if judge.limits else None for judge in self._judges]

    def compare(self, rows: Rows, places: Places, passages: Sequence[Passage], done: Checked) -> None:
        """What our matcher says against what happened."""
        matched = [judge.matched(rows)[places] for judge in self._judges]
        keys = [judge.keys(rows, places) if judge.limits else [] for judge in self._judges]
        numbers = rows.at("frame_number", places).tolist()
        for place, passage in enumerate(passages):
            done.frames += 1
            if not passage.arrived:
                done.without_ip += not passage.sent
                done.refused += bool(passage.sent)
                continue
            really = not passage.passed
            done.dropped += really
            mine = [number for number in range(len(self._judges)) if matched[number][place]]
            ours = self._drops(
                mine, [keys[number][place] if keys[number] else b"" for number in mine], passage
            )
            if ours is None:
                done.unsure += 1
            elif ours is not really:
                done.different += 1
                if len(done.named) < NAMED:
                    done.named.append(numbers[place])

    def _drops(self, mine: Sequence[int], keys: Sequence[bytes], passage: Passage) -> bool | None:
        """Whether one of the rules that took hold of a packet drops it; None where it cannot be told."""
        foreseen: list[tuple[Clock | None, bytes, bool | None]] = []
        for number, key in zip(mine, keys, strict=True):
            clock = self._clocks[number]
            foreseen.append((clock, key, True if clock is None else clock.drops(key, passage)))
            if foreseen[-1][2]:
                break
        unsure = [place for place, (_, _, drops) in enumerate(foreseen) if drops is None]
        dropped = bool(foreseen and foreseen[-1][2])
        for place, (clock, key, drops) in enumerate(foreseen):
            if clock is None:
                continue
            if passage.passed or (not drops and (not unsure or place < unsure[0])):
                clock.passed(key, passage)
            elif len(unsure) + dropped == 1:
                clock.dropped(key, passage)
            else:
                clock.doubt(key)
        return True if dropped else None if unsure else False
