"""The options inside the hop-by-hop and destination options headers (RFC 8200 §4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.errors import MalformedError
from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.address_fields import take_ipv6

PAD1 = 0x00
JUMBO_PAYLOAD = 0xC2
HOME_ADDRESS = 0xC9

OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ipv6-parameters
        0x00: "Pad1",
        0x01: "PadN",
        0x04: "tunnel encapsulation limit",
        0x05: "router alert",
        0x07: "CALIPSO (security label)",
        0x08: "SMF_DPD (duplicate detection)",
        0x0F: "performance and diagnostic metrics",
        0x11: "IOAM (changes on the way)",
        0x12: "alternate marking",
        0x1E: "experiment",
        0x23: "RPL option",
        0x26: "quick-start",
        0x30: "minimum path MTU",
        0x31: "IOAM",
        0x3E: "experiment",
        0x4D: "deprecated",
        0x5E: "experiment",
        0x63: "RPL option",
        0x6D: "MPL option",
        0x7E: "experiment",
        0x8A: "endpoint identification (deprecated)",
        0x8B: "ILNP nonce",
        0x8C: "line identification",
        0x9E: "experiment",
        0xBE: "experiment",
        0xC2: "jumbo payload",
        0xC9: "home address",
        0xDE: "experiment",
        0xEE: "IPv6 depth-first forwarding",
        0xFE: "experiment",
    }
)

ACTIONS = (  # the two highest bits, RFC 8200 §4.2: what a node does that does not know the option
    "else skipped",
    "else the packet is discarded",
    "else discarded with an ICMP error",
    "else discarded with an ICMP error unless sent to a group",
)

ROUTER_ALERTS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/ipv6-routeralert-values
        0: "the packet holds multicast listener discovery",
        1: "the packet holds RSVP",
        2: "the packet holds an active network's message",
        68: "NSIS NATFW",
        69: "MPLS OAM",
    }
)


class OptionFacts:
    """What options say that concerns the packet as a whole.

    Attributes:
        jumbo_length: octets behind the IPv6 header by the jumbo payload option, or None.
        home_address: the address that stands for the source, or None.
        fault: what is broken in them: the packet behind them can be read nevertheless.
    """

    def __init__(self) -> None:
        self.jumbo_length: int | None = None
        self.home_address: bytes | None = None
        self.fault: MalformedError | None = None


def read(reader: HeaderReader, octets: int) -> OptionFacts:
    """Read the options in the next `octets`, and stand behind them in any case."""
    facts = OptionFacts()
    end = reader.position + octets
    try:
        with reader.restrict_to(octets):
            _read(reader, facts)
    except MalformedError as error:
        facts.fault = error
        reader.note("Broken options", error.reason)
        reader.skip_to(end)
    return facts


def _read(reader: HeaderReader, facts: OptionFacts) -> None:
    while reader.remaining:
        kind = reader.unsigned("Option Type", 8, _option, hexadecimal=True)
        if kind == PAD1:
            continue
        length = reader.unsigned("Opt Data Len", 8)
        if length > reader.remaining:
            raise reader.malformed("an option is longer than its header", reader.position - 1)
        with reader.restrict_to(length, "Option Data"):
            if kind == JUMBO_PAYLOAD:  # RFC 2675 §2
                facts.jumbo_length = reader.unsigned("Jumbo Payload Length", 32, "octets")
            elif kind == HOME_ADDRESS:  # RFC 6275 §6.3
                facts.home_address = take_ipv6(reader, "Home Address")
            elif kind in READERS:
                READERS[kind](reader)


def _option(kind: int) -> str:
    changes = ", may change on the way" if kind & 0x20 else ""
    return f"{OPTIONS.get(kind, 'unknown')}; {ACTIONS[kind >> 6]}{changes}"


def _encapsulation_limit(reader: HeaderReader) -> None:
    reader.unsigned("Tunnel Encapsulation Limit", 8, "further tunnels that may be entered")


def _router_alert(reader: HeaderReader) -> None:
    reader.unsigned("Value", 16, ROUTER_ALERTS)


def _security_label(reader: HeaderReader) -> None:
    reader.unsigned("Domain of Interpretation", 32)
    words = reader.unsigned("Cmpt Length", 8, "compartment bitmap in units of 32 bits")
    reader.unsigned("Sens Level", 8)
    reader.unsigned("Checksum (CRC-16)", 16, hexadecimal=True)
    reader.raw("Compartment Bitmap", words * 4)


def _diagnostic_metrics(reader: HeaderReader) -> None:
    reader.unsigned("Scale Delta Time Last Received", 8)
    reader.unsigned("Scale Delta Time Last Sent", 8)
    reader.unsigned("Packet Sequence Number This Packet", 16)
    reader.unsigned("Packet Sequence Number Last Received", 16)
    reader.unsigned("Delta Time Last Received", 16)
    reader.unsigned("Delta Time Last Sent", 16)


def _alternate_marking(reader: HeaderReader) -> None:
    reader.unsigned("FlowMonID", 20)
    reader.unsigned("L", 1, "loss flag")
    reader.unsigned("D", 1, "delay flag")
    reader.unsigned("Reserved", 10)


def _quick_start(reader: HeaderReader) -> None:
    reader.unsigned("Function", 4, {0: "rate request", 8: "report of approved rate"})
    reader.unsigned("Rate", 4, lambda rate: f"{40_000 * 2**rate} bits/s" if rate else "none")
    reader.unsigned("QS TTL", 8)
    reader.unsigned("QS Nonce", 30, hexadecimal=True)
    reader.unsigned("Reserved", 2)


def _minimum_path_mtu(reader: HeaderReader) -> None:
    reader.unsigned("Min-PMTU", 16, "smallest MTU met on the way, octets")
    reader.unsigned("Rtn-PMTU", 15, "smallest MTU of the way back, in units of 2 octets")
    reader.unsigned("R", 1, {1: "the receiver shall report"})


def _routing_for_low_power(reader: HeaderReader) -> None:
    reader.unsigned("O", 1, {0: "upwards", 1: "downwards"})
    reader.unsigned("R", 1, {1: "rank error"})
    reader.unsigned("F", 1, {1: "forwarding error"})
    reader.unsigned("Flags", 5)
    reader.unsigned("RPLInstanceID", 8)
    reader.unsigned("SenderRank", 16)


def _multicast_for_low_power(reader: HeaderReader) -> None:
    size = reader.unsigned("S", 2, "length of the seed identifier: 0 none, 1 two octets, 2 eight, 3 sixteen")
    reader.unsigned("M", 1, {1: "the largest sequence number of the seed"})
    reader.unsigned("V", 1)
    reader.unsigned("Reserved", 4)
    reader.unsigned("Sequence", 8)
    reader.raw("Seed ID", (0, 2, 8, 16)[size])


def _line_identification(reader: HeaderReader) -> None:
    reader.raw("Line ID", reader.unsigned("LineIDLen", 8))


def _nonce(reader: HeaderReader) -> None:
    reader.rest("Nonce Value")


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        0x04: _encapsulation_limit,  # RFC 2473 §4.1.1
        0x05: _router_alert,  # RFC 2711 §2.1
        0x07: _security_label,  # RFC 5570 §5.1
        0x0F: _diagnostic_metrics,  # RFC 8250 §3.2
        0x12: _alternate_marking,  # RFC 9343 §3.1
        0x26: _quick_start,  # RFC 4782 §3.2
        0x30: _minimum_path_mtu,  # RFC 9268 §5
        0x23: _routing_for_low_power,  # RFC 9008 §6.1
        0x63: _routing_for_low_power,  # RFC 6553 §3
        0x6D: _multicast_for_low_power,  # RFC 7731 §6.1
        0x8B: _nonce,  # RFC 6744 §2
        0x8C: _line_identification,  # RFC 6788 §4
    }
)
