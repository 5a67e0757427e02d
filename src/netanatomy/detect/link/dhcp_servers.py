"""DHCP servers as they showed themselves, and what speaks against one of two."""

from __future__ import annotations

from dataclasses import field
from ipaddress import IPv4Address

from netanatomy.schema.frozen import changeable
from netanatomy.schema.network import Network
from netanatomy.tables.text import mac_text


@changeable
class Server:
    """One server as it showed itself."""

    identifier: int
    mac: bytes
    vlan: int
    start: int
    end: int
    answers: int
    sources: set[str] = field(default_factory=set)
    routers: set[int] = field(default_factory=set)
    resolvers: set[int] = field(default_factory=set)
    clients: set[bytes] = field(default_factory=set)
    questions: set[tuple[int, int]] = field(default_factory=set)  # client and transaction

    @property
    def address(self) -> str:
        """Its identifier, as text."""
        return str(IPv4Address(self.identifier))

    @property
    def selfish(self) -> int:
        """How much it draws to itself: it is the router, it is the resolver."""
        return 2 * (self.identifier in self.routers) + (self.identifier in self.resolvers)


def is_named(server: Server, network: Network) -> bool:
    """Whether the user told that it is a DHCP server."""
    return network.is_dhcp_server(server.address, *server.sources, mac_text(server.mac or b""))


def suspicion(server: Server, network: Network) -> tuple[int, int, int, int]:
    """Of two, the one with the greater is the rogue: by what it gives, or else the one that came later."""
    return strays(server, network), server.selfish, server.start, server.identifier


def strays(server: Server, network: Network) -> int:
    """How much of what it gives is none of what the user named: the router, the resolver."""
    routers = network.members("gateways").have_version_4
    resolvers = network.members("dns_servers").have_version_4
    strange = routers and any(not network.is_gateway(str(IPv4Address(one))) for one in server.routers)
    return 2 * strange + (
        resolvers and any(not network.is_dns_server(str(IPv4Address(one))) for one in server.resolvers)
    )
