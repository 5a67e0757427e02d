"""Multicast listener discovery: who on the link wants which IPv6 group (RFC 2710, RFC 9777)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.address_fields import take_ipv6

VERSION_1_QUERY_LENGTH = 24
"""Octets of a whole query of version 1; version 2 queries are longer (RFC 9777 §8.1)."""

RECORD_TYPES = {  # RFC 9777 §5.2.12, and the same numbers in RFC 9776 §4.2.12
    1: "mode is include: listens to these sources only",
    2: "mode is exclude: listens to all but these sources",
    3: "change to include mode",
    4: "change to exclude mode",
    5: "allow new sources",
    6: "block old sources",
}


def floating_point(value: int, bits: int) -> int:
    """The number that a maximum response code or querier's interval stands for (RFC 9777 §5.1.3).

    >>> floating_point(0x7F, 8), floating_point(0x80, 8), floating_point(0x8000, 16)
    (127, 128, 32768)
    """
    mantissa_bits = bits - 4
    if value < 1 << (bits - 1):
        return value
    exponent = value >> mantissa_bits & 7
    mantissa = value & ((1 << mantissa_bits) - 1)
    return (mantissa | 1 << mantissa_bits) << (exponent + 3)


def query(reader: HeaderReader) -> None:
    """A query of either version."""
    second_version = reader.end - reader.start > VERSION_1_QUERY_LENGTH
    reader.unsigned(
        "Maximum Response Code",
        16,
        lambda code: f"{floating_point(code, 16) if second_version else code} ms",
    )
    reader.unsigned("Reserved", 16)
    take_ipv6(reader, "Multicast Address", column="mld_group")
    reader.note("Version", 2 if second_version else 1)
    if not second_version:
        reader.note("Records", 0, "a query has none", column="mld_record_count")
        return
    reader.unsigned("Resv", 4)
    reader.unsigned("S", 1, {1: "routers shall not set their timers by it"})
    reader.unsigned("QRV", 3, "querier's robustness variable")
    reader.unsigned("QQIC", 8, lambda code: f"asks every {floating_point(code, 8)} s")
    for _ in range(reader.unsigned("Number of Sources", 16)):
        take_ipv6(reader, "Source Address")
    reader.note("Records", 0, "a query has none", column="mld_record_count")


def report(reader: HeaderReader) -> None:
    """A report or a farewell of version 1."""
    reader.unsigned("Maximum Response Delay", 16)
    reader.unsigned("Reserved", 16)
    take_ipv6(reader, "Multicast Address", column="mld_group")
    reader.note("Records", 0, "version 1 has none", column="mld_record_count")


def report_version_2(reader: HeaderReader) -> None:
    """A report of version 2: one record for each group."""
    reader.unsigned("Reserved", 16)
    count = reader.unsigned("Number of Multicast Address Records", 16, column="mld_record_count")
    for record in range(count):
        reader.unsigned("Record Type", 8, RECORD_TYPES)
        words = reader.unsigned("Aux Data Len", 8, "in units of 4 octets")
        sources = reader.unsigned("Number of Sources", 16)
        take_ipv6(reader, "Multicast Address", column="" if record else "mld_group")
        for _ in range(sources):
            take_ipv6(reader, "Source Address")
        if words:
            reader.raw("Auxiliary Data", words * 4)
