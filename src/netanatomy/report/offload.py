"""Checksum offload: wrong checksums that a sender's own capture has, and that harm nobody."""

from __future__ import annotations

import numpy as np

from netanatomy.layers.internet.addresses import address_text
from netanatomy.report.conversations import Conversations
from netanatomy.report.records import AnomalyLine
from netanatomy.tables.arrays import integers

OFFLOAD_PACKETS = 5
"""Packets with a wrong checksum before anything is concluded from them."""

OFFLOAD_SHARE = 0.9
"""The part of a sender's checksums that is wrong where its network card computes them; and the part of
all wrong checksums that such senders must explain."""


def offload(conversations: Conversations) -> list[AnomalyLine]:
    """Senders whose checksums are hardly ever right: told once, for it explains thousands of packets."""
    table = conversations.addresses.table()
    if table is None:
        return []
    right, wrong = integers(table, "sent_right"), integers(table, "sent_wrong")
    senders = np.flatnonzero((wrong >= OFFLOAD_PACKETS) & (wrong >= OFFLOAD_SHARE * (wrong + right)))
    told = int(wrong[senders].sum())
    if not told or told < OFFLOAD_SHARE * int(wrong.sum()):
        return []
    heaviest = senders[np.argsort(-wrong[senders].astype(np.int64), kind="stable")]
    names = [address_text(row["address"], row["ip_version"]) for row in table.take(heaviest[:3]).to_pylist()]
    more = f" and {len(senders) - 3} more" if len(senders) > 3 else ""
    reason = (
        f"{told:,} packets from {', '.join(names)}{more} have wrong checksums, and hardly any from there has "
        "a right one: their sender leaves checksums to its network card, and was captured before that"
    )
    return [AnomalyLine("checksum-offload", "transport", reason, "", told, [], 0)]
