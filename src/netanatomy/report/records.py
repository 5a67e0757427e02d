"""The lines of a report: plain records, from which the terminal's tables and the JSON are made."""

from __future__ import annotations

from dataclasses import field

from netanatomy.schema.frozen import frozen


@frozen
class Seen:
    """How often, and in which frames first."""

    count: int
    first_frames: list[int]


@frozen
class FileLine:
    """A file of the capture."""

    name: str
    format: str
    compression: str
    size: int | None
    frames: int
    damaged: bool


@frozen
class InterfaceLine:
    """An interface of the capture; what the capture does not say is empty or None."""

    number: int
    name: str
    description: str
    link_type: int
    link_type_name: str
    snap_length: int
    filter: str
    packets: int
    octets: int
    received: int | None
    dropped: int | None
    dropped_by_system: int | None
    dropped_between: int
    comments: list[str]


@frozen
class AnomalyLine:
    """An oddity; `count` of its kind, the first of them told."""

    name: str
    layer: str
    reason: str
    source: str
    count: int
    first_frames: list[int]
    offset: int


@frozen
class TrafficLine:
    """Octets on the wire over time: a number for each span of `span_ns`, from `first_ns` on."""

    first_ns: int
    span_ns: int
    octets: list[int]


@frozen
class CapturePart:
    """What was captured."""

    files: list[FileLine]
    first_time_ns: int | None
    last_time_ns: int | None
    frames: int
    captured_octets: int
    original_octets: int
    frames_cut_short: int
    frames_back_in_time: int
    longest_frame: int
    interfaces: list[InterfaceLine]
    link_types: list[tuple[str, int, int]]
    traffic: TrafficLine
    comments: list[str]
    anomalies: list[AnomalyLine]


@frozen
class Rest:
    """What there is beside the lines that are listed: `total` in all, and what a full table dropped."""

    total: int
    dropped_entries: int
    dropped_packets: int
    dropped_octets: int


@frozen
class LinkLine:
    """Who sent frames to whom on the link."""

    source: str
    source_vendor: str
    source_meaning: str
    destination: str
    destination_vendor: str
    destination_meaning: str
    packets: int
    octets: int


@frozen
class VlanLine:
    """Frames with one VLAN identifier in their outermost tag."""

    vlan: int
    packets: int
    octets: int


@frozen
class ArpClaimLine:
    """An IPv4 address that several MAC addresses claimed in ARP."""

    address: str
    macs: list[str]
    vendors: list[str]
    first_frames: list[int]


@frozen
class NamedCount:
    """Something counted by name."""

    name: str
    meaning: str
    count: int
    first_frames: list[int]


@frozen
class LinkPart:
    """Layer 1: the link."""

    pairs: list[LinkLine]
    pairs_table: Rest
    vlans: list[VlanLine]
    arp: list[NamedCount]
    arp_conflicts: list[ArpClaimLine]
    arp_claims_dropped: int


@frozen
class AddressLine:
    """An IP address, what it is for, and what it sent and received."""

    address: str
    address_class: str
    meaning: str
    packets: int
    octets: int
    sent_packets: int
    sent_octets: int
    received_packets: int
    received_octets: int


@frozen
class AddressPairLine:
    """Two IP addresses that exchanged packets; `back` is what b sent to a."""

    a: str
    b: str
    packets: int
    octets: int
    packets_back: int
    octets_back: int
    first_time_ns: int
    last_time_ns: int
    first_frame: int


@frozen
class InternetPart:
    """Layer 2: the internet."""

    addresses: list[AddressLine]
    addresses_table: Rest
    pairs: list[AddressPairLine]
    pairs_table: Rest
    icmp: list[NamedCount]
    tunnels: list[NamedCount]
    fragments: Seen
    reassembled: Seen
    fragment_anomalies: list[NamedCount]


@frozen
class ServiceLine:
    """A port on which something was called, and what IANA registered it for."""

    protocol: str
    port: int
    service: str
    description: str
    range: str
    packets: int
    octets: int


