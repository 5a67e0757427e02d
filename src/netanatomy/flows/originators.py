"""Which side of a new connection is the originator, and by what rule that was found out."""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import PROTOCOL
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_roles import flip
    from netanatomy.flows.tcp_status import ACK, RST, SYN

    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58

    RULE_SYN = 1  # as in schema.connections.ORIGINATOR_RULES
    RULE_SYN_ACK = 2
    RULE_REQUEST = 3
    RULE_SERVICE = 4
    RULE_RANGE = 5
    RULE_FIRST = 6

    PORTS_OF_SYSTEM = 1024  # RFC 6335 section 6
    PORTS_OF_CLIENTS = 32_768  # lowest port that Linux lends to a client (net.ipv4.ip_local_port_range)


class Originators:
    """Finds the originators of new connections.

    Args:
        servers: for TCP and UDP, of each port whether it is taken for a server's; shape (2, 65536).
        by_range: whether the range of a port may tell the originator where nothing else does.
    """

    def __init__(self, servers: NDArray[np.uint8], by_range: bool) -> None:
        self.servers = servers.data
        self.by_range = by_range

    def find(self, packet: Packet, table: Connections, one_way: cython.bint) -> cython.int:
        """Turn the new connection round where its first packet came from the responder; keep the rule."""
        rule: cython.longlong = RULE_FIRST
        turn: cython.bint = False
        line: cython.Py_ssize_t
        source: cython.int
        destination: cython.int
        if packet.protocol == PROTOCOL_ICMP:
            if packet.source_port != 0 and packet.source_port != 14 and not one_way:
                rule = RULE_REQUEST
        elif packet.protocol == PROTOCOL_ICMPV6:
            if not one_way and packet.source_port != 129 and packet.source_port != 136:
                rule = RULE_REQUEST
        elif packet.protocol == PROTOCOL_TCP and packet.flags & (SYN | ACK) == SYN:
            rule = RULE_SYN
        elif packet.protocol == PROTOCOL_TCP and packet.flags & (SYN | ACK | RST) == SYN | ACK:
            rule = RULE_SYN_ACK
            turn = True
        elif packet.protocol == PROTOCOL_TCP or packet.protocol == PROTOCOL_UDP:
            line = 0 if packet.protocol == PROTOCOL_TCP else 1
            source = self.servers[line, packet.source_port]
            destination = self.servers[line, packet.destination_port]
            if source != destination:
                rule = RULE_SERVICE
                turn = source > destination
            elif packet.protocol == PROTOCOL_TCP:
                if source:
                    turn = not packet.flags & SYN and packet.source_port < packet.destination_port
                    rule = RULE_RANGE
                elif self.by_range and not packet.flags & SYN:
                    source = range_of(packet.source_port)
                    destination = range_of(packet.destination_port)
                    if source != destination:
                        rule = RULE_RANGE
                        turn = source < destination
        table.record[packet.slot, PROTOCOL] |= rule << 16
        if turn and not is_broadcast(packet):
            flip(table, packet)
        return 0


def is_broadcast(packet: Packet) -> cython.bint:
    """Whether the packet goes to 255.255.255.255, from where nobody answers."""
    most: cython.longlong = 0xFFFFFFFF
    return packet.ip_version == 4 and (
        (packet.destination_low & most) == most or ((packet.destination_low >> 32) & most) == most
    )


def range_of(port: cython.int) -> cython.int:
    """0 for a port of the system, 1 for one that programs register, 2 for one that is lent to clients."""
    if port < PORTS_OF_SYSTEM:
        return 0
    return 1 if port < PORTS_OF_CLIENTS else 2
