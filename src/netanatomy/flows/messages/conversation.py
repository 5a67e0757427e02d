"""One connection, or what is spoken inside one: which protocol it is, and who reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from netanatomy.flows.messages.protocol import (
    MessageProtocol,
    MessageReader,
    Recognition,
    Row,
    Said,
    keep,
)
from netanatomy.schema.frozen import frozen

RECOGNITION_OCTETS = 2048
"""Octets of a side by which a protocol is recognised. Bounds those who never say enough to tell.

Twice the longest opening of a proxy's dialogue (SOCKS: 522 octets), and more than what tells TLS.
"""

KEPT_OCTETS = 16_384
"""Octets of both sides kept until then: some clients send on before they are answered. Bounds the same."""

KEPT_PIECES = 64
"""Pieces kept until then; further ones are joined. Bounds those who say an octet at a time."""

MAXIMUM_NESTING = 4
"""Conversations inside one another. Bounds a proxy in a proxy in a proxy, for ever."""


@frozen
class Message:
    """A row with what the stage knows of it.

    Attributes:
        protocol: whose table it belongs to.
        inside: names of the protocols that carry it, the outermost first.
        ts: time of the first frame of the conversation, nanoseconds UTC.
        frame_number: that frame.
        row: by the names of the protocol's columns.
    """

    protocol: MessageProtocol
    inside: tuple[str, ...]
    ts: int
    frame_number: int
    row: Row


class Conversation:
    """What two sides say, from the beginning.

    Args:
        protocols: those that are to be told from one another.
        wanted: names of those whose messages are wanted.
        inside: names of the protocols that carry this conversation.

    Attributes:
        over: whether nothing that follows matters any more.
    """

    __slots__ = (
        "_candidates",
        "_first",
        "_inner",
        "_inside",
        "_kept",
        "_messages",
        "_opening",
        "_pieces",
        "_protocol",
        "_protocols",
        "_reader",
        "_wanted",
        "over",
    )

    def __init__(
        self,
        protocols: Mapping[str, MessageProtocol],
        wanted: Collection[str],
        inside: tuple[str, ...] = (),
    ) -> None:
        self.over = False
        self._protocols = protocols
        self._wanted = wanted
        self._inside = inside
        self._candidates = list(protocols.values())
        self._pieces: list[Said] = []
        self._kept = 0
        self._opening = _Opening(), _Opening()
        self._first: Said | None = None
        self._protocol: MessageProtocol | None = None
        self._reader: MessageReader | None = None
        self._messages: list[Message] = []
        self._inner: Conversation | None = None

    def take(self, said: Said) -> None:
        """What is said next."""
        if self.over:
            return
        if self._inner is not None:
            self._inner.take(said)
            self.over = self._inner.over
        elif self._reader is not None:
            self._read(said, self._reader)
        else:
            self._recognise(said)

    def close(self) -> list[Message]:
        """Its messages, those of the outermost protocol first; nothing more is to be taken."""
        self.over = True
        self._candidates, self._pieces = [], []
        if self._reader is not None:
            self._end_reader(self._reader)
        if self._inner is not None:
            self._messages.extend(self._inner.close())
            self._inner = None
        messages, self._messages = self._messages, []
        return messages

    def _recognise(self, said: Said) -> None:
        self._first = self._first or said
        self._kept += len(said.octets)
        keep(self._pieces, said, KEPT_PIECES)
        self._opening[not said.is_orig].add(said)
        originator, responder = (bytes(each.octets) for each in self._opening)
        unsure = []
        for protocol in self._candidates:
            match protocol.recognise(originator, responder):
                case Recognition.YES:
                    self._begin(protocol)
                    return
                case Recognition.UNSURE:
                    unsure.append(protocol)
        self._candidates = unsure
        if not unsure or self._kept > KEPT_OCTETS or len(self._pieces) > 2 * KEPT_PIECES:
            self._dismiss()

    def _dismiss(self) -> None:
        """Nobody reads this: nothing of it is kept."""
        self.over = True
        self._candidates, self._pieces = [], []

    def _begin(self, protocol: MessageProtocol) -> None:
        if protocol.name not in self._wanted and not protocol.carries:
            self._dismiss()
            return
        pieces = self._pieces
        self._candidates, self._pieces = [], []
        self._protocol = protocol
        self._reader = protocol.reader()
        for piece in pieces:
            self.take(piece)

    def _read(self, said: Said, reader: MessageReader) -> None:
        reader.take(said)
        rest = reader.rest
        if not rest:
            if reader.finished:
                self._end_reader(reader)
                self.over = True
            return
        self._end_reader(reader)
        protocol = self._protocol
        if protocol is None or len(self._inside) + 1 >= MAXIMUM_NESTING:
            self.over = True
            return
        self._inner = Conversation(self._protocols, self._wanted, (*self._inside, protocol.name))
        for piece in rest:
            self.take(piece)

    def _end_reader(self, reader: MessageReader) -> None:
        self._reader = None
        protocol, first = self._protocol, self._first
        if protocol is None or first is None or protocol.name not in self._wanted:
            return
        self._messages.extend(
            Message(protocol, self._inside, first.ts, first.frame_number, row) for row in reader.rows()
        )


class _Opening:
    """The first octets of a side, as far as nothing of them is missing."""

    __slots__ = ("ended", "octets")

    def __init__(self) -> None:
        self.octets = bytearray()
        self.ended = False

    def add(self, said: Said) -> None:
        """What the side says next; behind a hole nothing counts."""
        self.ended = self.ended or said.missed > 0
        if not self.ended:
            self.octets += said.octets[: RECOGNITION_OCTETS - len(self.octets)]
