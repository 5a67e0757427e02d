r"""HTTP/1.1 and HTTP/1.0 messages (RFC 9110, RFC 9112): heads, bodies, and how to write them.

Nothing here reads from anywhere: octets go in, messages come out. What a strict parser would refuse but
real servers send (a line that ends in LF alone, a field without a colon) is read and told as an oddity.

>>> head = parse_response(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
>>> head.status, head.reason, head.values("content-length")
(200, 'OK', ['2'])
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from netanatomy.errors import MalformedError
from netanatomy.schema.frozen import frozen

LAYER = "http"
MAXIMUM_HEAD = 65_536
"""Octets of a head: a peer that never ends it would fill the memory otherwise."""

MAXIMUM_FIELDS = 500
"""Fields of a head: tens of thousands of empty ones fit into `MAXIMUM_HEAD`."""

MAXIMUM_CHUNK_LINE = 1024
"""Octets of a chunk-size line with its extensions (RFC 9112 section 7.1.1); no known one is longer."""

MAXIMUM_LENGTH_DIGITS = 18
"""Digits of a length: more than fit into 63 bits are a trick, not a length."""

HEAD_END = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(r"HTTP/(\d\.\d) +([0-9]{3})(?: (.*))?\Z", re.ASCII | re.DOTALL)
REQUEST_LINE = re.compile(r"(\S+) +(\S+) +HTTP/(\d\.\d)\Z", re.ASCII)
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")  # RFC 9110 section 5.6.2
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}\Z")  # RFC 9112 section 7.1

Fields = tuple[tuple[str, str], ...]


class Framing(StrEnum):
    """How the end of a body is found (RFC 9112 section 6.3)."""

    NONE = "none"
    LENGTH = "content-length"
    CHUNKED = "chunked"
    CLOSE = "until the connection is closed"


@frozen
class Head:
    """What requests and responses have in common.

    Attributes:
        version: `1.0`, `1.1` …
        fields: names and values in their order; octets beyond ASCII as Latin-1 has them.
        oddities: what the protocol does not allow, and was read all the same.
    """

    version: str
    fields: Fields
    oddities: tuple[str, ...]

    def values(self, name: str) -> list[str]:
        """The values of all fields of a name; capitals do not matter."""
        wanted = name.lower()
        return [value for found, value in self.fields if found.lower() == wanted]

    def tokens(self, name: str) -> list[str]:
        """The members of a comma-separated list, in small letters (RFC 9110 section 5.6.1)."""
        return [
            token.strip().lower()
            for value in self.values(name)
            for token in value.split(",")
            if token.strip()
        ]


@frozen
class Request(Head):
    """The head of a request."""

    method: str
    target: str


@frozen
class Response(Head):
    """The head of a response."""

    status: int
    reason: str


def head_length(octets: bytes | bytearray, searched: int = 0) -> int | None:
    r"""Octets of the head with the empty line at its end, or None while that has not come.

    Args:
        octets: what has come so far.
        searched: octets that a call before has seen.

    Raises:
        MalformedError: the head is longer than `MAXIMUM_HEAD`.

    >>> head_length(b"GET / HTTP/1.1\r\n\r\nrest"), head_length(b"GET / HT")
    (18, None)
    """
    found = HEAD_END.search(octets, max(0, searched - 3))
    if found is None or found.end() > MAXIMUM_HEAD:
        if len(octets) > MAXIMUM_HEAD:
            raise MalformedError(f"the head has more than {MAXIMUM_HEAD} octets", LAYER, MAXIMUM_HEAD)
        return None
    return found.end()


def parse_request(octets: bytes) -> Request:
    r"""The head of a request.

    Raises:
        MalformedError: it begins with no request line.

    >>> parse_request(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n").target
    '/x'
    """
    first, fields, oddities = _lines(octets)
    found = REQUEST_LINE.match(first)
    if found is None:
        raise MalformedError("no request line", LAYER, 0)
    return Request(found[3], fields, oddities, found[1], found[2])


def parse_response(octets: bytes) -> Response:
    """The head of a response.

    Raises:
        MalformedError: it begins with no status line.
    """
    first, fields, oddities = _lines(octets)
    found = STATUS_LINE.match(first)
    if found is None:
        raise MalformedError("no status line", LAYER, 0)
    return Response(found[1], fields, oddities, int(found[2]), found[3] or "")


def _lines(octets: bytes) -> tuple[str, Fields, tuple[str, ...]]:
    """The first line, the fields, and what is odd about them."""
    oddities: list[str] = []
    text = octets.decode("latin-1")
    if re.search(r"(?<!\r)\n", text):
        oddities.append("a line ends in LF alone")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        del lines[-1]
    if not lines:
        raise MalformedError("an empty head", LAYER, 0)
    if len(lines) - 1 > MAXIMUM_FIELDS:
        oddities.append(f"{len(lines) - 1 - MAXIMUM_FIELDS} fields beyond the first {MAXIMUM_FIELDS}")
    fields: list[tuple[str, str]] = []
    for line in lines[1 : MAXIMUM_FIELDS + 1]:
        if line[:1] in (" ", "\t") and fields:  # RFC 9112 section 5.2
            oddities.append(f"the field {fields[-1][0]} is folded over several lines")
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if not colon:
            oddities.append(f"a line without a colon: {line[:80]}")
            continue
        if not TOKEN.match(name):
            # RFC 9112 section 5.1: a blank before the colon has been used to smuggle requests.
            oddities.append(f"a field name that is none: {name[:80]!r}")
        fields.append((name.strip(), value.strip(" \t")))
    return lines[0], tuple(fields), tuple(dict.fromkeys(oddities))


def response_framing(head: Response, method: str) -> tuple[Framing, int]:
    """How the body of a response ends, and its length where that is known (RFC 9112 section 6.3).

    Raises:
        MalformedError: the lengths contradict one another, or are none.
    """
    if method == "HEAD" or head.status < 200 or head.status in (204, 304):
        return Framing.NONE, 0
    if method == "CONNECT" and head.status < 300:
        return Framing.NONE, 0
    framing, length = _framing(head)
    return (Framing.CLOSE, 0) if framing is Framing.NONE else (framing, length)


def request_framing(head: Request) -> tuple[Framing, int]:
    """How the body of a request ends, and its length where that is known (RFC 9112 section 6.3).

    Raises:
        MalformedError: the lengths contradict one another, or are none; or the request might be a
            smuggled one.
    """
    if head.values("transfer-encoding") and head.values("content-length"):
        raise MalformedError("both Transfer-Encoding and Content-Length", LAYER, 0)
    framing, length = _framing(head)
    if framing is Framing.CLOSE:
        raise MalformedError("a transfer coding that ends nowhere", LAYER, 0)
    return framing, length


def _framing(head: Head) -> tuple[Framing, int]:
    codings = head.tokens("transfer-encoding")
    if codings:
        return (Framing.CHUNKED if codings[-1] == "chunked" else Framing.CLOSE), 0
    lengths = set(head.tokens("content-length"))
    if not lengths:
        return Framing.NONE, 0
    if len(lengths) > 1:
        raise MalformedError("several lengths that differ", LAYER, 0)
    (text,) = lengths
    if not (text.isascii() and text.isdigit() and len(text) <= MAXIMUM_LENGTH_DIGITS):
        raise MalformedError("a Content-Length that is no number", LAYER, 0)
    return Framing.LENGTH, int(text)


class Body:
    r"""Takes the octets behind a head and gives those of the body.

    >>> body = Body(Framing.CHUNKED)
    >>> body.feed(b"3\r\nabc\r\n0"), body.complete
    (b'abc', False)
    >>> body.feed(b"\r\n\r\nGET"), body.complete, body.rest
    (b'', True, b'GET')
    """

    def __init__(self, framing: Framing, length: int = 0) -> None:
        self.framing = framing
        self.complete = framing is Framing.NONE or (framing is Framing.LENGTH and not length)
        self.rest = b""
        """What came behind the end of the body."""
        self._left = length
        self._buffer = bytearray()
        self._state = "size"
        self._trailer = 0

    def feed(self, octets: bytes) -> bytes:
        """The octets of the body among these.

        Raises:
            MalformedError: the chunks are broken.
        """
        if self.complete:
            self.rest += octets
            return b""
        if self.framing is Framing.CLOSE:
            return octets
        if self.framing is Framing.LENGTH:
            taken = octets[: self._left]
            self._left -= len(taken)
            if not self._left:
                self.complete = True
                self.rest = octets[len(taken) :]
            return taken
        return self._chunks(octets)

    def closed(self) -> bool:
        """The peer has closed the connection: whether the body is whole."""
        if self.framing is Framing.CLOSE:
            self.complete = True
        return self.complete

    def _chunks(self, octets: bytes) -> bytes:
        self._buffer += octets
        buffer, given = self._buffer, bytearray()
        while not self.complete:
            if self._state == "data":
                taken = buffer[: self._left]
                given += taken
                del buffer[: len(taken)]
                self._left -= len(taken)
                if self._left:
                    break
                self._state = "end of data"
            line = self._line()
            if line is None:
                break
            self._take(line)
        return bytes(given)

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, MAXIMUM_CHUNK_LINE)
        if end < 0:
            if len(self._buffer) >= MAXIMUM_CHUNK_LINE:
                raise MalformedError("a chunk line that does not end", LAYER, 0)
            return None
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _take(self, line: bytes) -> None:
        if self._state == "end of data":
            if line:
                raise MalformedError("a chunk that is longer than it says", LAYER, 0)
            self._state = "size"
        elif self._state == "size":
            digits = line.partition(b";")[0].strip(b" \t")
            if not CHUNK_SIZE.match(digits):
                raise MalformedError("a chunk size that is no number", LAYER, 0)
            self._left = int(digits, 16)
            self._state = "data" if self._left else "trailer"
        elif line:
            self._trailer += 1
            if self._trailer > MAXIMUM_FIELDS:
                raise MalformedError("a trailer that does not end", LAYER, 0)
        else:
            self.complete = True
            self.rest = bytes(self._buffer)
            self._buffer.clear()


def request_octets(method: str, target: str, fields: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    r"""A request as it goes out.

    Raises:
        MalformedError: something in it would end its line, and smuggle in another.

    >>> request_octets("GET", "/", [("Host", "a")])
    b'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    """
    return _octets(f"{method} {target} HTTP/1.1", fields, body)


def response_octets(status: int, reason: str, fields: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """A response as it goes out.

    Raises:
        MalformedError: as for `request_octets`.
    """
    return _octets(f"HTTP/1.1 {status} {reason}", fields, body)


def _octets(first: str, fields: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in fields)]
    if any(forbidden in line for line in lines for forbidden in "\r\n\0"):
        raise MalformedError("a line end within a line", LAYER, 0)
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
