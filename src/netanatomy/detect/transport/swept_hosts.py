"""Which hosts a sweep tried in vain, and which conversations only look like tries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.selected import over, selected, totalled
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Places, Rows

UDP = 17  # Assigned Internet Protocol Numbers, IANA
DHCP = ((67, 68), (547, 546))
"""Ports of servers and of their clients (RFC 2131 section 4.1, RFC 8415 section 7.2)."""


def given_addresses(connections: Rows, rows: Places) -> NDArray[np.bool_]:
    """Which conversations are a DHCP server's answers to clients that asked without an address.

    >>> ports = pa.record_batch({"id.orig_p": [67, 1067], "id.resp_p": [68, 68], "ip_proto": [17, 17]})
    >>> given_addresses(Rows(ports), np.arange(2))
    array([ True, False])
    """
    ports = connections.at("id.orig_p", rows) << 16 | connections.at("id.resp_p", rows)
    answers = one_of(ports, [server << 16 | client for server, client in DHCP])
    given: NDArray[np.bool_] = answers & (connections.at("ip_proto", rows) == UDP)
    return given


def swept_hosts(counted: pa.Table, hosts: int, open_share: float) -> dict[int, int]:
    """The most hosts that each sweep tried in an hour, of sweeps that tried enough of them.

    Args:
        counted: sweep, hour, whether the port was opened, and total: how many hosts.
        hosts: that are enough, where they refused or did not answer.
        open_share: of hosts up to which those are counted, too, that opened the port.

    >>> counted = {"sweep": [7, 7], "hour": [1, 1], "open": [False, True], "total": [20, 6]}
    >>> swept_hosts(pa.table(counted), 25, 0.5), swept_hosts(pa.table(counted), 25, 0.2)
    ({7: 26}, {})
    """
    enough = over(totalled(counted, ["sweep", "hour"], "total"), "total", hosts)["sweep"].to_pylist()
    hours: dict[tuple[int, int], list[int]] = {}
    for row in selected(counted, "sweep", sorted(set(enough))).to_pylist():
        hours.setdefault((row["sweep"], row["hour"]), [0, 0])[row["open"]] += row["total"]
    found: dict[int, int] = {}
    for (sweep, _), (failed, opened) in hours.items():
        tried = failed + opened
        if failed >= hosts or (tried >= hosts and opened <= open_share * tried):
            found[sweep] = max(found.get(sweep, 0), tried)
    return found
