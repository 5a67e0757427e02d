"""How a connection went, in Zeek's words: `conn_state`.

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
