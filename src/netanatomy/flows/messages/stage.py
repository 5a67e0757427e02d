"""Streams and connections in, messages out: the stage that the rest of the house calls.

Each connection that says something is offered to every protocol, piece by piece, until one of them
recognises it or none of them does; of what nobody recognises only the name is kept. Pieces come in
the order in which they completed a stream, so a reader hears a dialogue as it was held. Rows are
made when the connection ends: only then the tracker tells between whom it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.flows.messages.conversation import Conversation, Message
from netanatomy.flows.messages.protocol import MessageProtocol, Said
from netanatomy.flows.messages.registry import protocols as every_protocol
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.frozen import frozen
from netanatomy.schema.packet_batch import PacketBatch

CONNECTION_COLUMNS = ("uid", "proto", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")
"""Columns of the connection table that the stage needs of connections that ended."""

MAXIMUM_CONVERSATIONS = 16_384
"""Conversations being recognised or read at once. Bounds floods of connections that begin and do not end.

The oldest gives way: what it has said so far becomes its messages.
"""

MAXIMUM_WAITING = 131_072
"""Messages that wait for the end of their connection. Bounds floods of connections that stay open.

The oldest are handed on early, without the ends of their connection.
"""

STREAMED = "tcp"
NO_FRAME = 1 << 63
"""Above every frame's number."""

PACKET_COLUMNS = ("frame_number", "tcp_flags")
"""Columns of the packet table that `MessageStage.see` needs."""


@frozen
class Ends:
    """Between whom a connection was: addresses of 16 octets, and ports."""

    originator: bytes
    originator_port: int
    responder: bytes
    responder_port: int


@frozen
class Told:
    """A message with its connection.

    Attributes:
        uid: the connection.
        ends: between whom it was; None where the message had to be handed on before that was known.
        message: the message.
    """

    uid: str
    ends: Ends | None
    message: Message


class _Listened:
    """A connection that is listened to, with how far each side has come."""

    __slots__ = ("conversation", "ends")

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.ends = [0, 0]


