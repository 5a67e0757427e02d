"""What a user may set about following connections; every number has its unit and its source."""

from __future__ import annotations

from dataclasses import field
from ipaddress import IPv4Network, IPv6Network

from netanatomy.schema.frozen import frozen

SECOND = 1_000_000_000
"""Nanoseconds."""


@frozen
class FlowOptions:
    """How connections are followed. Times are nanoseconds of packet time, never of a clock.

    Attributes:
        tcp_attempt_timeout: a SYN that nobody answered, from the first one (Zeek: tcp_attempt_delay).
        tcp_handshake_timeout: no packet while no side is established (Zeek: udp_inactivity_timeout,
            which it sets for new TCP connections).
        tcp_inactivity_timeout: no packet in an established connection (Zeek).
        tcp_close_delay: how long late packets of a closed connection still belong to it (Zeek).
        udp_inactivity_timeout: no datagram (Zeek).
        icmp_inactivity_timeout: no message (Zeek).
        other_inactivity_timeout: no packet of another IP protocol (Zeek: unknown_ip_inactivity_timeout).
        maximum_connections: connections kept at once. Bounds floods of random sources; what is
            dropped to make room is written as `evicted` and counted.
        checksums: `check` drops every segment with a wrong checksum, as a receiver would; `ignore`
            believes them all; `auto` drops them but for sums that the sender left to its hardware.
        local_networks: networks that count as local; without any, local_orig and local_resp are null.
        server_ports: ports that are taken for a server's where no SYN tells; None for the built-in rule.
        overlap_policy: which octets count where segments overlap: first, last, bsd, linux, windows, solaris.
        stream_depth: octets of each connection that are kept, both sides together; 0 keeps none.
        stream_memory: octets kept of all connections together.
    """

    tcp_attempt_timeout: int = 5 * SECOND
    tcp_handshake_timeout: int = 60 * SECOND
    tcp_inactivity_timeout: int = 300 * SECOND
    tcp_close_delay: int = 5 * SECOND
    udp_inactivity_timeout: int = 60 * SECOND
    icmp_inactivity_timeout: int = 60 * SECOND
    other_inactivity_timeout: int = 60 * SECOND
    maximum_connections: int = 1_000_000
    checksums: str = "auto"
    local_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    server_ports: frozenset[tuple[int, int]] | None = field(default=None, repr=False)
    overlap_policy: str = "first"
    stream_depth: int = 1 << 20
    stream_memory: int = 256 << 20
