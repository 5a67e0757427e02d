"""The option of Multipath TCP (RFC 8684 §3), by its subtypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader

MP_CAPABLE = 0
MP_JOIN = 1

SUBTYPES = {  # https://www.iana.org/assignments/tcp-parameters, MPTCP Option Subtypes
    0: "MP_CAPABLE: can use several paths",
    1: "MP_JOIN: joins a connection",
    2: "DSS: data sequence signal",
    3: "ADD_ADDR: a further address",
    4: "REMOVE_ADDR: an address less",
    5: "MP_PRIO: changes a path's priority",
    6: "MP_FAIL: falls back",
    7: "MP_FASTCLOSE: ends the whole connection",
    8: "MP_TCPRST: why this path was reset",
    15: "experiment",
}

RESET_REASONS = {  # https://www.iana.org/assignments/tcp-parameters, MPTCP MP_TCPRST Reason Codes
    0: "unspecified",
    1: "MPTCP-specific error",
    2: "lack of resources",
    3: "administratively prohibited",
    4: "too much outstanding data",
    5: "unacceptable performance",
    6: "middlebox interference",
}


def read(reader: HeaderReader, *, synchronizing: bool) -> None:
    """Read the option behind kind and length; some subtypes differ in a SYN."""
    octets = reader.remaining
    kind = reader.unsigned("Subtype", 4, SUBTYPES, column="tcp_multipath_subtype")
    if kind == MP_JOIN:
        _join(reader, octets, synchronizing=synchronizing)
    elif kind in READERS:
        READERS[kind](reader)
    else:
        reader.unsigned("Subtype-specific", 4)


def _capable(reader: HeaderReader) -> None:
    """RFC 8684 §3.1."""
    reader.unsigned("Version", 4)
    reader.unsigned("A", 1, {1: "checksums are required"})
    reader.unsigned("B", 1, {1: "extended"})
    reader.unsigned("C", 1, {1: "no further subflows to this address"})
    reader.unsigned("D to G", 4)
    reader.unsigned("H", 1, {1: "HMAC-SHA256 (version 0: HMAC-SHA1)"})
    if reader.remaining >= 8:
        reader.raw("Sender's Key", 8)
    if reader.remaining >= 8:
        reader.raw("Receiver's Key", 8)
    if reader.remaining >= 2:
        reader.unsigned("Data-Level Length", 16)
    if reader.remaining >= 2:
        reader.unsigned("Checksum", 16, hexadecimal=True)


def _join(reader: HeaderReader, octets: int, *, synchronizing: bool) -> None:
    """RFC 8684 §3.2: SYN, SYN/ACK and ACK each carry another part."""
    if not synchronizing:
        reader.unsigned("Reserved", 12)
        reader.rest("Sender's HMAC")
        return
    reader.unsigned("Reserved", 3)
    reader.unsigned("B", 1, {1: "a backup path"})
    reader.unsigned("Address ID", 8)
    if octets == 10:  # a SYN, whose option is 12 octets long
        reader.raw("Receiver's Token", 4)
    elif octets >= 14:  # a SYN/ACK, whose option is 16 octets long
        reader.raw("Sender's Truncated HMAC", 8)
    reader.raw("Sender's Random Number", 4)


def _data_sequence(reader: HeaderReader) -> None:
    """RFC 8684 §3.3."""
    reader.unsigned("Reserved", 7)
    reader.unsigned("F", 1, {1: "no more data on the connection"})
    wide_sequence = reader.unsigned("m", 1, {1: "the data sequence number has 8 octets"})
    sequence = reader.unsigned("M", 1, {1: "a data sequence mapping is present"})
    wide_acknowledgment = reader.unsigned("a", 1, {1: "the data ACK has 8 octets"})
    acknowledgment = reader.unsigned("A", 1, {1: "a data ACK is present"})
    if acknowledgment:
        reader.unsigned("Data ACK", 64 if wide_acknowledgment else 32)
    if sequence:
        reader.unsigned("Data Sequence Number", 64 if wide_sequence else 32)
        reader.unsigned("Subflow Sequence Number", 32)
        reader.unsigned("Data-Level Length", 16)
        if reader.remaining >= 2:
            reader.unsigned("Checksum", 16, hexadecimal=True)


def _add_address(reader: HeaderReader) -> None:
    """RFC 8684 §3.4.1; version 0 (RFC 6824) has the IP version where version 1 has flags."""
    reader.unsigned("Reserved", 3)
    reader.unsigned("E", 1, {1: "an echo"})
    reader.unsigned("Address ID", 8)
    if reader.remaining >= 16:
        reader.ipv6("Address")
    else:
        reader.ipv4("Address")
    if reader.remaining in (2, 10):
        reader.unsigned("Port", 16)
    if reader.remaining:
        reader.raw("Truncated HMAC", reader.remaining)


def _remove_address(reader: HeaderReader) -> None:
    """RFC 8684 §3.4.2."""
    reader.unsigned("Reserved", 4)
    while reader.remaining:
        reader.unsigned("Address ID", 8)


def _priority(reader: HeaderReader) -> None:
    """RFC 8684 §3.3.8."""
    reader.unsigned("Reserved", 3)
    reader.unsigned("B", 1, {1: "a backup path"})


def _fail(reader: HeaderReader) -> None:
    """RFC 8684 §3.7."""
    reader.unsigned("Reserved", 12)
    reader.unsigned("Data Sequence Number", 64)


def _fast_close(reader: HeaderReader) -> None:
    """RFC 8684 §3.5."""
    reader.unsigned("Reserved", 12)
    reader.raw("Option Receiver's Key", 8)


def _reset(reader: HeaderReader) -> None:
    """RFC 8684 §3.6."""
    reader.unsigned("U V W", 3)
    reader.unsigned("T", 1, {1: "transient: another attempt may succeed"})
    reader.unsigned("Reason", 8, RESET_REASONS)


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        0: _capable,
        2: _data_sequence,
        3: _add_address,
        4: _remove_address,
        5: _priority,
        6: _fail,
        7: _fast_close,
        8: _reset,
    }
)
