"""What a user tells about the network. Everything may be left out; what is known makes verdicts surer."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen


@frozen
class Network:
    """Facts about the network that a capture was taken in.

    Attributes:
        home_networks: networks that are one's own, in CIDR notation.
        gateways: addresses of routers.
        dhcp_servers: addresses of DHCP servers.
        dns_servers: addresses of resolvers.
        known_servers: addresses of servers that many clients are expected to use.
        allowed_scanners: addresses that may scan and probe (monitoring, inventory).
        root_bridge: bridge identifier or MAC address that is to be the root of the spanning tree.
    """

    home_networks: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    dhcp_servers: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    known_servers: tuple[str, ...] = ()
    allowed_scanners: tuple[str, ...] = ()
    root_bridge: str = ""

    @property
    def home(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The home networks.

        Raises:
            UsageError: one of them is no network.
        """
        try:
            return tuple(ip_network(text, strict=False) for text in self.home_networks)
        except ValueError as error:
            raise UsageError(f"home_networks: {error}") from None

    def is_home(self, address: str) -> bool | None:
        """Whether an address is in a home network; None where none is given.

        >>> Network(("10.0.0.0/8",)).is_home("10.1.2.3"), Network().is_home("10.1.2.3")
        (True, None)
        """
        if not self.home_networks:
            return None
        found = ip_address(address)
        return any(found in network for network in self.home if network.version == found.version)


NOWHERE = Network()
"""Nothing is known."""
