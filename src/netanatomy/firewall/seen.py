"""Packets as a packet filter sees them, which judges each as it arrives and puts nothing together.

The packet table tells the ports of a fragmented datagram where it is complete: at the fragment that
came last. A packet filter in front of that sees them at the first fragment, and never at the others.
Where the first fragment is the one that came last, its ports are those of the datagram, unless another
first fragment came before it (an overlap): what is seen then is that one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.firewall.fields import ICMP, ICMPV6, IGMP, TCP, UDP, WITH_PORTS
from netanatomy.firewall.lines import Written
from netanatomy.schema.packet_batch import PacketBatch
from netanatomy.schema.packets import packet_schema
from netanatomy.tables.rows import Mask, Numbers, Places, Rows
from netanatomy.tables.selection import selected_columns

ETHERNET_LINK = 1  # LINKTYPE_ETHERNET

# Where a column stands in its header: protocols, octet, octets, mask, shift to the left; RFC 9293, 768, 792.
_HEADERS = {
    "source_port": (WITH_PORTS, 0, 2, 0xFFFF, 0),
    "destination_port": (WITH_PORTS, 2, 2, 0xFFFF, 0),
    "tcp_sequence": ((TCP,), 4, 4, 0xFFFFFFFF, 0),
    "tcp_acknowledgment": ((TCP,), 8, 4, 0xFFFFFFFF, 0),
    "tcp_header_length": ((TCP,), 12, 1, 0xF0, -2),
    "tcp_flags": ((TCP,), 13, 1, 0xFF, 0),
    "tcp_window": ((TCP,), 14, 2, 0xFFFF, 0),
    "tcp_urgent_pointer": ((TCP,), 18, 2, 0xFFFF, 0),
    "udp_length": ((UDP,), 4, 2, 0xFFFF, 0),
    "icmp_type": ((ICMP, ICMPV6), 0, 1, 0xFF, 0),
    "icmp_code": ((ICMP, ICMPV6), 1, 1, 0xFF, 0),
    "igmp_type": ((IGMP,), 0, 1, 0xFF, 0),
}
EIGHT_FLAGS = 0xFF  # those of octet 13, which nftables calls `tcp flags`; AE (RFC 9768) is in octet 12
_TARGET = slice(8, 24)  # nd_target in ICMPv6 (RFC 4861 sections 4.3, 4.4)
_LONGEST = 24  # octets: the end of the last of them

ALWAYS = (
    "frame_number",
    "depth",
    "time",
    "link_type",
    "vlan_count",
    "eth_source",
    "eth_destination",
    "ip_version",
    "ip_source",
    "ip_destination",
    "ip_protocol",
    "ip_identification",
    "ip_fragment_offset",
    "reassembled_fragments",
    "payload_offset",
    "payload_length",
)
"""Columns that measuring always looks at, beside those of rules and scopes."""


def seen_columns(rules: Iterable[Written]) -> tuple[str, ...]:
    """The columns of the packet table that the rules look at."""
    selectors = [selector for rule in rules for line in rule.lines for selector in line.selectors]
    return tuple(dict.fromkeys((*ALWAYS, *selected_columns(selectors))))


def as_seen(batch: PacketBatch) -> Rows:
    """The rows of a batch, fragments with what stands in their own octets."""
    rows = Rows(batch.table, batch.pieces)
    mine = [name for name in _HEADERS if batch.table.schema.get_field_index(name) >= 0]
    if not mine or not rows.has("ip_protocol"):
        return rows
    fragments = rows.valid("ip_fragment_offset") & (rows.numbers("depth") == 0)
    later = np.flatnonzero(fragments & (rows.numbers("ip_fragment_offset") > 0))
    cut = _cut_short(rows, mine)
    ninth = "tcp_flags" in mine and bool((rows.numbers("tcp_flags") > EIGHT_FLAGS).any())
    if not len(later) and not len(cut) and not ninth:
        return rows
    heads = rows.payload_heads(cut, _LONGEST).astype(np.int64)
    there = rows.at("payload_length", cut) if batch.pieces else np.zeros(len(cut), np.int64)
    protocol = rows.at("ip_protocol", cut)
    columns = {name: batch.table.column(name) for name in batch.table.schema.names}
    for name in mine:
        protocols, at, size, mask, shift = _HEADERS[name]
        numbers, valid = rows.numbers(name).astype(np.int64), rows.valid(name)
        valid[later] = False
        value = _number(heads, at, size)
        value = (value & mask) >> -shift if shift < 0 else value & mask
        has = np.isin(protocol, protocols) & (there >= at + size)
        numbers[cut[has]] = value[has]
        valid[cut[has]] = True
        if name == "tcp_flags":
            numbers &= EIGHT_FLAGS
        columns[name] = pa.array(numbers, packet_schema().field(name).type, mask=~valid)
    if "nd_target" in columns:
        columns["nd_target"] = _targets(rows, later, cut[(protocol == ICMPV6) & (there >= _TARGET.stop)])
    return Rows(pa.RecordBatch.from_pydict(columns, schema=batch.table.schema), batch.pieces)


def _targets(rows: Rows, later: Places, cut: Places) -> pa.Array:
    """Targets of neighbour discovery, with those of fragments."""
    octets, valid = rows.octets("nd_target").copy(), rows.valid("nd_target")
    octets[cut] = rows.payload_heads(cut, _LONGEST)[:, _TARGET]
    valid[cut], valid[later] = True, False
    kind = packet_schema().field("nd_target").type
    return pa.array([each.tobytes() if has else None for each, has in zip(octets, valid, strict=True)], kind)


def _number(heads: Numbers, at: int, size: int) -> NDArray[np.int64]:
    """A number of some octets, most significant first, of each of the heads."""
    found = np.zeros(len(heads), np.int64)
    for place in range(at, at + size):
        found = found << 8 | heads[:, place]
    return found


def _cut_short(rows: Rows, names: Sequence[str]) -> Places:
    """Packets at whose transport header the table says nothing, though some of it is there."""
    known = np.zeros(rows.count, np.bool_)
    for name in names:
        if rows.has(name):
            known |= rows.valid(name)
    protocols = {number for name in names for number in _HEADERS[name][0]}
    mine = np.isin(rows.numbers("ip_protocol"), sorted(protocols)) & rows.valid("ip_protocol")
    first = ~rows.valid("ip_fragment_offset") | (rows.numbers("ip_fragment_offset") == 0)
    return np.flatnonzero(mine & ~known & first & (rows.numbers("depth") == 0))


def reaching(rows: Rows, rule: Written) -> Mask:
    """The packets that come to a rule's chain: outermost ones, and frames only where they are Ethernet's."""
    found: Mask = rows.numbers("depth") == 0
    if not rule.whole_frames:
        return found
    found &= rows.numbers("link_type") == ETHERNET_LINK
    by_type = any(
        match.column == "eth_type" for line in rule.lines for each in line.selectors for match in each.matches
    )
    # One tag is taken off in front of the chain; behind two the type is that of the second tag.
    return found & (rows.numbers("vlan_count") <= 1) if by_type else found
