"""Who really sent what is told of an address: another station may have borrowed it.

`ip-spoofing` keeps who has which address. What it keeps here besides, who spoke from which address to whom
and when, tells of every finding whether its frames came from the one who has the address, or from another
station in its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Kept, Verdict
from netanatomy.detect.forged_sources import NO_MAC
from netanatomy.detect.relations import Distinct, Relations, Row, Summary, Totals
from netanatomy.detect.settings import Arrangement
from netanatomy.detect.source_claims import INITIAL_TTLS
from netanatomy.detect.stations import Stations, stations
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array, one_of
from netanatomy.tables.groups import grouped
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
CARRIED = 8
"""Addresses that are remembered of whoever hands on what comes from afar: one of others is enough."""
RELATIONS: Relations = {
    "spoke": Totals(
        ("mac", "address", "peer", "second", "proven"), ("packets",), ("start", "frame"), ("end", "last")
    ),
    "carried": Distinct(("mac",), ("address",), CARRIED),
}
PACKETS = (*("eth_source", "ip_source", "ip_destination", "ip_ttl"), "ip_fragment_offset")
CONNECTIONS = ("last_frame",)


def conversations(connections: Rows) -> Kept:
    """Rows of both relations: of conversations, and whether their sender has received something there."""
    everything = np.arange(connections.count)
    sent = {side: connections.at(f"{side}_pkts", everything) for side in ("orig", "resp")}
    proven = {"orig": connections.valid("ack_delay"), "resp": sent["orig"] > 0}
    for side, other in (("orig", "resp"), ("resp", "orig")):
        rows = np.flatnonzero(connections.valid(f"{side}_l2_addr") & (sent[side] > 0))
        near = one_of(connections.at(f"{side}_initial_ttl", rows), INITIAL_TTLS)
        who = (f"mac={side}_l2_addr", f"address=id.{side}_h")
        far = rows[~near]
        if len(far):
            yield "carried", kept(connections, _some(connections, far, side), who)
        rows = rows[near]
        if len(rows):
            when = ("start=ts", "end=last_time", "frame=first_frame", "last=last_frame")
            yield (
                "spoke",
                kept(
                    connections,
                    rows,
                    (*who, f"peer=id.{other}_h", *when),
                    second=connections.numbers("ts")[rows] // SECOND,
                    proven=proven[side][rows],
                    packets=sent[side][rows],
                ),
            )


def _some(connections: Rows, rows: Places, side: str) -> Places:
    """Each pair of station and address once, as good as: those beside one another are often the same."""
    octets = connections.octets_at(f"id.{side}_h", rows)
    first = np.concatenate([[True], (octets[1:] != octets[:-1]).any(axis=1)])
    some: Places = rows[first]
    return some


def pieces(packets: Rows) -> Kept:
    """Rows of `spoke`: of fragments, which need not become part of any conversation."""
    rows = packets.rows_with("ip_fragment_offset")
    if len(rows):
        rows = rows[(packets.at("depth", rows) == 0) & packets.valid_at("eth_source", rows)]
    if len(rows):
        rows = rows[one_of(packets.at("ip_ttl", rows), INITIAL_TTLS)]
    if len(rows):
        who = ("mac=eth_source", "address=ip_source", "peer=ip_destination")
        when = ("start=time", "end=time", "frame=frame_number", "last=frame_number")
        second = packets.numbers("time")[rows] // SECOND
        proven = np.zeros(len(rows), np.bool_)
        yield (
            "spoke",
            kept(packets, rows, (*who, *when), second=second, proven=proven, packets=np.int64(1)),
        )


class Who(Enum):
    """Who sent what a verdict is about."""

    BORROWER = auto()
    OWNER = auto()
    BOTH = auto()


@frozen
class Borrowed:
    """What a verdict says of an address whose name another station used.

    Attributes:
        address: as text.
        senders: link-layer addresses of the stations that used it.
        owners: and of those who have it.
        shared: whether an owner sent the like as well.
        frames: those of the verdict's proofs that only the borrowers can have sent.
    """

    address: str
    senders: tuple[bytes, ...]
    owners: tuple[bytes, ...]
    shared: bool
    frames: tuple[int, ...]


class TrueSenders:
    """Which stations speak in whose name.

    Args:
        summary: what `ip-spoofing` kept.
        network: what is known of the network.
        claims: packets in a neighbour's name from which nobody merely moved.
        limits: what makes a relay, and an owner who takes part.
    """

    def __init__(self, summary: Summary, network: Network, claims: int, limits: Arrangement) -> None:
        self._own_share = limits.own_share
        self.stations = stations(summary, network)
        self._rows: dict[str, list[Row]] = {}
        self._borrowers: dict[str, set[bytes]] = {}
        spoke = summary["spoke"]
        if not spoke.num_rows or not self.stations.homes:
            return
        carriers = {
            row["mac"]
            for row in summary.rows("carried")
            if row["address"] not in self.stations.known.get(row["mac"], ())
        }
        contested = _contested(spoke, self.stations)
        for address, rows in contested.items():
            borrowers = _borrowers(address, rows, self.stations, claims, limits.told_share) - carriers
            if borrowers:
                self._rows[address_text(address)] = rows
                self._borrowers[address_text(address)] = borrowers

    def of(self, verdict: Verdict) -> list[Borrowed]:
        """Those of a verdict's attackers in whose name another station sent what it is about."""
        found = []
        for address in verdict.attackers:
            if address in self._borrowers:
                borrowed = self._borrowed(address, verdict)
                if borrowed is not None:
                    found.append(borrowed)
        return found

    def _borrowed(self, address: str, verdict: Verdict) -> Borrowed | None:
        borrowers = self._borrowers[address]
        within = [
            row
            for row in self._rows[address]
            if row["start"] <= verdict.end + SECOND and row["end"] >= verdict.start - SECOND
        ]
        to_them = [row for row in within if address_text(row["peer"]) in verdict.victims] or within
        theirs = [row for row in to_them if row["mac"] in borrowers and not row["proven"]]
        own = [row for row in to_them if row["mac"] not in borrowers]
        if not theirs:
            return None
        frames = sorted({proof.frame for proof in verdict.proofs})
        only_theirs = [frame for frame in frames if _has(theirs, frame) and not _has(own, frame)]
        only_own = [frame for frame in frames if _has(own, frame) and not _has(theirs, frame)]
        in_vain = [row for row in own if not row["proven"]]
        likely = _likely(verdict.frames, _packets(theirs), _packets(own), _packets(in_vain), self._own_share)
        if likely is not Who.BOTH and len(only_theirs) != len(only_own):
            likely = Who.BORROWER if len(only_theirs) > len(only_own) else Who.OWNER
        if likely is Who.OWNER:
            return None
        octets = theirs[0]["address"]
        return Borrowed(
            address,
            tuple(sorted({row["mac"] for row in theirs})),
            tuple(sorted(self.stations.homes[octets] - borrowers)),
            likely is Who.BOTH,
            tuple(only_theirs or frames[:1]),
        )


