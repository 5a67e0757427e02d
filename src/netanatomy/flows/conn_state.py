"""How a connection went, in Zeek's words: `conn_state`, and the sizes that TCP's sequence numbers tell.

The state of a TCP connection is a literal table over the states of both endpoints. Two of its cells
need a second look: at the sizes where both sides reset, and at the history where only the
originator did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netanatomy.schema.connections import CONN_STATES

ENDPOINT_STATES = (
    "inactive",
    "syn-sent",
    "syn-ack-sent",
    "partial",  # seen from the middle
    "established",
    "closed",  # sent a FIN
    "reset",  # sent a RST
)
"""What STATUS says of an endpoint, by code (Zeek's TCP_Endpoint)."""

INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET = range(7)

TCP_CONN_STATES: tuple[tuple[str, ...], ...] = (
    # responder: inactive, syn-sent, syn-ack-sent, partial, established, closed, reset
    ("OTH", "OTH", "OTH", "OTH", "OTH", "SHR", "RSTRH"),  # originator inactive
    ("S0", "OTH", "OTH", "OTH", "OTH", "S3", "REJ"),  # syn-sent
    ("OTH", "OTH", "OTH", "OTH", "OTH", "S3", "REJ"),  # syn-ack-sent
    ("OTH", "OTH", "OTH", "OTH", "OTH", "SHR", "RSTRH"),  # partial
    ("OTH", "OTH", "OTH", "OTH", "S1", "S3", "RSTR"),  # established
    ("SH", "S2", "S2", "SH", "S2", "SF", "RSTR"),  # closed
    # RSTOS0 is OTH unless the history bears it out, RSTR is REJ unless something was sent
    ("RSTOS0", "RSTO", "RSTO", "RSTOS0", "RSTO", "RSTO", "RSTR"),  # reset
)
"""`conn_state` by the states of originator and responder (Zeek's base/protocols/conn/main.zeek)."""

UDP_CONN_STATES = ("OTH", "S0", "SHR", "SF")
"""`conn_state` by who sent something: nobody, the originator, the responder, both."""

CODES = {name: code for code, name in enumerate(CONN_STATES)}


def _tcp_codes() -> NDArray[np.uint16]:
    codes = np.full(64, CODES["OTH"], np.uint16)
    for originator, row in enumerate(TCP_CONN_STATES):
        for responder, name in enumerate(row):
            codes[originator | responder << 3] = CODES[name]
    codes.flags.writeable = False
    return codes


TCP_CODES = _tcp_codes()
UDP_CODES = np.array([CODES[name] for name in UDP_CONN_STATES], np.uint16)
UDP_CODES.flags.writeable = False


def tcp_size(
    start: NDArray[np.int64],
    last: NDArray[np.int64],
    acked: NDArray[np.int64],
    fins: NDArray[np.int64],
    half_open: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Payload octets that one side sent, by its sequence numbers.

    Args:
        start: number of the SYN.
        last: one past the highest sent.
        acked: highest that the other side acknowledged.
        fins: FINs that it sent.
        half_open: it reset an attempt that the other side was never heard of.
    """
    size: NDArray[np.int64] = np.maximum(np.maximum(last, acked) - start, 0)
    size -= size != 0  # the SYN
    size -= (fins > 0) & (size != 0)  # the FIN
    # The peer was never seen, and yet something was acknowledged beyond the SYN: it remembers
    # another connection, and so the numbers say nothing about this one.
    size[half_open & (acked != start) & (acked != start + 1)] = 0
    return size


def half_open(status: NDArray[np.int64], side: int) -> NDArray[np.bool_]:
    """Whether a side sent a SYN and then a RST while the other was never heard of."""
    state = status >> 3 * side & 7
    before = status >> 6 + 3 * side & 7
    other = status >> 3 * (1 - side) & 7
    found: NDArray[np.bool_] = (before == SYN_SENT) & (state == RESET) & (other == INACTIVE)
    return found


def reset_after_syn(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    r"""Which histories match `\^?S[^HAFGIQ]*R.*`: the originator sent a SYN and then nothing but a RST.

    Args:
        letters: shape (rows, letters), zeros behind the last.
    """
    rows = np.arange(len(letters))
    turned = letters[:, 0] == ord("^")
    begins = letters[rows, turned.astype(np.intp)] == ord("S")
    telling = np.isin(letters, np.frombuffer(b"HAFGIQR", np.uint8))
    matched: NDArray[np.bool_] = begins & (letters[rows, telling.argmax(axis=1)] == ord("R"))
    return matched
