"""Every error that netanatomy raises on purpose.

```
NetanatomyError                exit code
├── UsageError                 2   the request makes no sense: the message says what to do
├── CaptureError               4   a capture cannot be opened or read
│   └── NotACaptureError       3   the file is of no capture format
└── ParseError                 -   octets are not what a header demands (becomes data, not an exit)
    ├── TruncatedError             more octets are needed than there are
    └── MalformedError             the octets contradict the protocol
```
"""

from __future__ import annotations

from typing import ClassVar


class NetanatomyError(Exception):
    """The root of the tree: catch this to catch all."""

    exit_code: ClassVar[int] = 1


class UsageError(NetanatomyError):
    """What was asked cannot be done as asked; the message is one line that says what to do."""

    exit_code = 2


class CaptureError(NetanatomyError):
    """A capture cannot be opened or read."""

    exit_code = 4


class NotACaptureError(CaptureError):
    """The file is of no capture format that is known here."""

    exit_code = 3


class ParseError(NetanatomyError):
    """Octets are not what a header demands.

    `layer` is the protocol that refused, `offset` the octet in the frame at which it did.
    """

    def __init__(self, reason: str, layer: str, offset: int) -> None:
        super().__init__(f"{layer}: {reason} at octet {offset}")
        self.reason = reason
        self.layer = layer
        self.offset = offset


class TruncatedError(ParseError):
    """A header needs more octets than are there: `needed` against `available`."""

    def __init__(self, layer: str, offset: int, needed: int, available: int) -> None:
        super().__init__(f"needs {needed} octets, has {available}", layer, offset)
        self.needed = needed
        self.available = available


class MalformedError(ParseError):
    """The octets contradict the protocol."""
