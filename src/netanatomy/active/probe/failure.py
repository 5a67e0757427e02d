"""Why a probe came to nothing: an ordinary result here, which becomes a `Probe`."""

from __future__ import annotations

import errno
import os

from netanatomy.errors import NetanatomyError
from netanatomy.schema.probe import ProbeOutcome


class ProbeError(NetanatomyError):
    """A probe got no further; `outcome` says how it ended."""

    def __init__(self, outcome: ProbeOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


REFUSALS = frozenset({errno.ECONNREFUSED})
CLOSINGS = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


def failure_of(error: OSError, doing: str) -> ProbeError:
    """An error of the operating system, as what it means for the probe.

    >>> failure_of(ConnectionRefusedError(111, "Connection refused"), "connecting").outcome
    <ProbeOutcome.REFUSED: 'refused'>
    """
    outcome = ProbeOutcome.UNREACHABLE
    if error.errno in REFUSALS:
        outcome = ProbeOutcome.REFUSED
    elif error.errno in CLOSINGS:
        outcome = ProbeOutcome.CLOSED
    elif error.errno == errno.ETIMEDOUT:
        outcome = ProbeOutcome.TIMEOUT
    return ProbeError(outcome, f"{doing}: {words(error)}")


def words(error: OSError) -> str:
    """What the system calls an error; asyncio puts words of its own in their place.

    >>> words(ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"))
    'connection refused'
    """
    known = error.errno is not None and error.errno in errno.errorcode
    return (os.strerror(error.errno) if known and error.errno else error.strerror or str(error)).lower()


def quoted(octets: bytes) -> str:
    r"""What came, in quotation marks, as raw text: who shows it escapes it, once.

    >>> quoted(b"500 no\r\n"), quoted(b"\xff")
    ('"500 no\r\n"', '"ÿ"')
    """
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")  # every octet is a character of it
    return f'"{text}"'
