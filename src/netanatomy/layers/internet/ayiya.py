"""AYIYA, Anything In Anything: IP inside UDP, authenticated, through NATs (draft-massar-v6ops-ayiya-02)."""

from __future__ import annotations

from datetime import UTC, datetime

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

FIXED_LENGTH = 8  # octets before the identity, draft-massar-v6ops-ayiya-02, as Wireshark reads it
SIGNATURE_UNIT = 4  # octets, draft-massar-v6ops-ayiya-02, as Wireshark reads it
ADDRESS_LENGTH = 16  # octets of an identity that is the IPv6 address of a tunnel's end

INTEGER, TEXT = 1, 2
IDENTITY_TYPES = {0: "none", INTEGER: "integer", TEXT: "ASCII text"}

HASH_METHODS = {
    0: "no hash",
    1: "MD5",
    2: "SHA-1",
    3: "UMAC",  # not in the draft: what its author's own programs added later
}

AUTHENTICATION_METHODS = {
    0: "no authentication",
    1: "hash with a shared secret",
    2: "public and private key",
}

FORWARDS = frozenset({1, 3})
OPERATIONS = {
    0: "no operation: a heartbeat",
    1: "forward what follows",
    2: "echo request",
    3: "echo request, and forward what follows",
    4: "echo response",
    5: "message of the day",
    6: "query request",
    7: "query response",
}

NEXT_HEADERS = {4: "ipv4", 41: "ipv6"}
"""What we open. The draft lets any IP protocol follow; programs only ever sent these."""

NEXT_HEADER_MEANINGS = {4: "IPv4", 41: "IPv6", 59: "nothing"}


def parse(reader: HeaderReader) -> Next | None:
    """Lengths and methods, what is asked, when, who asks, and the signature of it all."""
    identity = reader.unsigned("Identity Length", 4, lambda power: f"{1 << power} octets")
    kind = reader.unsigned("Identity Type", 4, IDENTITY_TYPES)
    signature = reader.unsigned("Signature Length", 4, lambda units: f"{units * SIGNATURE_UNIT} octets")
    reader.unsigned("Hash Method", 4, HASH_METHODS)
    reader.unsigned("Authentication Method", 4, AUTHENTICATION_METHODS)
    operation = reader.unsigned("Operation Code", 4, OPERATIONS)
    following = reader.unsigned("Next Header", 8, NEXT_HEADER_MEANINGS)
    reader.unsigned("Epoch Time", 32, lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat())
    _identity(reader, kind, 1 << identity)
    if signature:
        reader.raw("Signature", signature * SIGNATURE_UNIT)
    if operation not in FORWARDS or following not in NEXT_HEADERS:
        return None
    return Next(Carrier.NAMED, name=NEXT_HEADERS[following], tunnel="ayiya")


def _identity(reader: HeaderReader, kind: int, length: int) -> None:
    if kind == TEXT:
        reader.utf8("Identity", length)
    elif kind == INTEGER and length == ADDRESS_LENGTH:
        reader.ipv6("Identity")
    else:
        reader.raw("Identity", length)


def fits(octets: bytes) -> bool:
    """Codes that are assigned, a signature where there is a hash, and room for the whole header."""
    if len(octets) < FIXED_LENGTH:
        return False
    signature = octets[1] >> 4
    return (
        octets[0] & 0x0F in IDENTITY_TYPES
        and octets[1] & 0x0F in HASH_METHODS
        and octets[2] >> 4 in AUTHENTICATION_METHODS
        and octets[2] & 0x0F in OPERATIONS
        # STUN, which is sent to ports near SIP's, looks like a heartbeat with a hash of no octets.
        and (octets[1] & 0x0F == 0) == (signature == 0)
        and len(octets) >= FIXED_LENGTH + (1 << (octets[0] >> 4)) + signature * SIGNATURE_UNIT
    )


PROTOCOL = Protocol(
    name="ayiya",
    title="Anything In Anything",
    layer=Layer.INTERNET,
    reference="draft-massar-v6ops-ayiya-02",
    carried_by=(Carried(Carrier.UDP_PORT, 5072),),
    parse=parse,
    fits=fits,
)
