"""The attribute-value pairs of L2TP's control messages, both versions (RFC 2661 §4, RFC 3931 §5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader

PAIR_HEADER_LENGTH = 6  # octets, RFC 2661 §4.1

MESSAGE_TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/l2tp-parameters
        1: "SCCRQ: start control connection request",
        2: "SCCRP: start control connection reply",
        3: "SCCCN: start control connection connected",
        4: "StopCCN: stop control connection notification",
        6: "HELLO",
        7: "OCRQ: outgoing call request",
        8: "OCRP: outgoing call reply",
        9: "OCCN: outgoing call connected",
        10: "ICRQ: incoming call request",
        11: "ICRP: incoming call reply",
        12: "ICCN: incoming call connected",
        14: "CDN: call disconnect notify",
        15: "WEN: WAN error notify",
        16: "SLI: set link info",
        20: "ACK: explicit acknowledgment",
    }
)

ATTRIBUTES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/l2tp-parameters
        0: "message type",
        1: "result code",
        2: "protocol version",
        3: "framing capabilities",
        4: "bearer capabilities",
        5: "tie breaker",
        6: "firmware revision",
        7: "host name",
        8: "vendor name",
        9: "assigned tunnel ID",
        10: "receive window size",
        11: "challenge",
        12: "Q.931 cause code",
        13: "challenge response",
        14: "assigned session ID",
        15: "call serial number",
        16: "minimum bits per second",
        17: "maximum bits per second",
        18: "bearer type",
        19: "framing type",
        21: "called number",
        22: "calling number",
        23: "sub-address",
        24: "connect speed",
        25: "physical channel ID",
        26: "initial received LCP request",
        27: "last sent LCP request",
        28: "last received LCP request",
        29: "proxy authentication type",
        30: "proxy authentication name",
        31: "proxy authentication challenge",
        32: "proxy authentication ID",
        33: "proxy authentication response",
        34: "call errors",
        35: "ACCM",
        36: "random vector",
        37: "private group ID",
        38: "receive connect speed",
        39: "sequencing required",
        58: "extended vendor ID",
        59: "message digest",
        60: "router ID",
        61: "assigned control connection ID",
        62: "pseudowire capabilities",
        63: "local session ID",
        64: "remote session ID",
        65: "assigned cookie",
        66: "remote end ID",
        68: "pseudowire type",
        69: "L2-specific sublayer",
        70: "data sequencing",
        71: "circuit status",
        72: "preferred language",
        73: "control message authentication nonce",
        74: "transmit connect speed",
        75: "receive connect speed",
    }
)

TEXTS = frozenset({7, 8, 21, 22, 23, 30, 72})


def read_pairs(reader: HeaderReader) -> None:
    """Read attribute-value pairs up to the reader's end; none is a message that only acknowledges."""
    while reader.remaining:
        reader.unsigned("M", 1, {1: "mandatory: who does not know it must give up"})
        hidden = reader.unsigned("H", 1, {1: "the value is hidden"})
        reader.unsigned("Reserved", 4)
        length = reader.unsigned("Length", 10, "octets")
        if length < PAIR_HEADER_LENGTH:
            raise reader.malformed("an attribute is shorter than its header", reader.position - 2)
        vendor = reader.unsigned("Vendor ID", 16, {0: "IETF"})
        attribute = reader.unsigned("Attribute Type", 16, {} if vendor else ATTRIBUTES)
        with reader.restrict_to(length - PAIR_HEADER_LENGTH, "Attribute Value"):
            if vendor or hidden:
                continue
            if attribute == 0:
                reader.unsigned("Message Type", 16, MESSAGE_TYPES)
            elif attribute in TEXTS:
                reader.utf8("Attribute Value", reader.remaining)
            elif reader.remaining in (1, 2, 4):
                reader.unsigned("Attribute Value", reader.remaining * 8)
