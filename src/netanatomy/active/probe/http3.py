"""A request and its response over HTTP/3 (RFC 9114), by the library aioquic."""

from __future__ import annotations

import asyncio

from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.events import QuicEvent, StreamReset

from netanatomy.active.http3 import Http3
from netanatomy.active.probe.draft import Draft
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.http_response import (
    BODY_START,
    LEFT_OFF,
    MAXIMUM_BODY,
    MAXIMUM_INTERIM,
    USER_AGENT,
    response_facts,
)
from netanatomy.active.probe.quic import QuicClient
from netanatomy.layers.application.http1 import MAXIMUM_FIELDS
from netanatomy.schema.probe import HttpFacts, ProbeOutcome

ALPN = "h3"  # RFC 9114 section 3.1


class _Response:
    """A response as its parts come in."""

    def __init__(self, draft: Draft, client: QuicClient) -> None:
        self._draft = draft
        self._client = client
        self._http = Http3(client.quic)
        self._stream = -1
        self._interim = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.start = bytearray()
        self.length = 0
        self.oddities: list[str] = []
        self.ended = False
        self.cut = False
        self.failure: ProbeError | None = None

    def ask(self, headers: list[tuple[str, str]]) -> None:
        """Send the request."""
        self._stream = self._client.quic.get_next_available_stream_id()
        encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        self._http.send_headers(self._stream, encoded, end_stream=True)
        self._client.listen(self._event, self._end)
        self._client.transmit()

    def _event(self, event: QuicEvent) -> None:
        if self.over.done():
            return
        if isinstance(event, StreamReset) and event.stream_id == self._stream:
            self._unusable(f"the server reset the stream (error 0x{event.error_code:x})")
            return
        for each in self._http.handle_event(event):
            self._part(each)
        if self._http.excess:
            self._unusable(self._http.excess)

    def _part(self, part: H3Event) -> None:
        if self.over.done() or getattr(part, "stream_id", None) != self._stream:
            return
        match part:
            case HeadersReceived():
                self._fields(part)
            case DataReceived():
                self.length += len(part.data)
                self.start += part.data[: BODY_START - len(self.start)]
                if self.length > MAXIMUM_BODY and not part.stream_ended:
                    self.cut = True
                    self._done()
            case _:
                return
        if part.stream_ended and not self.over.done():
            self.ended = True
            self._done()

    def _fields(self, part: HeadersReceived) -> None:
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in part.headers]
        if self.status:
            self.oddities.append(f"{len(fields)} trailer fields behind the body")
            return
        status = next((value for name, value in fields if name == ":status"), "")
        # The library has looked whether there is exactly one.
        if not (status.isascii() and status.isdigit() and len(status) == 3):
            self._unusable(f"a status that is none: {status[:20]}")
            return
        if 100 <= int(status) < 200:
            self._interim += 1
            self._draft.notes.append(f"before the response: {status}")
            if self._interim > MAXIMUM_INTERIM:
                self._unusable("one interim response (1xx) after the other")
            return
        self._draft.watch.lap("first byte")
        self.status = int(status)
        plain = [field for field in fields if not field[0].startswith(":")]
        if len(plain) > MAXIMUM_FIELDS:
            self.oddities.append(f"{len(plain) - MAXIMUM_FIELDS} fields beyond the first {MAXIMUM_FIELDS}")
        self.headers = tuple(plain[:MAXIMUM_FIELDS])

    def _unusable(self, what: str) -> None:
        self._end(ProbeError(ProbeOutcome.UNUSABLE, what))

    def _end(self, error: ProbeError) -> None:
        if not self.over.done():
            self.failure = error
            self._done()

    def _done(self) -> None:
        self.over.set_result(None)


async def over_http3(
    draft: Draft, client: QuicClient, url: str, authority: str, path: str, method: str
) -> None:
    """Ask, and add the response to the draft.

    Raises:
        ProbeError: no response came, or it breaks the protocol.
    """
    response = _Response(draft, client)
    request = [(":method", method), (":scheme", "https"), (":authority", authority), (":path", path)]
    try:
        response.ask([*request, ("user-agent", USER_AGENT), ("accept", "*/*")])
        await response.over
    finally:
        if response.status:
            draft.responses.append(_facts(url, response))
    if not response.status:
        failure = response.failure
        outcome = failure.outcome if failure is not None else ProbeOutcome.UNUSABLE
        reason = failure.reason if failure is not None else "a stream without a response"
        raise ProbeError(outcome, f"{draft.target} does not answer in HTTP/3: {reason}")
    draft.watch.lap("body")


def _facts(url: str, response: _Response) -> HttpFacts:
    ending = "end of stream" if response.ended else ""
    if response.cut:
        ending = LEFT_OFF
    problem = response.failure.reason if response.failure is not None else "it did not come in time"
    return response_facts(
        url,
        "3",
        response.status,
        "",
        response.headers,
        body_start=bytes(response.start),
        body_length=response.length,
        complete=response.ended or response.cut,
        ending=ending or problem,
        oddities=tuple(response.oddities),
    )
