"""IKE, the Internet Key Exchange, versions 1 and 2 (RFC 2408, RFC 2409, RFC 7296)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 28  # octets, RFC 7296 §3.1
PAYLOAD_HEADER_LENGTH = 4  # octets, RFC 7296 §3.2
LAST_PAYLOAD = 0

ENCRYPTED_PAYLOADS = frozenset({46, 53})
"""Behind these of version 2, or their fragments, nothing can be read (RFC 7296 §3.14, RFC 7383 §2.5)."""

EXCHANGES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ipsec-registry and ikev2-parameters
        0: "none",
        1: "base",
        2: "identity protection (main mode)",
        3: "authentication only",
        4: "aggressive",
        5: "informational",
        6: "transaction (mode config)",
        32: "quick mode",
        33: "new group mode",
        34: "IKE_SA_INIT",
        35: "IKE_AUTH",
        36: "CREATE_CHILD_SA",
        37: "INFORMATIONAL",
        38: "IKE_SESSION_RESUME",
        39: "GSA_AUTH",
        40: "GSA_REGISTRATION",
        41: "GSA_REKEY",
        43: "IKE_INTERMEDIATE",
        44: "IKE_FOLLOWUP_KE",
    }
)

PAYLOADS_VERSION_1: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/isakmp-registry, Next Payload Types
        0: "none",
        1: "security association",
        2: "proposal",
        3: "transform",
        4: "key exchange",
        5: "identification",
        6: "certificate",
        7: "certificate request",
        8: "hash",
        9: "signature",
        10: "nonce",
        11: "notification",
        12: "delete",
        13: "vendor ID",
        14: "attributes",
        15: "SA KEK",
        16: "SA TEK",
        17: "key download",
        18: "sequence number",
        20: "NAT discovery",
        21: "NAT original address",
        130: "NAT discovery (draft)",
        131: "NAT original address (draft)",
    }
)

PAYLOADS_VERSION_2: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ikev2-parameters, IKEv2 Payload Types
        0: "none",
        33: "security association",
        34: "key exchange",
        35: "identification of the initiator",
        36: "identification of the responder",
        37: "certificate",
        38: "certificate request",
        39: "authentication",
        40: "nonce",
        41: "notify",
        42: "delete",
        43: "vendor ID",
        44: "traffic selector of the initiator",
        45: "traffic selector of the responder",
        46: "encrypted and authenticated",
        47: "configuration",
        48: "extensible authentication",
        49: "generic secure password method",
        53: "encrypted and authenticated fragment",
        54: "puzzle solution",
    }
)


def parse(reader: HeaderReader) -> Next | None:
    """The header, then the chain of payloads as far as it is not encrypted."""
    reader.unsigned("Initiator's SPI", 64, column="ike_initiator_spi", hexadecimal=True)
    reader.unsigned(
        "Responder's SPI", 64, {0: "not chosen yet"}, column="ike_responder_spi", hexadecimal=True
    )
    following = reader.peek(0, 1)
    version = reader.peek(1, 1)
    major = version >> 4
    payloads = PAYLOADS_VERSION_2 if major == 2 else PAYLOADS_VERSION_1
    reader.unsigned("Next Payload", 8, payloads)
    reader.unsigned("Major Version", 4)
    reader.unsigned("Minor Version", 4)
    reader.note("Version", version, f"{major}.{version & 15}", column="ike_version")
    reader.unsigned("Exchange Type", 8, EXCHANGES, column="ike_exchange_type")
    encrypted = _flags(reader, major)
    reader.unsigned("Message ID", 32, column="ike_message_id", hexadecimal=True)
    length = reader.unsigned("Length", 32, "octets, header included")
    if major not in (1, 2):
        raise reader.malformed("the version is neither 1 nor 2", reader.start + 17)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is under 28 octets", reader.start + 24)
    if encrypted:
        reader.note("Payloads", "encrypted", "what follows cannot be read without the key")
        return None
    with reader.restrict_to(length - HEADER_LENGTH, "Padding"):
        while following != LAST_PAYLOAD and reader.remaining:
            following = _payload(reader, following, payloads, major)
    return None


def _flags(reader: HeaderReader, major: int) -> bool:
    """Gives whether everything behind the header is encrypted."""
    if major == 1:  # RFC 2408 §3.1
        reader.unsigned("Reserved", 5)
        reader.unsigned("A", 1, {1: "authentication only"})
        reader.unsigned("C", 1, {1: "commit"})
        return bool(reader.unsigned("E", 1, {1: "the payloads are encrypted"}))
    reader.unsigned("X", 2)
    reader.unsigned("R", 1, {0: "request", 1: "response"})
    reader.unsigned("V", 1, {1: "the sender can speak a higher version"})
    reader.unsigned("I", 1, {0: "sent by the original responder", 1: "sent by the original initiator"})
    reader.unsigned("X", 3)
    return False


def _payload(reader: HeaderReader, kind: int, payloads: Mapping[int, str], major: int) -> int:
    """Read one payload; gives the kind of the next, none behind an encrypted one."""
    name = payloads.get(kind, f"unknown payload {kind}")
    following = reader.unsigned(f"{name}: Next Payload", 8, payloads)
    reader.unsigned("C", 1, {1: "critical: who does not know it must refuse the message"})
    reader.unsigned("Reserved", 7)
    length = reader.unsigned("Payload Length", 16, "octets, header included")
    if length < PAYLOAD_HEADER_LENGTH:
        raise reader.malformed("a payload is shorter than its header", reader.position - 2)
    encrypted = major == 2 and kind in ENCRYPTED_PAYLOADS
    if length > PAYLOAD_HEADER_LENGTH:
        meaning = "encrypted" if encrypted else ""
        reader.raw("Payload", length - PAYLOAD_HEADER_LENGTH, meaning)
    # The next payload named by an encrypted one stands inside it.
    return LAST_PAYLOAD if encrypted else following


def fits(octets: bytes) -> bool:
    """A whole header of a known version."""
    return len(octets) >= HEADER_LENGTH and octets[17] >> 4 in (1, 2)


PROTOCOL = Protocol(
    name="ike",
    title="Internet Key Exchange",
    layer=Layer.APPLICATION,
    reference="RFC 7296",
    carried_by=(Carried(Carrier.UDP_PORT, 500),),
    parse=parse,
    fits=fits,
)
