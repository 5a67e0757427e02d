"""Connections: one row per conversation.

The columns down to `inner_vlan` have the names and the meaning of Zeek's conn.log; what follows
goes beyond it. A column of one side begins with `orig_` or `resp_`.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from netanatomy.schema.column import Column, Kind, arrow_schema

CONN_STATES = (
    "S0",  # an attempt without an answer
    "S1",  # established, not ended
    "SF",  # established and ended in the normal way
    "REJ",  # the attempt was rejected
    "S2",  # established, the originator closed, the responder did not
    "S3",  # established, the responder closed, the originator did not
    "RSTO",  # established, the originator aborted
    "RSTR",  # the responder aborted
    "RSTOS0",  # the originator sent a SYN and then a RST, without an answer
    "RSTRH",  # the responder sent a SYN-ACK and then a RST, no SYN was seen
    "SH",  # the originator sent a SYN and then a FIN, without an answer
    "SHR",  # the responder sent a SYN-ACK and then a FIN, no SYN was seen
    "OTH",  # none of these: traffic from the middle of a connection
)
"""The states of a connection, as Zeek names them."""

PROTOS = ("tcp", "udp", "icmp", "unknown_transport")

ORIGINATOR_RULES = (
    "",
    "syn",  # sent a SYN
    "syn-ack",  # was sent a SYN-ACK
    "request",  # sent an ICMP request
    "registered-service",  # the other side's port has a registered service, its own has not
    "port-range",  # the other side's port is lower
    "first-speaker",  # sent the first packet that was seen
    "reversed",  # SYN-ACK and SYN came in the wrong order, and the roles were changed back
)
"""How the originator was found, by code."""

END_REASONS = (
    "",
    "closed",  # both sides closed, or one closed and the other was never seen
    "reset",
    "attempt-timeout",  # nobody answered
    "inactive",  # nothing came for the time that the state allows
    "reused",  # the same ports began a new connection
    "evicted",  # the table was full
    "capture-end",
)
"""Why the connection's row was written, by code."""

TCP_STATES = (
    "",
    "CLOSED",
    "LISTEN",
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSE-WAIT",
    "CLOSING",
    "LAST-ACK",
    "TIME-WAIT",
)
"""The states of RFC 9293 section 3.3.2, by code."""


def _both(name: str, kind: Kind, meaning: str, unit: str = "") -> tuple[Column, Column]:
    return (
        Column(f"orig_{name}", kind, f"{meaning} of the originator.", unit),
        Column(f"resp_{name}", kind, f"{meaning} of the responder.", unit),
    )


