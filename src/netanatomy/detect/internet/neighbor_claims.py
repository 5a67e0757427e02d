"""Who says in neighbour discovery that an address is its own, and over whom: for `neighbor-spoofing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.neighbor_messages import SOLICITATION, formed_from, is_group, told_mac
from netanatomy.detect.relations import Distinct, Row, Totals, every_group
from netanatomy.detect.selected import among
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Places, Rows

OVERRIDE, SOLICITED = 1, 2  # RFC 4861 section 4.4, as the column nd_flags has them
ANNOUNCEMENTS = 3  # RFC 4861 section 10, MAX_NEIGHBOR_ADVERTISEMENT: unasked ones of an owner

CLAIMS = Totals(
    ("vlan", "address", "mac"),
    ("messages", "asked", "forced", "unasked", "aimed", "pushed"),
    ("start",),
    ("end",),
)
"""What one MAC address said of one address: messages, those that ask, those with the flag that overrides
(`forced`), of these those that say that nobody had asked (`unasked`), those to one host (`aimed`), and those
of which both is so (`pushed`)."""

Disputed = Mapping[tuple[int, bytes], list[Row]]
"""Claims on an address, by VLAN and address, in the order of time."""


@frozen
class Measures:
    """Thresholds, as `neighbor-spoofing` explains them."""

    messages: int
    targets: int
    insisted: int


def claims(packets: Rows, rows: Places, address: str, option: str) -> pa.Table:
    """Rows for `CLAIMS`."""
    flags = packets.at("nd_flags", rows)
    forced = packets.valid_at("nd_flags", rows) & (flags & OVERRIDE != 0)
    unasked = forced & (flags & SOLICITED == 0)
    aimed = forced & ~is_group(packets.octets_at("ip_destination", rows))
    return kept(
        packets,
        rows,
        (f"address={address}", "start=time", "end=time"),
        mac=told_mac(packets, rows, option),
        vlan=packets.at("vlan_id", rows),
        messages=np.int64(1),
        asked=(packets.at("icmp_type", rows) == SOLICITATION).astype(np.int64),
        forced=forced.astype(np.int64),
        unasked=unasked.astype(np.int64),
        aimed=aimed.astype(np.int64),
        pushed=(aimed & unasked).astype(np.int64),
    )


def disputed(known: pa.Table) -> Disputed:
    """Claims on addresses that more than one MAC address says are its own."""
    pairs = Distinct(("vlan", "address"), ("mac",)).reduce(known)
    several = every_group(pairs, ["vlan", "address"])
    if not (several.sizes > 1).any():
        return {}
    found: dict[tuple[int, bytes], list[Row]] = {}
    some = pairs.take(arrow_array(several.first[several.sizes > 1]))
    rows = among(known, ["vlan", "address"], some).to_pylist()
    for row in sorted(rows, key=lambda row: (row["vlan"], row["address"], row["start"], row["mac"])):
        found.setdefault((row["vlan"], row["address"]), []).append(row)
    return found


def weigh(found: Disputed, questions: Iterable[Row]) -> None:
    """Put right how many were unasked: one that is marked as an answer, though nobody had asked, is none."""
    asked = {(row["vlan"], row["address"]): row["count"] for row in questions}
    for key, rows in found.items():
        count = asked.get(key, 0)
        for row in rows:
            row["unasked"] = max(row["unasked"], row["forced"] - count)
            # Where no question is seen at all, the capture may be one that shows answers only.
            row["pushed"] = max(row["pushed"], row["aimed"] - count if count else 0)


def last_heard(known: pa.Table, found: Disputed) -> Mapping[tuple[int, bytes], int]:
    """When each of those who claim such addresses was last heard in neighbour discovery, by VLAN and MAC."""
    if not found:
        return {}
    macs = pa.array(
        sorted({row["mac"] for rows in found.values() for row in rows}), known.schema.field("mac").type
    )
    theirs = known.filter(pc.is_in(known["mac"], value_set=macs))
    ends = Totals(("vlan", "mac"), ("messages",), (), ("end",)).reduce(theirs)
    return {(row["vlan"], row["mac"]): row["end"] for row in ends.to_pylist()}


def doubt(row: Row, contested: Mapping[bytes, int]) -> tuple[bool, int, bool, int, bytes]:
    """How little speaks for it that this is the owner: the least is held for it."""
    formed = formed_from(row["address"], row["mac"])
    return not formed, contested[row["mac"]], row["unasked"] > ANNOUNCEMENTS, row["start"], row["mac"]


def imposes(row: Row, owner: Row, contested: Counter[bytes], alive: int, measures: Measures) -> bool:
    """Whether a claim is more than that of a station that took over from another.

    Args:
        row: what one MAC address says of an address.
        owner: what the one says who has it.
        contested: by MAC address, how many addresses it says are its own that others claim too.
        alive: when the owner was last heard, of whatever address it spoke.
        measures: the thresholds.
    """
    if row["forced"] < measures.messages:
        return False
    insists = row["pushed"] >= measures.insisted and alive > row["start"]
    return bool(
        owner["end"] > row["start"]
        or insists
        or contested[row["mac"]] >= measures.targets
        or formed_from(owner["address"], owner["mac"])
    )
