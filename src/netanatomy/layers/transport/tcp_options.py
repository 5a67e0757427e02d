"""The options of TCP (RFC 9293 §3.2), each read field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.errors import TruncatedError
from netanatomy.layers.header import HeaderReader
from netanatomy.layers.transport import multipath_tcp

END_OF_OPTIONS = 0
NO_OPERATION = 1
MULTIPATH = 30
EXPERIMENTS = frozenset({253, 254})  # RFC 4727 §7.2

OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/tcp-parameters
        0: "end-of-options",
        1: "no-operation",
        2: "maximum-segment-size",
        3: "window-scale",
        4: "sack-permitted",
        5: "sack",
        6: "echo",
        7: "echo-reply",
        8: "timestamps",
        9: "partial-order-permitted",
        10: "partial-order-profile",
        11: "connection-count",
        12: "connection-count-new",
        13: "connection-count-echo",
        14: "alternate-checksum-request",
        15: "alternate-checksum-data",
        16: "skeeter",
        17: "bubba",
        18: "trailer-checksum",
        19: "md5-signature",
        20: "scps-capabilities",
        21: "selective-negative-acknowledgments",
        22: "record-boundaries",
        23: "corruption-experienced",
        24: "snap",
        26: "compression-filter",
        27: "quick-start",
        28: "user-timeout",
        29: "authentication",
        30: "multipath",
        34: "fast-open",
        69: "encryption-negotiation",
        172: "accurate-ecn-0",
        174: "accurate-ecn-1",
        253: "experiment",
        254: "experiment",
    }
)

EXPERIMENT_IDENTIFIERS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/tcp-parameters, TCP Experimental Option Experiment Identifiers
        0x454E: "TCP encryption negotiation",
        0xA8BD: "window scale for long paths",
        0xACCE: "accurate ECN",
        0xE2D4: "shared memory communications",
        0xF989: "fast open",
    }
)

LENGTHS: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        2: (4,),
        3: (3,),
        4: (2,),
        5: tuple(range(10, 41)),
        6: (6,),
        7: (6,),
        8: (10,),
        11: (6,),
        12: (6,),
        13: (6,),
    }
)
"""Octets that an option of fixed length must have; another length makes it mere data."""

FAST_OPEN_EXPERIMENT = 0xF989  # RFC 7413 §9
MAXIMUM_SHIFT = 14  # bits, RFC 7323 §2.3


def read(reader: HeaderReader, *, synchronizing: bool) -> None:
    """Read every option up to the reader's end; the last of a kind fills the packet table's columns."""
    while reader.remaining:
        kind = reader.unsigned("Option Kind", 8, lambda kind: OPTIONS.get(kind, "unknown"))
        if kind == END_OF_OPTIONS:
            reader.rest("Padding")
            return
        if kind == NO_OPERATION:
            continue
        if not reader.remaining:
            raise reader.malformed("an option has no length")
        length = reader.unsigned("Option Length", 8)
        if length < 2 or length - 2 > reader.remaining:
            raise reader.malformed("an option is longer than the header", reader.position - 1)
        with reader.restrict_to(length - 2, "Option Data"):
            if kind == MULTIPATH and length > 2:
                try:
                    multipath_tcp.read(reader, synchronizing=synchronizing)
                except TruncatedError:
                    # Shorter than its subtype wants: what is left is mere data, as of any option.
                    reader.finish_octet("Option Data")
            elif kind in READERS and length in LENGTHS.get(kind, (length,)):
                READERS[kind](reader)


def _maximum_segment_size(reader: HeaderReader) -> None:
    """RFC 9293 §3.7.1."""
    reader.unsigned("Maximum Segment Size", 16, "octets", column="tcp_mss")


def _window_scale(reader: HeaderReader) -> None:
    """RFC 7323 §2.2."""
    reader.unsigned(
        "shift.cnt",
        8,
        lambda shift: f"windows count units of {1 << min(shift, MAXIMUM_SHIFT)} octets",
        column="tcp_window_scale",
    )


def _sack_permitted(reader: HeaderReader) -> None:
    """RFC 2018 §2."""
    reader.note("SACK permitted", 1, column="tcp_sack_permitted")


def _sack(reader: HeaderReader) -> None:
    """RFC 2018 §3."""
    blocks = reader.remaining // 8
    reader.note("Blocks", blocks, column="tcp_sack_count")
    for block in range(blocks):
        reader.unsigned("Left Edge", 32, column="" if block else "tcp_sack_left")
        reader.unsigned("Right Edge", 32, column="" if block else "tcp_sack_right")


def _echo(reader: HeaderReader) -> None:
    """RFC 1072 §3."""
    reader.unsigned("Info", 32)


def _timestamps(reader: HeaderReader) -> None:
    """RFC 7323 §3.2."""
    reader.unsigned("TSval", 32, column="tcp_timestamp_value")
    reader.unsigned("TSecr", 32, column="tcp_timestamp_echo")


def _connection_count(reader: HeaderReader) -> None:
    """RFC 1644 §3.1."""
    reader.unsigned("Connection Count", 32)


def _alternate_checksum(reader: HeaderReader) -> None:
    """RFC 1146 §2."""
    reader.unsigned("chksum", 8, {0: "TCP", 1: "8-bit Fletcher", 2: "16-bit Fletcher"})


def _signature(reader: HeaderReader) -> None:
    """RFC 2385 §3."""
    reader.note("Signature kind", 19, column="tcp_signature_kind")
    reader.rest("MD5 digest")


def _quick_start(reader: HeaderReader) -> None:
    """RFC 4782 §3.2."""
    reader.unsigned("Resv.", 4)
    reader.unsigned("Rate Request", 4, lambda rate: f"{40_000 * 2**rate} bits/s" if rate else "none")
    reader.unsigned("TTL Diff", 8)
    reader.unsigned("QS Nonce", 30, hexadecimal=True)
    reader.unsigned("R", 2)


def _user_timeout(reader: HeaderReader) -> None:
    """RFC 5482 §3."""
    reader.unsigned("Granularity", 1, {0: "s", 1: "min"})
    reader.unsigned("User Timeout", 15)


def _authentication(reader: HeaderReader) -> None:
    """RFC 5925 §2.2."""
    reader.note("Signature kind", 29, column="tcp_signature_kind")
    reader.unsigned("KeyID", 8)
    reader.unsigned("RNextKeyID", 8)
    reader.rest("MAC")


def _fast_open(reader: HeaderReader) -> None:
    """RFC 7413 §4.1.1."""
    reader.note("Cookie length", reader.remaining, "octets", column="tcp_fast_open_length")
    reader.rest("Cookie", "lets data travel with the SYN")


def _experiment(reader: HeaderReader) -> None:
    """RFC 6994 §3: the first two octets tell the experiment."""
    identifier = reader.unsigned("ExID", 16, EXPERIMENT_IDENTIFIERS, hexadecimal=True)
    if identifier == FAST_OPEN_EXPERIMENT:
        _fast_open(reader)


def _accurate_ecn(reader: HeaderReader) -> None:
    """RFC 9768 §3.2.3: as many of the three counters as fit."""
    names = ("First Counter", "Second Counter", "Third Counter")
    for name in names[: reader.remaining // 3]:
        reader.unsigned(name, 24, "octets, modulo 2^24")


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        2: _maximum_segment_size,
        3: _window_scale,
        4: _sack_permitted,
        5: _sack,
        6: _echo,
        7: _echo,
        8: _timestamps,
        11: _connection_count,
        12: _connection_count,
        13: _connection_count,
        14: _alternate_checksum,
        19: _signature,
        27: _quick_start,
        28: _user_timeout,
        29: _authentication,
        34: _fast_open,
        172: _accurate_ecn,
        174: _accurate_ecn,
        254: _experiment,
    }
)
