"""What all versions of HTTP make of a response."""

from __future__ import annotations

from urllib.parse import urljoin

from netanatomy.layers.application.alt_svc import alternatives
from netanatomy.layers.application.http_security import judge_response
from netanatomy.schema.probe import HttpFacts

MAXIMUM_BODY = 10_000_000
"""Octets of a body that are fetched; some are endless."""

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
        oddities=oddities,
        judgements=judge_response(status, headers, secure=url.startswith("https:")),
        alternatives=alternatives([value for name, value in headers if name.lower() == "alt-svc"]),
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