@frozen
class SocketLine:
    """A conversation between two sockets; the server is the side that was called."""

    protocol: str
    client: str
    client_port: int
    server: str
    server_port: int
    service: str
    packets: int
    octets: int
    packets_back: int
    octets_back: int
    first_time_ns: int
    last_time_ns: int
    first_frame: int


@frozen
class PortMapLine:
    """A port of one host that was called, with the packets both ways."""

    host: str
    protocol: str
    port: int
    packets: int


@frozen
class PortMap:
    """Ports by host, of the hosts and ports with the most packets; how many there are in all."""

    lines: list[PortMapLine]
    hosts: int
    ports: int


@frozen
class FlagLine:
    """Segments with the same flags; `kind` and `meaning` where no handshake allows them."""

    flags: int
    text: str
    count: int
    kind: str = ""
    meaning: str = ""
    first_frames: list[int] = field(default_factory=list)


@frozen
class TransportPart:
    """Layer 3: transport."""

    services: list[ServiceLine]
    services_table: Rest
    sockets: list[SocketLine]
    sockets_table: Rest
    port_map: PortMap
    flags: list[FlagLine]
    impossible_flags: list[FlagLine]


@frozen
class HierarchyLine:
    """A protocol inside its carriers: frames that have it, however they go on."""

    path: str
    depth: int
    packets: int
    octets: int


@frozen
class ProtocolsPart:
    """What is packed in what, and what could not be read."""

    hierarchy: list[HierarchyLine]
    packets_beyond_the_cap: int
    checksums: list[NamedCount]
    malformed: list[NamedCount]


@frozen
class ConnectionStateLine:
    """Connections of one protocol that went the same way; `meaning` says which."""

    proto: str
    conn_state: str
    meaning: str
    connections: int
    octets: int


@frozen
class HostLine:
    """An address with all its connections; octets are those of IP packets."""

    address: str
    meaning: str
    connections: int
    originated: int
    packets: int
    octets: int
    sent_octets: int
    received_octets: int


@frozen
class ConnectionLine:
    """One connection; `octets` are those of its IP packets, both ways."""

    uid: str
    first_time_ns: int
    first_frame: int
    proto: str
    originator: str
    originator_port: int
    responder: str
    responder_port: int
    service: str
    duration_ns: int | None
    orig_bytes: int | None
    resp_bytes: int | None
    packets: int
    octets: int
    conn_state: str
    history: str


@frozen
class FailedLine:
    """TCP handshakes that came to nothing, by who was called, or (without a port) by who called."""

    address: str
    port: int | None
    service: str
    connections: int
    unanswered: int
    rejected: int
    aborted: int


TO_RESPONDER = "SYN to SYN-ACK (path to the responder)"
TO_ORIGINATOR = "SYN-ACK to ACK (path to the originator)"
ROUND_TRIP = "whole handshake (round trip)"
"""What a `DelayLine` may be of."""


@frozen
class DelayLine:
    """How long something took; the median is right to 2.2 per cent, the others exact."""

    name: str
    connections: int
    least_ns: int
    median_ns: int
    greatest_ns: int


@frozen
class ConnectionPart:
    """The conversations: who called whom, and how it went."""

    connections: int
    states: list[ConnectionStateLine]
    ends: list[NamedCount]
    hosts: list[HostLine]
    hosts_table: Rest
    largest: list[ConnectionLine]
    longest: list[ConnectionLine]
    failed_connections: int
    failed_services: list[FailedLine]
    failed_services_table: Rest
    failed_originators: list[FailedLine]
    failed_originators_table: Rest
    data_packets: int
    retransmissions: int
    delays: list[DelayLine]
    anomalies: list[NamedCount]


@frozen
class Overview:
    """The report, from the bottom up."""

    capture: CapturePart
    link: LinkPart
    internet: InternetPart
    transport: TransportPart
    connections: ConnectionPart
    protocols: ProtocolsPart