def _likely(frames: int, borrowed: int, own: int, in_vain: int, share: float) -> Who:
    """Whose packets are as many as a verdict is about.

    Args:
        frames: how many it is about.
        borrowed: what the borrowers sent.
        own: what the owners sent.
        in_vain: how much of that nobody answered.
        share: of all that was sent in vain, from which the owner takes part.

    >>> [_likely(frames, 3_000, 1_020, 1_000, 0.2).name for frames in (3_000, 1_000, 4_000)]
    ['BORROWER', 'OWNER', 'BOTH']
    """
    away = {Who.BORROWER: abs(frames - borrowed), Who.OWNER: abs(frames - own)}
    if in_vain >= share * (in_vain + borrowed):
        away[Who.OWNER] = min(away[Who.OWNER], abs(frames - in_vain))
        away[Who.BOTH] = abs(frames - borrowed - in_vain)
    return min(away, key=lambda who: away[who])


def _contested(spoke: pa.Table, there: Stations) -> Mapping[bytes, list[Row]]:
    """Rows of those addresses that a station has and another one speaks from."""
    homes = [address for address in there.homes if address is not None]
    table = spoke.filter(pc.is_in(spoke["address"], _values(homes, spoke.schema.field("address").type)))
    macs: dict[bytes, set[bytes]] = {}
    groups = grouped(table, ["mac", "address"])
    first = table if groups is None else table.take(arrow_array(groups.first))
    for pair in first.select(["mac", "address"]).to_pylist():
        macs.setdefault(pair["address"], set()).add(pair["mac"])
    some = [address for address, senders in macs.items() if len(senders | there.homes[address]) > 1]
    found: dict[bytes, list[Row]] = {}
    if some:
        chosen = table.filter(pc.is_in(table["address"], _values(some, table.schema.field("address").type)))
        for row in chosen.to_pylist():
            found.setdefault(row["address"], []).append(row)
    return found


def _values(octets: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    return pa.array(sorted(octets), kind)


def _borrowers(
    address: bytes, rows: Sequence[Row], there: Stations, claims: int, told_share: float
) -> set[bytes]:
    """Stations that speak from an address which another one has, and are no routers.

    Who is known by an address of its own needs no more than that. Of who is not, a second card of the
    owner could be the truth (bonding): the owner itself must have spoken with the same peer meanwhile.
    """
    found: set[bytes] = set()
    by_mac: dict[bytes, list[Row]] = {}
    for row in rows:
        if not row["proven"]:
            by_mac.setdefault(row["mac"], []).append(row)
    for mac, mine in by_mac.items():
        known = there.known.get(mac, set())
        owners = there.homes[address] - {mac}
        if mac == NO_MAC or mac in there.routers or address in known or not owners:
            continue
        told = [row for row in rows if row["mac"] != mac and row["peer"] in there.owned.get(mac, ())]
        if _packets(told) >= told_share * _packets(mine):
            continue  # it is told what it then says: a relay
        both = {
            one
            for one in owners - there.routers
            if address in there.owned.get(one, ()) and address in there.used.get(one, ())
        }
        enough = _packets(mine) >= claims
        if mac in there.owned:
            if enough or _meanwhile(mine, [row for row in rows if row["mac"] in both]):
                found.add(mac)
        elif not known and enough:
            peers = {row["peer"] for row in mine}
            heard = [row for row in rows if row["mac"] in both and row["proven"] and row["peer"] in peers]
            if _meanwhile(mine, heard):
                found.add(mac)
    return found


def _meanwhile(mine: Sequence[Row], heard: Sequence[Row]) -> bool:
    """Whether others spoke before all of these ended, and after they began."""
    if not heard:
        return False
    begin, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
    return bool(min(row["start"] for row in heard) < end and max(row["end"] for row in heard) > begin)


def _has(rows: Sequence[Row], frame: int) -> bool:
    return any(row["frame"] <= frame <= row["last"] for row in rows)


def _packets(rows: Sequence[Row]) -> int:
    return sum(int(row["packets"]) for row in rows)