CONNECTION_COLUMNS: tuple[Column, ...] = (
    Column("ts", Kind.TIME, "Time of the first packet.", "ns"),
    Column("uid", Kind.TEXT, "Identifier of the connection; the same whenever the capture is read."),
    Column("id.orig_h", Kind.IP, "The originator's address."),
    Column("id.orig_p", Kind.U16, "The originator's port; of ICMP the type."),
    Column("id.resp_h", Kind.IP, "The responder's address."),
    Column("id.resp_p", Kind.U16, "The responder's port; of ICMP the type that answers, or the code."),
    Column("proto", Kind.NAME, "tcp, udp, icmp or unknown_transport."),
    Column("duration", Kind.DURATION, "From the first packet to the last that moved it on.", "ns"),
    Column(
        "orig_bytes",
        Kind.U64,
        "Payload octets that the originator sent; of TCP by its sequence numbers.",
        "octets",
    ),
    Column(
        "resp_bytes",
        Kind.U64,
        "Payload octets that the responder sent; of TCP by its sequence numbers.",
        "octets",
    ),
    Column("conn_state", Kind.NAME, "How it went: S0, S1, SF, REJ, S2, S3, RSTO, RSTR and others."),
    Column("local_orig", Kind.BOOL, "Whether the originator is in one of the local networks given."),
    Column("local_resp", Kind.BOOL, "Whether the responder is in one of the local networks given."),
    Column("missed_bytes", Kind.U64, "Payload octets that were acknowledged but not captured.", "octets"),
    Column(
        "history",
        Kind.TEXT,
        "What happened, a letter each, capital for the originator: s SYN, h SYN-ACK, a ACK, d data, f FIN, "
        "r RST, c bad checksum, g gap, t retransmission, w zero window, i FIN+RST, q SYN+FIN or SYN+RST, "
        "^ direction turned round.",
    ),
    Column("orig_pkts", Kind.U64, "Packets that the originator sent.", "packets"),
    Column("orig_ip_bytes", Kind.U64, "Octets of the originator's IP packets, headers included.", "octets"),
    Column("resp_pkts", Kind.U64, "Packets that the responder sent.", "packets"),
    Column("resp_ip_bytes", Kind.U64, "Octets of the responder's IP packets, headers included.", "octets"),
    Column("tunnel_parents", Kind.TEXTS, "Identifiers of the connections that carry this one."),
    Column("ip_proto", Kind.U8, "IP protocol number."),
    Column("vlan", Kind.U16, "VLAN identifier of the outermost tag of the first packet."),
    Column("inner_vlan", Kind.U16, "VLAN identifier of the second tag of the first packet."),
    Column("orig_l2_addr", Kind.MAC, "Link-layer address that the originator's first packet came from."),
    Column("resp_l2_addr", Kind.MAC, "Link-layer address that the responder's first packet came from."),
    # beyond Zeek
    Column("community_id", Kind.TEXT, "Community ID version 1, seed 0."),
    Column("ip_version", Kind.U8, "4 or 6."),
    Column("originator_rule", Kind.NAME, "How it was found out which side is the originator."),
    Column("end_reason", Kind.NAME, "Why the row was written when it was."),
    Column("first_frame", Kind.U64, "Number of the first frame."),
    Column("last_frame", Kind.U64, "Number of the last frame."),
    Column("last_time", Kind.TIME, "Time of the last packet.", "ns"),
    Column("anomalies", Kind.U64, "Anomalies told about this connection.", "anomalies"),
    *_both("tcp_state", Kind.NAME, "State by RFC 9293, as far as it could be seen,"),
    Column("syn_ack_delay", Kind.DURATION, "From the SYN to the SYN-ACK: the path to the responder.", "ns"),
    Column("ack_delay", Kind.DURATION, "From the SYN-ACK to its ACK: the path to the originator.", "ns"),
    *_both("mss", Kind.U16, "Maximum segment size offered by the SYN", "octets"),
    *_both("window_scale", Kind.U8, "Shift count of the window offered by the SYN", "bits"),
    *_both("sack_permitted", Kind.BOOL, "Whether selective acknowledgments are offered by the SYN"),
    *_both("timestamps", Kind.BOOL, "Whether timestamps are in the first segment"),
    *_both("initial_ttl", Kind.U8, "Time to live of the first packet", "hops"),
    *_both("initial_window", Kind.U16, "Window of the first segment, not scaled,", "octets"),
    Column("ecn", Kind.BOOL, "Whether both sides agreed on explicit congestion notification (RFC 3168)."),
    *_both("congestion_marks", Kind.U64, "Packets marked congestion experienced", "packets"),
    *_both("data_pkts", Kind.U64, "Packets with payload", "packets"),
    *_both("data_bytes", Kind.U64, "Payload octets, retransmitted ones counted again,", "octets"),
    *_both("retransmissions", Kind.U64, "Segments that were sent before", "segments"),
    *_both("fast_retransmissions", Kind.U64, "Retransmissions after duplicate acknowledgments", "segments"),
    *_both("duplicates", Kind.U64, "Packets that the capture holds twice", "packets"),
    *_both("out_of_order", Kind.U64, "Segments that came late", "segments"),
    *_both("duplicate_acks", Kind.U64, "Acknowledgments that say again what was said", "segments"),
    *_both("zero_windows", Kind.U64, "Segments with a window of zero", "segments"),
    *_both("resets", Kind.U64, "Segments with RST", "segments"),
    *_both("size_min", Kind.U32, "Least length of an IP packet", "octets"),
    *_both("size_max", Kind.U32, "Greatest length of an IP packet", "octets"),
    *_both("size_mean", Kind.F64, "Mean length of an IP packet", "octets"),
    *_both("size_deviation", Kind.F64, "Standard deviation of the lengths of the IP packets", "octets"),
    *_both("gap_min", Kind.DURATION, "Least time between two packets", "ns"),
    *_both("gap_max", Kind.DURATION, "Greatest time between two packets", "ns"),
    *_both("gap_mean", Kind.DURATION, "Mean time between two packets", "ns"),
    *_both("gap_deviation", Kind.DURATION, "Standard deviation of the times between two packets", "ns"),
    *_both("entropy", Kind.F64, "Entropy of the first payload, of up to 128 octets,", "bits an octet"),
)


@cache
def connection_schema() -> pa.Schema:
    """The Arrow schema of the connection table.

    >>> connection_schema().field("orig_bytes").metadata[b"unit"]
    b'octets'
    """
    return arrow_schema(CONNECTION_COLUMNS)