class MessageStage:
    """Listens to all connections of a capture.

    Args:
        wanted: names of the protocols whose messages are wanted; None for all.
        protocols: those that are told from one another; None for all that there are.

    Attributes:
        conversations_given_way: how many were ended early for room.
        messages_handed_on: how many were given without the ends of their connection, for room.
    """

    def __init__(
        self,
        wanted: Collection[str] | None = None,
        protocols: Mapping[str, MessageProtocol] | None = None,
    ) -> None:
        self._protocols = every_protocol() if protocols is None else protocols
        self._wanted = frozenset(self._protocols if wanted is None else wanted)
        # In the order in which they began.
        self._listened: dict[str, _Listened] = {}
        self._waiting: dict[str, list[Message]] = {}
        self._waiting_messages = 0
        # As many as the tracker has connections, at most: they leave when they end.
        self._dismissed: set[str] = set()
        # Of the batch of packets at hand: its first frame, and its frames with a TCP header.
        self._batch_start = NO_FRAME
        self._tcp_frames: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self.conversations_given_way = 0
        self.messages_handed_on = 0

    @property
    def anomalies(self) -> list[Anomaly]:
        """What the caps on memory have dropped so far, one anomaly a cap."""
        found = []
        if self.conversations_given_way:
            reason = (
                f"{self.conversations_given_way:,} conversations were read no further, for room: too many "
                "were under way at once, as in a flood"
            )
            found.append(Anomaly("conversations-evicted", "application", reason))
        if self.messages_handed_on:
            reason = (
                f"{self.messages_handed_on:,} messages are without the addresses of their connection, for "
                "room: too many connections stayed open"
            )
            found.append(Anomaly("messages-evicted", "application", reason))
        return found

    def see(self, packets: PacketBatch) -> None:
        """The packets that pieces of streams come from next, with PACKET_COLUMNS.

        Datagrams are handed on at once and are told by their frames: a capture of nothing else costs little.
        """
        frames = packets.table["frame_number"].to_numpy()
        if len(frames):
            self._batch_start = int(frames[0])
            segments = packets.table["tcp_flags"].is_valid().to_numpy(zero_copy_only=False)
            self._tcp_frames = frames[segments]

    def observe(self, streams: pa.RecordBatch | None, ended: pa.RecordBatch | None) -> list[Told]:
        """Pieces of streams, then connections that ended; gives the messages that are ready.

        Args:
            streams: rows of the streams table.
            ended: rows of the connection table with CONNECTION_COLUMNS; all that they said came before.
        """
        told = [] if streams is None else list(self._hear(streams))
        if ended is not None:
            told.extend(self._end(ended))
        return told

    def _hear(self, streams: pa.RecordBatch) -> Iterator[Told]:
        # A piece of an earlier batch had to wait for a hole to be filled, so it is no datagram.
        frames = streams["frame_number"].to_numpy()
        segments = (frames < self._batch_start) | np.isin(frames, self._tcp_frames)
        if not segments.all():
            streams = streams.filter(pa.array(segments))
        encoded = streams["uid"].dictionary_encode()
        uids = encoded.dictionary.to_pylist()
        fresh = np.array([uid not in self._dismissed for uid in uids], np.bool_)
        if not fresh.any():
            return
        # A download is one comparison a batch: of connections that nobody reads no piece is taken out.
        codes = encoded.indices.to_numpy()
        rows = np.flatnonzero(fresh[codes])
        pieces = streams.take(pa.array(rows))
        columns = (
            pieces["is_orig"].to_pylist(),
            pieces["offset"].to_pylist(),
            pieces["ts"].cast(pa.int64()).to_pylist(),
            pieces["frame_number"].to_pylist(),
            pieces["data"].to_pylist(),
        )
        for code, is_orig, offset, ts, frame, data in zip(codes[rows].tolist(), *columns, strict=True):
            uid = uids[code]
            if uid not in self._dismissed:
                self._take(uid, is_orig, offset, ts, frame, data)
        while self._waiting_messages > MAXIMUM_WAITING:
            uid = next(iter(self._waiting))
            messages = self._waited_for(uid)
            self.messages_handed_on += len(messages)
            yield from (Told(uid, None, message) for message in messages)

    def _take(self, uid: str, is_orig: bool, offset: int, ts: int, frame: int, data: bytes) -> None:
        listened = self._listened.get(uid)
        if listened is None:
            if len(self._listened) >= MAXIMUM_CONVERSATIONS:
                self.conversations_given_way += 1
                self._dismiss(next(iter(self._listened)))
            listened = self._listened[uid] = _Listened(Conversation(self._protocols, self._wanted))
        missed = offset - listened.ends[not is_orig]
        if missed < 0:
            # Octets of a stream do not begin anew: these are datagrams, every one of which begins at 0.
            listened.conversation = Conversation({}, ())
            self._dismiss(uid)
            return
        listened.ends[not is_orig] = offset + len(data)
        listened.conversation.take(Said(is_orig, ts, frame, missed, data))
        if listened.conversation.over:
            self._dismiss(uid)

    def _dismiss(self, uid: str) -> None:
        """Nothing more is heard of this connection; its messages wait for its end."""
        self._dismissed.add(uid)
        messages = self._listened.pop(uid).conversation.close()
        if messages:
            self._waiting[uid] = messages
            self._waiting_messages += len(messages)

    def _waited_for(self, uid: str) -> list[Message]:
        messages = self._waiting.pop(uid, [])
        self._waiting_messages -= len(messages)
        return messages

    def _end(self, ended: pa.RecordBatch) -> Iterator[Told]:
        uids = ended["uid"].to_pylist()
        for row, uid in enumerate(uids):
            if uid not in self._listened and uid not in self._dismissed:
                continue
            listened = self._listened.pop(uid, None)
            self._dismissed.discard(uid)
            messages = self._waited_for(uid) if listened is None else listened.conversation.close()
            if messages and ended["proto"][row].as_py() == STREAMED:
                ends = Ends(*(ended[name][row].as_py() for name in CONNECTION_COLUMNS[2:]))
                yield from (Told(uid, ends, message) for message in messages)
