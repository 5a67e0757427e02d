"""A request and its response over HTTP/2 (RFC 9113), by the library h2."""

from __future__ import annotations

from netanatomy.active.probe.draft import Draft
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.http_response import (
    BODY_START,
    LEFT_OFF,
    MAXIMUM_BODY,
    USER_AGENT,
    response_facts,
)
from netanatomy.active.probe.stream import Stream
from netanatomy.schema.probe import HttpFacts, ProbeOutcome

MAXIMUM_OCTETS = 2 * MAXIMUM_BODY
"""Octets that a server may send in all: frames without content would go on for ever."""


class _Response:
    """A response as its parts come in."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.start = bytearray()
        self.length = 0
        self.ended = False
        self.problem = ""

    def take(self, headers: list[tuple[bytes, bytes]]) -> None:
        fields = [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers]
        status = next((value for name, value in fields if name == ":status"), "")
        if not (status.isascii() and status.isdigit() and len(status) == 3):
            self.problem = f"a status that is none: {status[:20]}"
            return
        self.status = int(status)
        self.headers = tuple(field for field in fields if not field[0].startswith(":"))

    def data(self, octets: bytes) -> None:
        self.length += len(octets)
        self.start += octets[: BODY_START - len(self.start)]


async def over_http2(draft: Draft, stream: Stream, url: str, authority: str, path: str, method: str) -> None:
    """Ask, and add the response to the draft.

    Raises:
        ProbeError: no response came, or it breaks the protocol.
    """
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset
    from h2.exceptions import H2Error

    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    connection.initiate_connection()
    scheme = url.partition(":")[0]
    request = [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
    connection.send_headers(1, [*request, ("user-agent", USER_AGENT), ("accept", "*/*")], end_stream=True)
    await stream.send(connection.data_to_send())
    response, received = _Response(), 0
    try:
        while not (response.ended or response.problem):
            octets = await stream.receive()
            received += len(octets)
            if not octets:
                response.problem = "the connection was closed before its end"
                break
            for event in connection.receive_data(octets):
                match event:
                    case ResponseReceived():
                        draft.watch.lap("first byte")
                        response.take([(bytes(name), bytes(value)) for name, value in event.headers])
                    case DataReceived():
                        response.data(event.data or b"")
                        connection.acknowledge_received_data(event.flow_controlled_length or 0, 1)
                    case StreamEnded():
                        response.ended = True
                    case StreamReset():
                        response.problem = f"the server reset the stream (error {event.error_code})"
                    case ConnectionTerminated() if not response.ended:
                        response.problem = f"the server closes the connection (error {event.error_code})"
            if response.length > MAXIMUM_BODY or received > MAXIMUM_OCTETS:
                break
            await stream.send(connection.data_to_send())
    except H2Error as error:
        response.problem = f"broken HTTP/2: {error or type(error).__name__}"
    except OSError as error:
        response.problem = f"the connection broke: {error.strerror or error}"
    finally:
        if response.status:
            draft.responses.append(_facts(url, response))
    if not response.status:
        closed = not received
        outcome = ProbeOutcome.CLOSED if closed else ProbeOutcome.UNUSABLE
        reason = response.problem or "frames, but no response"
        raise ProbeError(outcome, f"{draft.target} does not answer in HTTP/2: {reason}")
    draft.watch.lap("body")


def _facts(url: str, response: _Response) -> HttpFacts:
    cut_by_us = not (response.ended or response.problem) and response.length > MAXIMUM_BODY
    ending = "end of stream" if response.ended else LEFT_OFF if cut_by_us else ""
    return response_facts(
        url,
        "2",
        response.status,
        "",
        response.headers,
        body_start=bytes(response.start),
        body_length=response.length,
        complete=response.ended or cut_by_us,
        ending=ending or response.problem or "it did not come in time",
    )
