"""What the header fields of an HTTP response mean for security, and which ones are missing.

>>> [each.name for each in judge_response(200, [("Server", "nginx/1.22.1")], secure=False)][:2]
['not-encrypted', 'software-told']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from netanatomy.schema.probe import Judgement

BAD, WEAK, NOTE, GOOD = "bad", "weak", "note", "good"
HALF_YEAR = 15_768_000  # seconds; what hstspreload.org asks for is a year, auditors mostly half of one
SOFTWARE = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "via")
MAXIMUM_COOKIES = 50
"""Cookies that are judged; a server may send hundreds."""

Fields = Sequence[tuple[str, str]]


def judge_response(status: int, fields: Fields, *, secure: bool) -> tuple[Judgement, ...]:
    """What a response does for the security of whoever uses the site, and what it leaves undone.

    Args:
        status: of the response; errors and redirects are not asked for what protects a page.
        fields: header fields.
        secure: whether it came through TLS.
    """
    return tuple(_judged(status, fields, secure))


def _judged(status: int, fields: Fields, secure: bool) -> Iterator[Judgement]:
    if not secure:
        why = "Whoever is on the way reads all of it, and may change it."
        yield Judgement("not-encrypted", WEAK, "http://", why, "RFC 7258")
    yield from _transport_security(fields, secure)
    yield from _software(fields)
    yield from _cookies(fields, secure)
    yield from _sharing(fields)
    if status < 300:
        yield from _page(fields)
    for name in ("x-xss-protection", "public-key-pins", "expect-ct"):
        for value in _values(fields, name):
            why = "Browsers no longer heed it; the first two have done harm."
            yield Judgement("header-obsolete", NOTE, f"{name}: {value}", why, "OWASP Secure Headers Project")


def _values(fields: Fields, wanted: str) -> list[str]:
    return [value for name, value in fields if name.lower() == wanted]


def _transport_security(fields: Fields, secure: bool) -> Iterator[Judgement]:
    reference = "RFC 6797"
    values = _values(fields, "strict-transport-security")
    if not secure:
        if values:
            yield Judgement("hsts-in-clear", NOTE, values[0], "Without TLS browsers ignore it.", reference)
        return
    if not values:
        why = "A browser may be led to http:// and read on the way; nothing tells it never to go there."
        yield Judgement("hsts-missing", WEAK, "no Strict-Transport-Security", why, reference)
        return
    found = re.search(r'max-age="?(\d{1,12})', values[0], re.IGNORECASE)
    seconds = int(found[1]) if found else 0
    what = f"Strict-Transport-Security: {values[0]}"
    if seconds < HALF_YEAR:
        yield Judgement("hsts-short", WEAK, what, "Browsers forget it before half a year is over.", reference)
    else:
        yield Judgement(
            "hsts", GOOD, what, "Browsers come through TLS only, from the second visit on.", reference
        )


def _software(fields: Fields) -> Iterator[Judgement]:
    for name, value in fields:
        if name.lower() in SOFTWARE and re.search(r"\d+\.\d+", value):
            why = "It tells which version to look up in a list of vulnerabilities."
            yield Judgement("software-told", NOTE, f"{name}: {value}", why, "CWE-200")


def _cookies(fields: Fields, secure: bool) -> Iterator[Judgement]:
    for value in _values(fields, "set-cookie")[:MAXIMUM_COOKIES]:
        name = value.partition("=")[0].strip()
        flags = {part.strip().lower().partition("=")[0] for part in value.split(";")[1:]}
        what = f"Set-Cookie: {name}"
        if "secure" not in flags:
            why = "The browser sends it over http:// too, where it can be read."
            yield Judgement("cookie-not-secure", WEAK, what, why, "RFC 6265 8.3")
        elif not secure:
            why = "Set without TLS: browsers refuse it."
            yield Judgement("cookie-secure-in-clear", NOTE, what, why, "RFC 6265bis 5.7")
        if "httponly" not in flags:
            why = "Any script on the page can read it: with injected script a session is stolen."
            yield Judgement("cookie-for-scripts", NOTE, what, why, "RFC 6265 4.1.2.6")
        if "samesite" not in flags:
            why = "Whether other sites' requests carry it depends on the browser (CSRF)."
            yield Judgement("cookie-cross-site", NOTE, what, why, "RFC 6265bis 5.6.7")


def _sharing(fields: Fields) -> Iterator[Judgement]:
    credentials = any(
        value.strip() == "true" for value in _values(fields, "access-control-allow-credentials")
    )
    for value in _values(fields, "access-control-allow-origin"):
        what = f"Access-Control-Allow-Origin: {value}"
        if value.strip() == "null" and credentials:
            why = "Any page can have the origin null, and read with the visitor's cookies."
            yield Judgement("cors-null", BAD, what, why, "Fetch Standard 3.3")
        elif value.strip() == "*":
            why = "Every site's scripts may read this; right for public content only."
            yield Judgement("cors-everybody", NOTE, what, why, "Fetch Standard 3.3")


def _page(fields: Fields) -> Iterator[Judgement]:
    policies = _values(fields, "content-security-policy")
    if not policies:
        why = "Nothing limits what an injected script may do or load."
        yield Judgement("csp-missing", NOTE, "no Content-Security-Policy", why, "W3C CSP Level 3")
    for policy in policies:
        loose = re.search(r"(?:script-src|default-src)[^;]*'unsafe-(?:inline|eval)'", policy)
        excused = re.search(r"'(?:nonce-|sha256-|sha384-|sha512-|strict-dynamic)", policy)
        what = f"Content-Security-Policy: {policy}"
        if loose and not excused:
            why = "unsafe-inline and unsafe-eval let injected script run: against it the policy is of no use."
            yield Judgement("csp-unsafe", WEAK, what, why, "W3C CSP Level 3")
        else:
            yield Judgement(
                "csp", GOOD, what, "It limits where the page's content may come from.", "W3C CSP Level 3"
            )
    framed = any("frame-ancestors" in policy for policy in policies)
    if not framed and not _values(fields, "x-frame-options"):
        why = "Another site may show this page within itself and steal clicks."
        yield Judgement("framing-open", NOTE, "neither X-Frame-Options nor frame-ancestors", why, "RFC 7034")
    types = [value.strip().lower() for value in _values(fields, "x-content-type-options")]
    if "nosniff" not in types:
        why = "Browsers may guess a type, and run as script what was uploaded as a picture."
        yield Judgement(
            "sniffing-open", NOTE, "no X-Content-Type-Options: nosniff", why, "Fetch Standard 3.6"
        )
    for value in _values(fields, "referrer-policy"):
        if value.strip().lower() == "unsafe-url":
            why = "Whole addresses, with what is secret in them, go to every other site."
            yield Judgement("referrer-told", WEAK, f"Referrer-Policy: {value}", why, "W3C Referrer Policy")
