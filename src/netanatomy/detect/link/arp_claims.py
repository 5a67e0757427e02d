"""Who claims by ARP to have which address, and whether anybody had asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

import numpy as np
import pyarrow.compute as pc

from netanatomy.detect.detector import threshold
from netanatomy.detect.relations import Summary, Totals
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.python_rows import python_tuples

REQUEST, REPLY = 1, 2  # RFC 826
SECOND = 10**9  # ns
ANNOUNCEMENTS, DEFENCE = 2, 10 * SECOND
"""How often a host announces its address, and defends it later (RFC 5227 sections 2.3 and 2.4)."""
NOBODY = bytes(10) + b"\xff\xff" + bytes(4)
"""0.0.0.0: the sender of a probe (RFC 5227 section 2.1.1), the target of a lie to everybody."""

MERGED = Totals(
    ("address", "hardware", "sender", "operation", "own", "to"), ("messages",), ("start", "place"), ("end",)
)
"""Rows of `said` with who was told (`to`), and whether somebody spoke of its own address."""


@frozen
class Config:
    """Thresholds."""

    forged: int = threshold(
        3, "replies", "replies that nobody asked for, for a contested address", "arpspoof repeats every 2 s"
    )
    both_ways: int = threshold(
        2, "replies", "the same to each of two stations, between which it stands", "one may be a late answer"
    )
    announced: int = threshold(
        3, "announcements", "announcements amid those of the other holder", "RFC 5227 announces twice"
    )
    insisted: int = threshold(
        6,
        "announcements",
        "announcements that the other holder knows nothing of",
        "a cluster announces 5 times when it moves an address",
    )
    stray_share: float = threshold(
        0.02,
        "",
        "share of one holder's messages up to which another's are taken for broken ones",
        "captures with broken frames are full of such",
    )
    remembered: int = threshold(
        60,
        "s",
        "in which a liar announces at least once",
        "RFC 1122 section 2.3.2.1: hosts forget in a minute",
    )
    patience: float = threshold(
        1.0,
        "s",
        "within which a question is answered; what comes later was not asked for",
        "RFC 1122 section 2.3.2.1: who asks asks again after a second",
    )
    at_once: int = threshold(
        5,
        "s",
        "within which two holders of one address speak at once",
        "tools repeat themselves as fast; who gives an address up may be late by a moment",
    )


@changeable
class Claim:
    """What one station said about one address; a station is the sender of frames and the MAC it names."""

    address: bytes
    hardware: bytes
    sender: bytes
    start: int
    end: int
    replies: dict[bytes, int] = field(default_factory=dict)
    pushed: int = 0  # announcements and requests: said without having been asked
    announced: int = 0  # those of them that only say where one's own address is
    messages: int = 0
    forged: dict[bytes, int] = field(default_factory=dict)  # by who was told

    @property
    def lies(self) -> int:
        """Replies that nobody had asked for."""
        return sum(self.forged.values())


Claims = dict[tuple[bytes, bytes, bytes], Claim]


def claims_of(summary: Summary, patience: float) -> Claims:
    """What was said, from the relation `said`, each with the replies to it that nobody had asked for.

    Args:
        summary: what was kept.
        patience: s within which a question is answered.
    """
    said = summary["said"]
    # Requests for addresses that nobody ever held, as of a scan, are no answer's question.
    there = pc.unique(said.filter(pc.equal(said["operation"], REPLY))["address"])
    asked: dict[tuple[bytes, bytes], tuple[int, int]] = {}
    answerable = said.filter(
        pc.and_(pc.equal(said["operation"], REQUEST), pc.is_in(said["target"], value_set=there))
    )
    for address, target, messages, end in python_tuples(answerable, "address", "target", "messages", "end"):
        count, last = asked.get((address, target), (0, 0))
        asked[address, target] = count + messages, max(last, end)
    merged = said.append_column("own", pc.equal(said["address"], said["target"]))
    merged = merged.append_column(
        "to", pc.if_else(pc.equal(said["operation"], REPLY), said["target"], said["address"])
    )
    # The first place keeps the order in which they were told.
    merged = merged.append_column("place", arrow_array(np.arange(merged.num_rows)))
    merged = MERGED.reduce(merged)
    merged = merged.take(pc.sort_indices(merged["place"]))
    claims: Claims = {}
    for address, hardware, sender, operation, own, to, messages, start, end in python_tuples(
        merged, *("address", "hardware", "sender", "operation", "own", "to", "messages", "start", "end")
    ):
        if address == NOBODY:
            continue
        key = address, hardware, sender or hardware
        claim = claims.get(key)
        if claim is None:
            claim = claims[key] = Claim(*key, start, end)
        claim.start, claim.end = min(claim.start, start), max(claim.end, end)
        claim.messages += messages
        if operation == REPLY and not own:
            claim.replies[to] = claim.replies.get(to, 0) + messages
        else:
            claim.pushed += messages
            claim.announced += messages if own else 0
    for claim in claims.values():
        for told, replies in claim.replies.items():
            count, last = asked.get((told, claim.address), (0, 0))
            # Questions that were over before it first spoke were others' to answer.
            if (over := replies - (count if last >= claim.start - round(patience * SECOND) else 0)) > 0:
                claim.forged[told] = over
    return claims


def insists(claim: Claim, other: Claim, limits: Config) -> bool:
    """Whether a station announces what another one has, who knows nothing of it and goes on having it."""
    return (
        claim.announced >= limits.insisted
        and claim.announced > ANNOUNCEMENTS + (claim.end - claim.start) // DEFENCE
        # Who gives an address up may be late by a moment; who gets it back announces it, too.
        and other.start < claim.start
        and other.end > claim.start + limits.at_once * SECOND
        and 2 * other.announced < claim.announced
    )


def blame(claim: Claim, held: Mapping[bytes, set[bytes]]) -> tuple[bool, int, int, int, bytes]:
    """How much speaks against a station of several that claim one address: the greatest is the liar."""
    return claim.sender != claim.hardware, len(held[claim.hardware]), claim.lies, claim.start, claim.hardware
