"""Who logs in to mailboxes: rows for a relation."""

from __future__ import annotations

import numpy as np

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import Totals
from netanatomy.detect.tables import kept
from netanatomy.layers.application.mailboxes import logs_in
from netanatomy.tables.rows import Rows

LOGIN_FIRST = (110, 143)
"""Ports of mailboxes, where a client that is to get anything logs in first (RFC 1939 section 4, RFC 9051
section 3.1)."""
WORD = 16
"""Octets of a client's segment, on average, up to which it says NOOP and the like; senders of mail say 25."""
HEAD = 80
"""Octets of a client's segment in which a tag and a command are."""
PACKETS = (
    *("ip_source", "ip_destination", "destination_port", "tcp_flags"),
    *("captured_length", "original_length"),
)
"""Columns of the packet table that are looked at."""
LOGINS = Totals(("victim", "port", "source"), ("logins",))


def logins(packets: Rows) -> Kept:
    """Rows of `logins`: segments that log in to a mailbox, or of which too little was captured."""
    if not packets.has("destination_port"):
        return
    port = packets.numbers("destination_port")
    rows = np.flatnonzero(np.logical_or.reduce([port == mailbox for mailbox in LOGIN_FIRST]))
    rows = rows[packets.at("tcp_flags", rows) > 0]
    sizes = packets.at("payload_length", rows)
    cut = packets.at("captured_length", rows) < packets.at("original_length", rows)
    some = (sizes > 0) | cut
    rows, sizes, unseen = rows[some], sizes[some], (cut & (sizes < WORD))[some]
    if not len(rows):
        return
    heads = zip(packets.payload_heads(rows, HEAD), sizes.tolist(), strict=True)
    good = unseen | np.array([logs_in(bytes(head[:size])) for head, size in heads], np.bool_)
    if good.any():
        party = ("victim=ip_destination", "port=destination_port", "source=ip_source")
        yield "logins", kept(packets, rows[good], party, logins=np.int64(1))
