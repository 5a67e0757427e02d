"""Comparisons of the transport layer."""

from __future__ import annotations

from netanatomy.decode.names import TCP_OPTIONS
from tests.conformance.comparisons import (
    Comparison,
    TsharkFrame,
    Value,
    first,
    integer,
    number_of,
    once,
    partial_is_bad,
    until_end,
    verdict,
)

TCP = frozenset({"tcp"})


def _outer_tcp(frame: TsharkFrame) -> bool:
    return "tcp" in frame.layers[: frame.outer]


def _options(frame: TsharkFrame) -> list[Value]:
    """The kinds in their order; none where the header has no options."""
    if not _outer_tcp(frame) or not frame.every("tcp.flags"):
        return []
    kinds = until_end([integer(value) for value in frame.every("tcp.option_kind")])
    return [",".join(TCP_OPTIONS.get(kind, str(kind)) for kind in kinds)]


def _sack_permitted(frame: TsharkFrame) -> list[Value]:
    return [1] if _outer_tcp(frame) and "4" in frame.every("tcp.option_kind") else []


def _signature(frame: TsharkFrame) -> list[Value]:
    kinds = [kind for kind in frame.every("tcp.option_kind") if kind in ("19", "29")]
    return [integer(kinds[-1])] if _outer_tcp(frame) and kinds else []


def _fast_open(frame: TsharkFrame) -> list[Value]:
    if not _outer_tcp(frame):
        return []
    cookies = frame.every("tcp.options.tfo.cookie")
    if cookies:
        return [len(cookies[0].replace(":", "")) // 2]
    return [0] if frame.every("tcp.options.tfo.request") else []


COMPARISONS = (
    once(
        "source_port",
        integer,
        tcp="tcp.srcport",
        udp="udp.srcport",
        udplite="udp.srcport",
        sctp="sctp.srcport",
        dccp="dccp.srcport",
    ),
    once(
        "destination_port",
        integer,
        tcp="tcp.dstport",
        udp="udp.dstport",
        udplite="udp.dstport",
        sctp="sctp.dstport",
        dccp="dccp.dstport",
    ),
    once(
        "transport_checksum",
        integer,
        tcp="tcp.checksum",
        udp="udp.checksum",
        udplite="udp.checksum",
        sctp="sctp.checksum",
        dccp="dccp.checksum",
    ),
    once(
        "transport_checksum_status",
        verdict,
        alike=partial_is_bad,
        tcp="tcp.checksum.status",
        udp="udp.checksum.status",
        udplite="udp.checksum.status",
        sctp="sctp.checksum.status",
        dccp="dccp.checksum.status",
    ),
    once("tcp_sequence", integer, tcp="tcp.seq_raw"),
    once("tcp_acknowledgment", integer, tcp="tcp.ack_raw"),
    once("tcp_header_length", integer, tcp="tcp.hdr_len"),
    once("tcp_flags", integer, tcp="tcp.flags"),
    once("tcp_window", integer, tcp="tcp.window_size_value"),
    once("tcp_urgent_pointer", integer, tcp="tcp.urgent_pointer"),
    Comparison("tcp_options", _options, ("tcp.option_kind", "tcp.flags"), TCP),
    first("tcp_timestamp_value", integer, "tcp", "tcp.options.timestamp.tsval"),
    first("tcp_timestamp_echo", integer, "tcp", "tcp.options.timestamp.tsecr"),
    first("tcp_mss", integer, "tcp", "tcp.options.mss_val"),
    first("tcp_window_scale", integer, "tcp", "tcp.options.wscale.shift"),
    Comparison("tcp_sack_permitted", _sack_permitted, ("tcp.option_kind",), TCP),
    number_of("tcp_sack_count", "tcp", "tcp.options.sack_le"),
    first("tcp_sack_left", integer, "tcp", "tcp.options.sack_le"),
    first("tcp_sack_right", integer, "tcp", "tcp.options.sack_re"),
    Comparison(
        "tcp_fast_open_length", _fast_open, ("tcp.options.tfo.cookie", "tcp.options.tfo.request"), TCP
    ),
    first("tcp_multipath_subtype", integer, "tcp", "tcp.options.mptcp.subtype"),
    Comparison("tcp_signature_kind", _signature, ("tcp.option_kind",), TCP),
    once("udp_length", integer, udp="udp.length"),
    first("udplite_coverage", integer, "udplite", "udp.checksum_coverage"),
    first("sctp_verification_tag", integer, "sctp", "sctp.verification_tag"),
    first("sctp_chunk_type", integer, "sctp", "sctp.chunk_type"),
)
