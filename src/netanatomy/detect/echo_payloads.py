"""What echo messages carry: whether ping filled it in, and which reply belongs to which request."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.relations import Row
from netanatomy.tables.rows import Mask, Places, Rows

HEAD = 48  # octets of a payload that are compared: routers cut replies at 64 or longer
NUMBERS = 4_096
"""Requests of a pair whose numbers are remembered. Bounds floods of pings."""
TIME = 16  # octets: Linux's ping begins with the time (struct timeval of 64 bits)


def numbers_of(packets: Rows, rows: Places) -> NDArray[np.int64]:
    """(n,) what makes a reply the answer to one request: identifier and sequence number."""
    return packets.at("icmp_identifier", rows) << 16 | packets.at("icmp_sequence", rows)


def is_pattern(heads: NDArray[np.uint8], length: NDArray[np.int64], share: float) -> Mask:
    """(n,) whether what follows the time stays the same or counts up, as ping programs fill it.

    Args:
        heads: (n, HEAD) first octets of payloads.
        length: (n,) octets of them.
        share: of the steps from octet to octet that must do so.
    """
    steps = heads[:, TIME + 1 :] - heads[:, TIME:-1]  # of octets, which turn round at 256
    inside = np.arange(TIME + 1, HEAD) < np.minimum(length, HEAD)[:, None]
    even = (steps <= 1) & inside
    found: Mask = even.sum(axis=1) >= share * inside.sum(axis=1)
    return found


def digest_of(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n,) a number for each row of octets, the same for the same ones: a polynomial, mixed."""
    words = np.ascontiguousarray(octets).view(np.uint64)
    state = np.full(len(words), 0x9E3779B97F4A7C15, np.uint64)
    for column in words.T:
        state = (state ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        state ^= state >> np.uint64(29)
    return state.view(np.int64)


def answers_of(numbers: Sequence[Row], answers: Sequence[Row]) -> frozenset[int] | None:
    """Payloads of replies whose request is in the capture; None where there are too many to say."""
    if len(numbers) >= NUMBERS:
        return None
    asked = {row["number"] for row in numbers}
    return frozenset(row["digest"] for row in answers if row["number"] in asked)
