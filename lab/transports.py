"""Transports and headers that few programs use, between the two hosts of tunnels.py.

Kinds are functions as in tunnels_host.py.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lab.namespaces import Host, wait_for
from lab.tunnels_host import V4, V6

USRSCTP = "/usr/lib/usrsctp"
SOCKET_OPTIONS = Path(__file__).with_name("socket_options.py")
PROGRAMS = {f"{USRSCTP}/client": "libusrsctp-examples", "ping": "iputils-ping"}


def sctp(udp_port: str, left: Host, right: Host) -> list[str]:
    """An association by usrsctp, plain (RFC 9260) or in UDP (RFC 6951)."""
    right.start(f"{USRSCTP}/echo_server", udp_port, udp_port)
    time.sleep(0.5)  # neither program says when it is ready
    left.start(f"{USRSCTP}/client", V4[1], "7", "0", udp_port, udp_port)
    time.sleep(1.5)
    return []


def socket_option(kind: str, ends: tuple[str, str], left: Host, right: Host) -> list[str]:
    """One line there and back over a socket with an unusual option."""
    for host in (left, right):
        host.sysctl(net__ipv4__tcp_fastopen="3")
    script = [sys.executable, "-B", str(SOCKET_OPTIONS), kind]
    ready = right.folder / f"{Path(sys.executable).name}.out"
    before = ready.read_bytes().count(b"ready") if ready.exists() else 0
    right.start(*script, "serve", ends[1], ends[0])
    wait_for(kind, lambda: ready.read_bytes().count(b"ready") > before, 5)
    left.run(*script, "ask", *ends)
    return []


def ipv4_options(left: Host, _right: Host) -> list[str]:
    """Pings with the record-route and the timestamp option (RFC 791)."""
    left.run("ping", "-n", "-q", "-c", "1", "-R", V4[1])
    left.run("ping", "-n", "-q", "-c", "1", "-T", "tsandaddr", V4[1])
    return []


def ecn(left: Host, right: Host) -> list[str]:
    """TCP that negotiates explicit congestion notification (RFC 3168)."""
    for host in (left, right):
        host.sysctl(net__ipv4__tcp_ecn="1")
    return [V4[1]]


KINDS: dict[str, Callable[[Host, Host], list[str]]] = {
    "sctp": partial(sctp, "0"),
    "sctp-in-udp": partial(sctp, "9899"),
    "udp-lite": partial(socket_option, "udp-lite", V4),
    "mptcp": partial(socket_option, "mptcp", V4),
    "tcp-md5": partial(socket_option, "tcp-md5", V4),
    "tcp-fast-open": partial(socket_option, "tcp-fast-open", V4),
    "ipv6-options": partial(socket_option, "ipv6-options", V6),
    "ipv4-options": ipv4_options,
    "ecn": ecn,
}
ABOUT = {
    "sctp": "SCTP (RFC 9260) by usrsctp: an association and a line each way",
    "sctp-in-udp": "SCTP in UDP (RFC 6951) by usrsctp",
    "udp-lite": "UDP-Lite, 20 octets covered (RFC 3828)",
    "mptcp": "Multipath TCP (RFC 8684)",
    "tcp-md5": "TCP with MD5 signatures (RFC 2385)",
    "tcp-fast-open": "TCP Fast Open: the cookie, then data in the SYN (RFC 7413)",
    "ipv6-options": "hop-by-hop and destination options, padding only (RFC 8200)",
    "ipv4-options": "pings with record route and timestamps (RFC 791)",
    "ecn": "TCP that negotiates congestion notification (RFC 3168)",
}
