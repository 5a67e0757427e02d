"""What `netanatomy address` answers, before anything decides how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from netanatomy.layers.internet.addresses import Address, AddressClass, Network
from netanatomy.layers.internet.multicast_groups import MulticastGroup
from netanatomy.layers.internet.notations import Reading
from netanatomy.layers.internet.subnets import Division, Subnet
from netanatomy.layers.link.mac_notations import MacFacts
from netanatomy.schema.frozen import frozen

DatabaseValue: TypeAlias = (
    "Mapping[str, DatabaseValue] | Sequence[DatabaseValue] | str | bytes | int | float | bool | None"
)


@frozen
class Embedded:
    """An IPv4 address inside an IPv6 address.

    Attributes:
        mechanism: as `addresses.EmbeddedIPv4` names it.
        ipv4: the address; with Teredo the client's.
        ipv4_kind: what that address is for: `::ffff:127.0.0.1` reaches this very host.
        server: with Teredo, its server.
        port: with Teredo, the client's UDP port as its server saw it.
        flags: with Teredo, the 16 flag bits.
        note: what is worth knowing about it; may be empty.
    """

    mechanism: str
    ipv4: IPv4Address
    ipv4_kind: AddressClass
    server: IPv4Address | None = None
    port: int | None = None
    flags: int | None = None
    note: str = ""


@frozen
class DatabaseAnswer:
    """What a MaxMind database says of an address.

    Attributes:
        path: the database.
        database_type: how it calls itself, for example `GeoLite2-City`.
        built: when it was made, in seconds since 1970 UTC.
        network: the network that the record is about, or None where there is no record.
        record: the record; None where the database has none for the address.
        note: why there is none; empty where there is one.
    """

    path: str
    database_type: str
    built: int
    network: Network | None
    record: DatabaseValue
    note: str = ""


@frozen
class AddressAnswer:
    """Everything that is known of one address, network or MAC address.

    Attributes:
        question: what was asked, as it was written.
        form: `address`, `network`, `mac`.
        address: the IP address, or None for a MAC address. Of a network, the address that was written.
        zone: the zone (interface) of a scoped address (RFC 4007 section 11), or empty.
        readings: what different programs make of the text, where they disagree.
        kind: what the address is for.
        notations: other ways to write it, by name.
        reverse_name: where its PTR record stands.
        embedded: the IPv4 address that it carries.
        nat64: the IPv4 address behind it for each length that a NAT64 prefix may have, where that is open.
        mac: for a MAC address its facts; for an IPv6 address, those of the MAC address that its interface
            identifier was made of.
        solicited_node: the group at which neighbour discovery asks for it.
        solicited_node_mac: the MAC address of that group.
        multicast: the group, taken apart.
        link_local: for a MAC address, the link-local IPv6 address that is made of it.
        groups: for a MAC address, the multicast groups that it may stand for.
        subnet: for a network, what one computes with it.
        division: for a network, its parts.
        databases: what each database says.
    """

    question: str
    form: str
    address: Address | None = None
    zone: str = ""
    readings: tuple[Reading, ...] = ()
    kind: AddressClass | None = None
    notations: Mapping[str, str] = field(default_factory=dict)
    reverse_name: str = ""
    embedded: Embedded | None = None
    nat64: Mapping[int, IPv4Address] = field(default_factory=dict)
    mac: MacFacts | None = None
    solicited_node: IPv6Address | None = None
    solicited_node_mac: bytes | None = None
    multicast: MulticastGroup | None = None
    link_local: IPv6Address | None = None
    groups: tuple[Address, ...] = ()
    subnet: Subnet | None = None
    division: Division | None = None
    databases: tuple[DatabaseAnswer, ...] = ()

    @property
    def network(self) -> Network | None:
        """The network that was asked for, or None."""
        return self.subnet.network if self.subnet else None


@frozen
class Relation:
    """How two of the networks or addresses that were asked for stand to each other.

    Attributes:
        one: the first.
        relation: `equal`, `contains`, `within` or `apart`.
        other: the second.
    """

    one: Network
    relation: str
    other: Network


@frozen
class Comparison:
    """Several networks beside one another.

    Attributes:
        relations: each pair, in the order in which they were asked for.
        together: the fewest networks that hold the same addresses.
    """

    relations: tuple[Relation, ...]
    together: tuple[Network, ...]
