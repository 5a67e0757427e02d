"""LDAP (RFC 4511): what the root entry says, and StartTLS (RFC 4511 section 4.14)."""

from __future__ import annotations

from collections.abc import Generator

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Exactly,
    Send,
    Service,
    StartTls,
    Step,
    text,
)

LAYER = "ldap"
START_TLS = b"1.3.6.1.4.1.1466.20037"
ATTRIBUTES = (
    "vendorName",
    "vendorVersion",
    "namingContexts",
    "supportedLDAPVersion",
    "supportedSASLMechanisms",
    "supportedExtension",
    "dnsHostName",
    "defaultNamingContext",
)
MAXIMUM_MESSAGE = 1_000_000
"""Octets of one message; a length field may ask for four gigabytes."""

MAXIMUM_MESSAGES = 100
MAXIMUM_VALUES = 30
"""Values of one attribute that are told."""

SEQUENCE, INTEGER, OCTETS, ENUMERATED, BOOLEAN, SET = 0x30, 0x02, 0x04, 0x0A, 0x01, 0x31
SEARCH, ENTRY, DONE, EXTENDED, EXTENDED_ANSWER, REFERENCE = 0x63, 0x64, 0x65, 0x77, 0x78, 0x73


def talk(conversation: Conversation) -> Dialogue:
    """Read the root entry, change to TLS, and read again whether TLS was offered in truth."""
    first = True
    code = -1
    yield Send(_search(1))
    for _ in range(MAXIMUM_MESSAGES):
        kind, body = yield from _message()
        if first:
            conversation.banner, first = "LDAP", False
        if kind == ENTRY:
            _entry(conversation, body)
        elif kind in (DONE, EXTENDED_ANSWER):
            code = _code(body)
            break
        elif kind != REFERENCE:
            raise MalformedError(f"message of kind {kind:#x} in answer to a search", LAYER, 0)
    if code:
        conversation.tell("search of the root entry", f"result {code}")
    if conversation.secure:
        return
    extensions = next((value for name, value in conversation.facts if name == "supportedExtension"), "")
    offered = START_TLS.decode() in extensions
    if conversation.upgrade:
        yield Send(_tlv(SEQUENCE, _tlv(INTEGER, b"\2") + _tlv(EXTENDED, _tlv(0x80, START_TLS))))
        kind, body = yield from _message()
        if kind != EXTENDED_ANSWER:
            raise MalformedError(f"message of kind {kind:#x} in answer to StartTLS", LAYER, 0)
        offered = _code(body) == 0
        if offered:
            conversation.starttls = True
            yield StartTls()
    conversation.starttls = offered
    if not offered:
        conversation.no_tls("RFC 4513 section 3")


def _search(number: int) -> bytes:
    """A search of the root entry alone (RFC 4512 section 5.1)."""
    attributes = b"".join(_tlv(OCTETS, name.encode()) for name in ATTRIBUTES)
    request = (
        _tlv(OCTETS, b"")
        + _tlv(ENUMERATED, b"\0")  # base object
        + _tlv(ENUMERATED, b"\0")  # aliases: never followed
        + _tlv(INTEGER, b"\1")  # one entry
        + _tlv(INTEGER, b"\5")  # seconds
        + _tlv(BOOLEAN, b"\0")
        + _tlv(0x87, b"objectClass")  # filter: present
        + _tlv(SEQUENCE, attributes)
    )
    return _tlv(SEQUENCE, _tlv(INTEGER, bytes([number])) + _tlv(SEARCH, request))


def _message() -> Generator[Step, bytes, tuple[int, memoryview]]:
    """The kind of a message and its content."""
    header = yield Exactly(2)
    if header[0] != SEQUENCE:
        raise MalformedError(f"no message: it begins with {header.hex()}", LAYER, 0)
    length = header[1]
    if length > 0x80:
        if length & 0x7F > 4:
            raise MalformedError("a length of more than four octets", LAYER, 1)
        length = int.from_bytes((yield Exactly(length & 0x7F)), "big")
    if length > MAXIMUM_MESSAGE or header[1] == 0x80:
        raise MalformedError("a message without end", LAYER, 1)
    body = yield Exactly(length)
    tag, _, rest = read(memoryview(body))
    if tag != INTEGER:
        raise MalformedError("a message without a number", LAYER, 2)
    kind, content, _ = read(rest)
    return kind, content


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def read(octets: memoryview) -> tuple[int, memoryview, memoryview]:
    """One BER element: its tag, its content, and what follows.

    Raises:
        TruncatedError: it is longer than there are octets.
        MalformedError: its length is none.

    A view, not octets: a message of many small elements would be copied for each of them.

    >>> [part if isinstance(part, int) else bytes(part) for part in read(memoryview(b"....."))]
    Traceback (most recent call last):
    netanatomy.errors.TruncatedError: ldap: needs 48 octets, has 5 at octet 0
    """
    if len(octets) < 2:
        raise TruncatedError(LAYER, 0, 2, len(octets))
    length, place = octets[1], 2
    if length & 0x80:
        size = length & 0x7F
        if not 0 < size <= 4:
            raise MalformedError("a length of no or too many octets", LAYER, 1)
        length, place = int.from_bytes(octets[2 : 2 + size], "big"), 2 + size
    if place + length > len(octets):
        raise TruncatedError(LAYER, 0, place + length, len(octets))
    return octets[0], octets[place : place + length], octets[place + length :]


def _code(body: memoryview) -> int:
    tag, value, _ = read(body)
    if tag != ENUMERATED:
        raise MalformedError("a result without a code", LAYER, 0)
    return int.from_bytes(value, "big")


def _entry(conversation: Conversation, body: memoryview) -> None:
    _, _, rest = read(body)
    _, attributes, _ = read(rest)
    while attributes:
        _, attribute, attributes = read(attributes)
        _, name, listed = read(attribute)
        _, values, _ = read(listed)
        found: list[str] = []
        count = 0
        while values:
            _, value, values = read(values)
            count += 1
            if count <= MAXIMUM_VALUES:
                found.append(text(bytes(value)))
        more = f" and {count - MAXIMUM_VALUES} more" if count > MAXIMUM_VALUES else ""
        conversation.tell(text(bytes(name)), ", ".join(found) + more)


SERVICE = Service("ldap", 389, 636, talk)
