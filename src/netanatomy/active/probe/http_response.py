"""What all versions of HTTP make of a response."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from urllib.parse import urljoin

from netanatomy.layers.application.alt_svc import alternatives
from netanatomy.layers.application.http_security import judge_response
from netanatomy.schema.probe import HttpFacts

MAXIMUM_BODY = 10_000_000
"""Octets of a body that are fetched; some are endless."""

LEFT_OFF = f"left off after {MAXIMUM_BODY} octets"
"""How the end of a longer body is told."""

BODY_START = 2048
"""Octets of a body that are kept."""

MAXIMUM_INTERIM = 20
"""Responses 1xx before the real one; a server could send them for ever."""

USER_AGENT = "netanatomy"


def response_facts(
    url: str,
    version: str,
    status: int,
    reason: str,
    headers: tuple[tuple[str, str], ...],
    *,
    body_start: bytes,
    body_length: int,
    complete: bool,
    ending: str,
    oddities: tuple[str, ...] = (),
) -> HttpFacts:
    """A response with what can be concluded from it."""
    location = next((value for name, value in headers if name.lower() == "location"), "")
    return HttpFacts(
        url=url,
        version=version,
        status=status,
        reason=reason,
        headers=headers,
        body_length=body_length,
        complete=complete,
        ending=ending,
        location=resolved_location(url, status, location),
        body_start=body_start,
        body_text=text_of(body_start, headers, whole=len(body_start) == body_length),
        body_limited=ending == LEFT_OFF,
        oddities=oddities,
        judgements=judge_response(status, headers, secure=url.startswith("https:")),
        alternatives=alternatives([value for name, value in headers if name.lower() == "alt-svc"]),
    )


def text_of(octets: bytes, headers: Sequence[tuple[str, str]], *, whole: bool) -> str:
    r"""A body as text, or nothing if it is none (an image, or compressed).

    Args:
        octets: the body, or its beginning.
        headers: of the response.
        whole: whether these are all octets; the beginning may end within a character.

    >>> text_of("né".encode(), (), whole=True), text_of("né".encode()[:2], (), whole=False)
    ('né', 'n')
    >>> text_of(b"n\xe9", [("Content-Type", "text/html")], whole=True), text_of(b"\x89PNG", (), whole=True)
    ('né', '')
    """
    if b"\0" in octets:
        return ""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(octets, whole)
    except UnicodeDecodeError:
        fields = {name.lower(): value.lower() for name, value in headers}
        plain = fields.get("content-encoding", "identity") == "identity"
        # What is no UTF-8 and yet text is Latin-1 as a rule: it was the default (RFC 2616 section 3.7.1).
        return (
            octets.decode("latin-1") if plain and fields.get("content-type", "").startswith("text/") else ""
        )


def resolved_location(url: str, status: int, location: str) -> str:
    """Where a redirect points to, or nothing (RFC 9110 section 15.4).

    >>> resolved_location("http://a/b/c", 302, "../d"), resolved_location("http://a/", 200, "/d")
    ('http://a/d', '')
    """
    if status not in (301, 302, 303, 307, 308) or not location:
        return ""
    try:
        return urljoin(url, location)
    except ValueError:
        return location
