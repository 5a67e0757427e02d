"""An HTTP probe: status, headers and what they mean, redirects, and whether the whole body came."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.http1 import over_http1
from netanatomy.active.probe.http2 import over_http2
from netanatomy.active.probe.start_quic import start_quic
from netanatomy.active.probe.starttls import start_tls
from netanatomy.active.probe.target import Target, endpoint, host_name
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import Probe, ProbeOutcome

PORTS = {"http": 80, "https": 443}
MAXIMUM_REDIRECTS = 20
"""Redirects that are followed at most: two pages may point to each other."""

METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

VERSIONS = ("", "1.1", "2", "3")


@frozen
class HttpOptions:
    """What to ask for.

    Attributes:
        method: one of `METHODS`.
        follow: redirects to follow, at most.
        version: `1.1`, `2`, `3` (over QUIC), or empty: what the server prefers of the first two; without TLS
            that is 1.1.
        server_name: for which the certificate must be, if not the host of the URL.
    """

    method: str = "GET"
    follow: int = 0
    version: str = ""
    server_name: str = ""


async def aprobe_http(
    url: str, options: ProbeOptions | None = None, http: HttpOptions | None = None
) -> Probe:
    """Ask for a page.

    Args:
        url: `http://…` or `https://…`; without a scheme http://.
        options: how to probe; the time is for all redirects together.
        http: what to ask for.

    Raises:
        UsageError: the URL makes no sense.

    >>> import asyncio
    >>> from netanatomy.active.echo import HttpEcho
    >>> async def example() -> Probe:
    ...     async with HttpEcho(["127.0.0.1"]) as server:
    ...         return await aprobe_http("http://%s:%d/page" % server.endpoints[0])
    >>> asyncio.run(example()).responses[0].status
    200
    """
    wanted = http or HttpOptions()
    if wanted.method not in METHODS or wanted.version not in VERSIONS or wanted.follow > MAXIMUM_REDIRECTS:
        methods = ", ".join(METHODS)
        raise UsageError(
            f"a probe asks with {methods}, HTTP 1.1, 2 or 3, and follows {MAXIMUM_REDIRECTS} redirects"
        )
    first = parse_url(url)
    if wanted.version == "3":
        _check_quic(first, options)
    draft = Draft("http", target_of(first, url), options or ProbeOptions())
    if draft.options.ca:
        from netanatomy.active.probe.tls_facts import check_authorities

        check_authorities(draft.options.ca)

    async def work(draft: Draft) -> str:
        place: SplitResult | None = first
        for step in range(wanted.follow + 1):
            if place is None:
                break
            await _asked(draft, place, wanted, first=step == 0)
            place = _next(draft)
        last = draft.responses[-1]
        _tell_alternatives(draft)
        if last.location:
            followed = f"after {wanted.follow} redirects " if wanted.follow else ""
            draft.notes.append(f"{followed}it points on to {last.location}; --follow goes there")
        if not last.complete:
            reason = f"{last.url} answers {last.status}, but its body is not whole: {last.ending}"
            raise ProbeError(ProbeOutcome.UNUSABLE, reason)
        said = f"{last.url} answers {last.status} {last.reason}".rstrip()
        return f"{said} over HTTP/{last.version}"

    return await carry_out(draft, work)


def probe_http(url: str, options: ProbeOptions | None = None, http: HttpOptions | None = None) -> Probe:
    """`aprobe_http` for code that is not asynchronous.

    >>> from netanatomy.active.echo import HttpEcho
    >>> with HttpEcho(["127.0.0.1"]) as server:
    ...     found = probe_http("http://%s:%d/" % server.endpoints[0], http=HttpOptions(method="HEAD"))
    >>> answer = found.responses[0]
    >>> answer.status, answer.version, dict(answer.headers)["Content-Type"], answer.body_length
    (200, '1.1', 'application/json', 0)
    """
    return result_of(aprobe_http(url, options, http))


def parse_url(text: str) -> SplitResult:
    """A URL of HTTP, with its scheme.

    Raises:
        UsageError: it is none.

    >>> parse_url("localhost:8080/x").geturl()
    'http://localhost:8080/x'
    """
    given = text.strip()
    if not given.isprintable() or " " in given:
        raise UsageError(f"{text}: a URL has neither blanks nor control characters")
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{given}: no URL: {error}") from error
    if parts.scheme not in PORTS:
        raise UsageError(f"{given}: the scheme must be http or https")
    if not parts.hostname or port == 0:
        raise UsageError(f"{given}: a URL without a host, or with port 0")
    if parts.username is not None:
        raise UsageError(f"{given}: a password in a URL would be shown; a probe does not log in")
    return parts


def target_of(parts: SplitResult, given: str) -> Target:
    """Whom to connect to for a URL."""
    return Target(given, host_name(parts.hostname or ""), parts.port or PORTS[parts.scheme])


def authority(target: Target, scheme: str) -> str:
    """Host and port as the field Host has them: without the usual port."""
    if target.port != PORTS[scheme]:
        return endpoint(target.host, target.port)
    return f"[{target.host}]" if ":" in target.host else target.host


async def _asked(draft: Draft, place: SplitResult, wanted: HttpOptions, *, first: bool) -> None:
    target = target_of(place, place.geturl())
    if wanted.version == "3":
        await _asked_over_quic(draft, place, wanted, target, first=first)
        return
    await draft.connect(None if first else target)
    secure = place.scheme == "https"
    version = wanted.version or "1.1"
    if secure:
        offered = {"": ("h2", "http/1.1"), "1.1": ("http/1.1",), "2": ("h2",)}[wanted.version]
        name = wanted.server_name if first else ""
        tls = await start_tls(draft, offered, name, None if first else target)
        version = "2" if tls.facts is not None and tls.facts.alpn == "h2" else "1.1"
        if wanted.version == "2" and version != "2":
            raise ProbeError(ProbeOutcome.UNUSABLE, f"{target} does not agree on HTTP/2 (ALPN)")
    if draft.stream is None:
        return
    draft.doing = f"asking {target}"
    over = over_http2 if version == "2" else over_http1
    url = place.geturl()
    await over(draft, draft.stream, url, authority(target, place.scheme), path_of(place), wanted.method)


async def _asked_over_quic(
    draft: Draft, place: SplitResult, wanted: HttpOptions, target: Target, *, first: bool
) -> None:
    from netanatomy.active.probe.http3 import ALPN, over_http3

    if place.scheme != "https":
        raise ProbeError(ProbeOutcome.UNUSABLE, f"the redirect to {place.geturl()} leaves TLS, and so HTTP/3")
    name = wanted.server_name if first else ""
    client = await start_quic(draft, (ALPN,), name, None if first else target)
    try:
        draft.doing = f"asking {target}"
        place_name = authority(target, place.scheme)
        await over_http3(draft, client, place.geturl(), place_name, path_of(place), wanted.method)
    finally:
        if first:
            draft.quic = client.quic_facts()
        client.close()


def path_of(place: SplitResult) -> str:
    """What is asked for of a server; octets beyond ASCII as they are in UTF-8, each as one character.

    >>> path_of(urlsplit("http://x?q")), path_of(urlsplit("http://x/ü"))
    ('/?q', '/Ã¼')
    """
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    return path.encode("utf-8").decode("latin-1") if not path.isascii() else path


def _check_quic(place: SplitResult, options: ProbeOptions | None) -> None:
    """Whether HTTP/3 can be asked for at all.

    Raises:
        UsageError: it cannot.
    """
    if place.scheme != "https":
        raise UsageError(f"{place.geturl()}: HTTP/3 is always within TLS: write https://")
    if options is not None and options.via is not None:
        raise UsageError("HTTP/3 goes over UDP, which does not go through --via: leave one of the two out")


def _tell_alternatives(draft: Draft) -> None:
    """Say where HTTP/3 is offered, if it was not what was asked in."""
    for response in draft.responses:
        for each in response.alternatives if response.version != "3" else ():
            if each.protocol == "h3":
                where = endpoint(each.host or draft.target.host, each.port)
                draft.notes.append(f"{response.url} offers HTTP/3 at {where} (Alt-Svc); --http 3 asks in it")


def _next(draft: Draft) -> SplitResult | None:
    """Where the last response points to; None if nowhere, or to where a probe does not go."""
    last = draft.responses[-1]
    if not last.location:
        return None
    try:
        place = parse_url(last.location)
    except UsageError as error:
        draft.notes.append(f"a redirect that cannot be followed: {error}")
        return None
    if last.url.startswith("https:") and place.scheme == "http":
        draft.notes.append("a redirect leads from https:// back to http://, where it can be read and changed")
    return place
