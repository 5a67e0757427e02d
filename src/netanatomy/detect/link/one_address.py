"""One IP address at many stations: floods of made-up stations within one conversation.

Conversations are told apart by addresses and ports, so of such a flood they show the first station only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.link.mac_numbers import changes, grouped, packed, table_of
from netanatomy.detect.relations import Totals
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import Places, Rows

TCP = 6
SYN, ACK = 2, 16  # RFC 9293 section 3.1
NOBODY = bytes(16), bytes(10) + b"\xff\xff" + bytes(4)
"""The sources of hosts that have no address yet: :: and 0.0.0.0."""

SENDERS = Totals(
    ("mac",),
    ("frames",),
    ("start", "frame", "least_high", "least_low"),
    ("end", "most_high", "most_low"),
)
"""Stations, with the least and the greatest half of the IP addresses that they sent from: the same where it
is one address."""


@frozen
class Crowd:
    """Stations that one address was seen at.

    Attributes:
        address: the IP address.
        macs: the made-up stations, ascending.
        frames: numbers of their first frames, of the first few that came.
        others: the stations besides that are real, and sent from it.
        start: time of the first frame.
        end: time of the last.
        peak: most of them in one window.
    """

    address: bytes
    macs: NDArray[np.int64]
    frames: tuple[int, ...]
    others: NDArray[np.int64]
    start: int
    end: int
    peak: int


def senders(packets: Rows) -> Kept:
    """Rows for the relation `senders`: who sent to one station, but for segments amid a TCP connection."""
    if not packets.has("eth_source"):
        return
    protocol, flags = packets.numbers("ip_protocol"), packets.numbers("tcp_flags")
    rows = np.flatnonzero((protocol != TCP) | (flags & (SYN | ACK) == SYN))
    if not len(rows):
        return
    there = packets.valid_at("ip_source", rows) & packets.valid_at("eth_source", rows)
    rows = rows[there & (packets.at("depth", rows) == 0)]
    rows = rows[packets.octets_at("eth_destination", rows)[:, 0] & 1 == 0] if len(rows) else rows
    if len(rows):
        yield "senders", _counted(packets, rows)


def _counted(packets: Rows, rows: Places) -> pa.Table:
    """One row for each station, or a few."""
    mac = packed(packets.octets_at("eth_source", rows))
    order = grouped(mac)
    station = mac[order]
    first = changes(station)
    # The halves of an address as numbers; which of them is the lesser makes no difference.
    halves = packets.octets_at("ip_source", rows).view(np.dtype(">i8"))
    high, low = halves[:, 0].astype(np.int64)[order], halves[:, 1].astype(np.int64)[order]
    four = np.zeros(len(first), np.int64)
    time = packets.at("time", rows)[order]
    return table_of(
        mac=station[first],
        frames=np.diff(first, append=len(rows)),
        start=np.minimum.reduceat(time, first),
        frame=np.minimum.reduceat(packets.at("frame_number", rows)[order], first),
        least_high=np.minimum.reduceat(high, first) if high.any() else four,
        least_low=np.minimum.reduceat(low, first),
        end=np.maximum.reduceat(time, first),
        most_high=np.maximum.reduceat(high, first) if high.any() else four,
        most_low=np.maximum.reduceat(low, first),
    )


def crowds(
    table: pa.Table, known: NDArray[np.int64], window: int, stations: int, frames: int, shown: int
) -> Iterator[Crowd]:
    """Each address that at least so many new stations sent from within a window.

    Args:
        table: rows of `senders`.
        known: stations that are real.
        window: in ns.
        stations: in one window.
        frames: of one station up to which it counts as made up.
        shown: frames that are named.
    """
    values = {name: table[name].to_numpy() for name in table.column_names}
    real = np.isin(values["mac"], known) | (values["frames"] > frames)
    single = (values["least_high"] == values["most_high"]) & (values["least_low"] == values["most_low"])
    address = np.stack([values["least_high"], values["least_low"]], axis=1)
    few = np.flatnonzero(~real & single)
    addresses, which, counts = np.unique(address[few], axis=0, return_inverse=True, return_counts=True)
    for number in np.flatnonzero(counts >= stations).tolist():
        octets = addresses[number].astype(np.dtype(">i8")).tobytes()
        if octets in NOBODY:
            continue
        mine = few[which == number]
        windows, each = np.unique(values["start"][mine] // window, return_counts=True)
        if each.max() < stations:
            continue
        busy = windows[each >= stations]
        # A window at the edge of a flood has fewer.
        near = np.isin(values["start"][mine] // window, np.unique(np.concatenate([busy - 1, busy, busy + 1])))
        mine = mine[near]
        first = mine[np.argsort(values["frame"][mine])][:shown]
        others = real & single & (address == addresses[number]).all(axis=1)
        yield Crowd(
            address=octets,
            macs=np.sort(values["mac"][mine]),
            frames=tuple(values["frame"][first].tolist()),
            others=values["mac"][others],
            start=int(values["start"][mine].min()),
            end=int(values["end"][mine].max()),
            peak=int(each.max()),
        )
