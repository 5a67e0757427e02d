"""The ports that Zeek takes for a server's, by the script that names them.

Zeek turns a connection without SYN round where only the originator's port is in its set
`likely_server_ports`. Each protocol's script adds its own (`redef likely_server_ports += …`), so that
the set depends on the scripts that a test loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TCP, UDP = 6, 17
"""Assigned Internet Protocol Numbers, IANA."""

Ports = frozenset[tuple[int, int]]


def _ports(tcp: tuple[int, ...] = (), udp: tuple[int, ...] = ()) -> Ports:
    return frozenset([*((TCP, port) for port in tcp), *((UDP, port) for port in udp)])


ALWAYS = _ports(udp=(2123, 2152, 3544, 4789, 5072, 6081))
"""Tunnels: zeek/zeek scripts/base/packet-protocols/{ayiya,geneve,gtpv1,teredo,vxlan}/main.zeek, which
`-b` loads too."""

BY_PROTOCOL: Mapping[str, Ports] = MappingProxyType(
    {
        "dce-rpc": _ports(tcp=(135,)),
        "dhcp": _ports(udp=(67,)),
        "dnp3": _ports(tcp=(20000,), udp=(20000,)),
        "dns": _ports(tcp=(53,), udp=(53, 137, 5353, 5355)),
        "ftp": _ports(tcp=(21, 2811)),
        "http": _ports(tcp=(80, 81, 631, 1080, 3128, 8000, 8080, 8888)),
        "imap": _ports(tcp=(143,)),
        "irc": _ports(tcp=(6666, 6667, 6668, 6669)),
        "krb": _ports(tcp=(88,), udp=(88,)),
        "ldap": _ports(tcp=(389, 3268), udp=(389,)),
        "modbus": _ports(tcp=(502,)),
        "mqtt": _ports(tcp=(1883,)),
        "mysql": _ports(tcp=(1434, 3306)),
        "ntp": _ports(udp=(123,)),
        "postgresql": _ports(tcp=(5432,)),
        "quic": _ports(udp=(443, 784, 853)),
        "radius": _ports(udp=(1812,)),
        "rdp": _ports(tcp=(3389,), udp=(3389,)),
        "redis": _ports(tcp=(6379,)),
        "sip": _ports(udp=(5060,)),
        "smb": _ports(tcp=(139, 445)),
        "smtp": _ports(tcp=(25, 587)),
        "snmp": _ports(udp=(161, 162)),
        "socks": _ports(tcp=(1080,)),
        "ssh": _ports(tcp=(22,)),
        "ssl": _ports(
            tcp=(443, 563, 585, 614, 636, 989, 990, 992, 993, 995, 5223),
            udp=(443,),
        ),
        "syslog": _ports(tcp=(514,), udp=(514,)),
        "xmpp": _ports(tcp=(5222, 5269)),
    }
)
"""zeek/zeek scripts/base/protocols/NAME/main.zeek (read in November 2026)."""

LOADED_WITH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "base/protocols/rdp": ("ssl",),
        "base/protocols/smtp": (),
        "base/protocols/tunnels": (),
    }
)
"""Protocols whose scripts another script loads (its `@load` lines)."""


def server_ports(bare: bool, loads: tuple[str, ...]) -> Ports:
    """The ports that a run of Zeek takes for a server's.

    Args:
        bare: whether only the scripts in `loads` run (`-b`).
        loads: script folders, as `base/protocols/http`.
    """
    if not bare:
        return ALWAYS.union(*BY_PROTOCOL.values())
    found = ALWAYS
    for script in loads:
        name = (
            script.removeprefix("policy/").removeprefix("base/").removeprefix("protocols/").partition("/")[0]
        )
        for protocol in (name, *LOADED_WITH.get(script, ())):
            found |= BY_PROTOCOL.get(protocol, frozenset())
    return found
