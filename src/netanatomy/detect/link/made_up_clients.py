"""Who asks a DHCP server for clients that are not there: the judgement of `dhcp-starvation`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import arrow_array


@frozen
class Limits:
    """The thresholds, as `dhcp-starvation` explains them; the window in ns."""

    names: int
    clients: int
    window: int
    used_share: float
    asked_again: float


def packed(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n,) addresses of up to 7 octets each as numbers.

    >>> packed(np.array([[10, 0, 0, 1]], np.uint8))
    array([167772161])
    """
    found = np.zeros(len(octets), np.int64)
    for octet in range(octets.shape[1]):
        found = found << 8 | octets[:, octet]
    return found


def foreign(asked: pa.Table, sender: int) -> pa.Table:
    """What a machine asked for clients that are not itself."""
    mine = asked["sender"].to_numpy() == sender
    return asked.filter(arrow_array(mine & (asked["client"].to_numpy() != sender)))


def of_a_kind(asked: pa.Table, share: float) -> NDArray[np.bool_]:
    """Which rows are messages of a shape that many have: a tool's are alike, real clients' differ.

    Args:
        asked: ttl, length.
        share: of all rows, from which on a shape is a tool's.
    """
    shape = asked["ttl"].to_numpy() << 32 | asked["length"].to_numpy()
    _, which, counts = np.unique(shape, return_inverse=True, return_counts=True)
    common: NDArray[np.bool_] = counts[which] >= share * len(shape)
    return common


def ask_for_others(
    asked: pa.Table, answered: pa.Table, users: pa.Table, limits: Limits
) -> list[tuple[int, pa.Table, str]]:
    """Machines that ask for many clients within a window, of which nobody uses what it was given.

    Args:
        asked: client, sender, name, start, messages.
        answered: client, given, acks; may be without columns.
        users: address: what is claimed by ARP; without any nothing can be said of other machines.
        limits: the thresholds.

    Returns:
        Each machine once, the rows that are meant, and the column that tells its clients apart: `client` if
        they have hardware addresses that are not its own, `name` if it asks for itself in many names.
    """
    sender, client, name = (asked[column].to_numpy() for column in ("sender", "client", "name"))
    found: dict[int, tuple[int, pa.Table, str]] = {}
    for which, strange in (("client", client != sender), ("name", (client == sender) & (name != 0))):
        least = limits.names if users.num_rows else limits.clients
        if not users.num_rows and which == "client":
            continue
        senders, counts = np.unique(sender[strange], return_counts=True)
        for one in senders[counts >= least].tolist():
            rows = asked.filter(arrow_array(strange & (sender == one)))
            if one not in found and _are_made_up(
                rows, rows[which].to_numpy(), least, answered, users, limits
            ):
                found[one] = one, rows, which
    return list(found.values())


def _are_made_up(
    rows: pa.Table,
    clients: NDArray[np.int64],
    least: int,
    answered: pa.Table,
    users: pa.Table,
    limits: Limits,
) -> bool:
    """Whether one machine's clients are many within a window, and do not use what they are given."""
    names, which = np.unique(clients, return_inverse=True)
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, which, rows["start"].to_numpy())
    if _most_within(np.sort(first), limits.window) < least:
        return False
    given = _given(answered, np.unique(rows["client"].to_numpy()))
    if len(given):
        in_use = np.unique(users["address"].to_numpy()) if users.num_rows else given[:0]
        return bool(np.isin(given, in_use).sum() <= limits.used_share * len(given))
    # Who gets nothing and is real asks again.
    return bool(rows["messages"].to_numpy().sum() < limits.asked_again * len(names))


def _most_within(times: NDArray[np.int64], window: int) -> int:
    """How many of ascending times lie within one window at most."""
    return int((np.searchsorted(times, times + window) - np.arange(len(times))).max())


def _given(answered: pa.Table, clients: NDArray[np.int64]) -> NDArray[np.int64]:
    if not answered.num_rows:
        return np.zeros(0, np.int64)
    theirs = np.isin(answered["client"].to_numpy(), clients) & (answered["acks"].to_numpy() > 0)
    return np.unique(answered["given"].to_numpy()[theirs])
