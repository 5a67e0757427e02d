"""How to ask: time-outs, retries, and what goes into the OPT record."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

DEFAULT_TIMEOUT = 5.0
"""Seconds for one try: RES_TIMEOUT of resolv.conf(5), and dig's +timeout."""

DEFAULT_ATTEMPTS = 2
"""Tries of one server: RES_DFLRETRY of resolv.conf(5). dig makes three."""

UDP_PAYLOAD = 1232
"""Octets of an answer over UDP that pass every path unfragmented: 1280 of IPv6's smallest MTU (RFC 8200
section 5) less 40 of IPv6 and 8 of UDP, as DNS flag day 2020 asks."""

PADDING = 128
"""An encrypted question is padded to a multiple of so many octets (RFC 8467 section 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to ask.

    Attributes:
        timeout: seconds for one try.
        attempts: tries, from 1 on.
        recursion: ask the server to find out (RD); off for authoritative servers.
        edns: send an OPT record (RFC 6891).
        dnssec: ask for DNSSEC records (DO), and to have them also if the server thinks them wrong (CD).
        nsid: ask for the name of the server instance (RFC 5001).
        cookie: send a cookie (RFC 7873).
        subnet: send this client subnet (RFC 7871).
        ca: file of certificate authorities in PEM to trust instead of the system's.
        bootstrap: address of a server that is given by name, instead of looking it up.
        tcp_on_truncation: ask again over TCP where an answer over UDP was truncated.
    """

    timeout: float = DEFAULT_TIMEOUT
    attempts: int = DEFAULT_ATTEMPTS
    recursion: bool = True
    edns: bool = True
    dnssec: bool = False
    nsid: bool = False
    cookie: bool = False
    subnet: IPv4Network | IPv6Network | None = None
    ca: str | None = None
    bootstrap: str | None = None
    tcp_on_truncation: bool = True
