"""A request and its response over HTTP/1.1."""

from __future__ import annotations

from netanatomy.active.probe.draft import Draft
from netanatomy.active.probe.failure import ProbeError, quoted
from netanatomy.active.probe.http_response import (
    BODY_START,
    LEFT_OFF,
    MAXIMUM_BODY,
    MAXIMUM_INTERIM,
    USER_AGENT,
    response_facts,
)
from netanatomy.active.probe.stream import Stream
from netanatomy.errors import MalformedError
from netanatomy.layers.application.http1 import (
    Body,
    Framing,
    Response,
    head_length,
    parse_response,
    request_octets,
    response_framing,
)
from netanatomy.layers.application.identify import identify
from netanatomy.schema.probe import ProbeOutcome

SWITCHING = 101  # RFC 9110 section 15.2.2: what follows is another protocol


async def over_http1(draft: Draft, stream: Stream, url: str, authority: str, path: str, method: str) -> None:
    """Ask, and add the response to the draft.

    Raises:
        ProbeError: no response came.
        MalformedError: what came is none.
    """
    fields = [("Host", authority), ("User-Agent", USER_AGENT), ("Accept", "*/*"), ("Connection", "close")]
    await stream.send(request_octets(method, path, fields))
    head, rest = await _head(draft, stream)
    draft.watch.lap("first byte")
    framing, length = response_framing(head, method)
    body = Body(framing, length)
    start, received, problem = bytearray(), 0, ""
    octets = rest
    try:
        while True:
            content = body.feed(octets)
            received += len(content)
            start += content[: BODY_START - len(start)]
            if body.complete:
                break
            if received > MAXIMUM_BODY:
                problem = LEFT_OFF
                break
            octets = await stream.receive()
            if not octets:
                if not body.closed():
                    problem = "the connection was closed before its end"
                break
    except MalformedError as error:
        problem = error.reason
    except OSError as error:
        problem = f"the connection broke: {error.strerror or error}"
    finally:
        cut_by_us = problem == LEFT_OFF
        oddities = (*head.oddities, *(("octets behind the end of the body",) if body.rest else ()))
        complete = body.complete or cut_by_us
        missing = (
            f", {length - received} octets are missing" if framing is Framing.LENGTH and not complete else ""
        )
        draft.responses.append(
            response_facts(
                url,
                head.version,
                head.status,
                head.reason,
                head.fields,
                body_start=bytes(start),
                body_length=received,
                complete=complete,
                ending=f"{problem}{missing}"
                if problem
                else framing.value
                if complete
                else f"cut short{missing}",
                oddities=oddities,
            )
        )
    draft.watch.lap("body")


async def _head(draft: Draft, stream: Stream) -> tuple[Response, bytes]:
    """The head of the response, without those before it that only keep one waiting, and what came behind."""
    buffer, searched = bytearray(), 0
    for _ in range(MAXIMUM_INTERIM):
        while (length := head_length(buffer, searched)) is None:
            searched = len(buffer)
            octets = await stream.receive()
            if not octets:
                raise _nothing(draft, bytes(buffer))
            buffer += octets
            # What is no HTTP is told at once; its end may never come.
            start = bytes(buffer[:5])
            if not b"HTTP/".startswith(start[: len(buffer)]):
                raise _no_http(draft, bytes(buffer))
        head = parse_response(bytes(buffer[:length]))
        del buffer[:length]
        searched = 0
        if head.status >= 200 or head.status == SWITCHING:
            return head, bytes(buffer)
        draft.notes.append(f"before the response: {head.status} {head.reason}".rstrip())
    raise ProbeError(
        ProbeOutcome.UNUSABLE, f"{draft.target} sends one interim response (1xx) after the other"
    )


def _nothing(draft: Draft, octets: bytes) -> ProbeError:
    if not octets:
        return ProbeError(ProbeOutcome.CLOSED, f"{draft.target} closes the connection without a response")
    return ProbeError(
        ProbeOutcome.UNUSABLE, f"{draft.target} closes the connection within the head: {quoted(octets[:60])}"
    )


def _no_http(draft: Draft, octets: bytes) -> ProbeError:
    name = identify(octets)
    what = f"it speaks {name}" if name else f"it says {quoted(octets[:60])}"
    return ProbeError(ProbeOutcome.UNUSABLE, f"{draft.target} does not answer in HTTP/1: {what}")
