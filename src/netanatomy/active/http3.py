"""HTTP/3's part of a client, bounded: what a server sends cannot grow beyond what it costs to send."""

from __future__ import annotations

import pylsqpack
from aioquic.h3.connection import ErrorCode, H3Connection, Setting
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.connection import QuicConnection, stream_is_unidirectional
from aioquic.quic.events import QuicEvent, StreamDataReceived

MAXIMUM_HEAD = 65_536
"""Octets of a stream that wait for the end of a frame: a head could be announced with a gigabyte."""

MAXIMUM_OTHER = 65_536
"""Octets in all streams that the server opened: settings and the like; they could go on for ever."""

MAXIMUM_STREAMS = 100
"""Streams that a server may open: each costs memory, however little is in it."""

NO_TABLE = 0
"""Octets of QPACK's dynamic table: with aioquic's 4,096, a head of 60 kB expands to 240 MB (RFC 9204 7.2)."""


class Http3(H3Connection):
    """Without a dynamic table and without pushes, and with an end to what is waited for.

    Attributes:
        excess: what was too much, or empty; the connection is closed then.
    """

    def __init__(self, quic: QuicConnection) -> None:
        self.excess = ""
        self._waiting: dict[int, int] = {}
        self._others: set[int] = set()
        self._other_octets = 0
        super().__init__(quic)
        settings = self.sent_settings or {}
        if settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, NO_TABLE) != NO_TABLE:
            raise AssertionError("this aioquic would take a dynamic table")

    def handle_event(self, event: QuicEvent) -> list[H3Event]:
        """What an event of the connection means."""
        if self.excess:
            return []
        if isinstance(event, StreamDataReceived):
            self.excess = self._counted(event.stream_id, len(event.data))
            if self.excess:
                self._quic.close(error_code=ErrorCode.H3_EXCESSIVE_LOAD, reason_phrase=self.excess)
                return []
        found = super().handle_event(event)
        for each in found:
            # Content is handed on as it comes; all other frames once they are whole, and some never.
            if isinstance(each, HeadersReceived) or (isinstance(each, DataReceived) and each.data):
                self._waiting[each.stream_id] = 0
        return found

    def _counted(self, stream: int, octets: int) -> str:
        if not stream_is_unidirectional(stream):
            self._waiting[stream] = self._waiting.get(stream, 0) + octets
            if self._waiting[stream] > MAXIMUM_HEAD + octets:
                return f"a head of more than {MAXIMUM_HEAD} octets"
            return ""
        self._others.add(stream)
        self._other_octets += octets
        if self._other_octets > MAXIMUM_OTHER or len(self._others) > MAXIMUM_STREAMS:
            return f"{len(self._others)} streams nobody asked for, with {self._other_octets} octets"
        return ""

    def _init_connection(self) -> None:
        self._max_table_capacity = NO_TABLE
        self._blocked_streams = 0
        self._decoder = pylsqpack.Decoder(NO_TABLE, 0)
        self._max_push_id = None
        super()._init_connection()
