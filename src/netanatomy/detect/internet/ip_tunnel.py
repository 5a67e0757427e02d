"""IP tunnel: packets inside packets, past whatever looks only at the outside.

What it is:
    A tunnel puts a whole packet into the payload of another: IPv6 into IPv4 (6in4, 6to4, ISATAP, Teredo),
    IPv4 into IPv4, GRE, VXLAN and others. Networks are built of them. But a firewall that reads the outer
    header only does not see who talks inside: a host that opens its own tunnel outwards carries a network,
    often with IPv6 that nobody guards, around the edge.

Exchange:
    inside host             edge                        tunnel end outside
       | == IPv4, protocol 41 [ IPv6 [ TCP ] ] ==============> |
       |                     | sees one flow, no ports         | -- IPv6 to anywhere -->
       | <============= IPv4, protocol 41 [ IPv6 [ TCP ] ] ==  |

How it is recognised:
    At least `packets` packets that carry another packet, by their protocol number or their header. Every
    tunnel is told: as a fact (info), and with low severity where it joins an inside host to one outside,
    past the edge. Inside is what `home_networks` says; without it, private addresses. Ends that are named in
    `known_servers` (VPN) are meant to be.

What looks the same:
- Tunnels that were built on purpose: between routers, to a provider, in a data centre, in a mobile network.
- A tunnel broker that somebody is allowed to use.

How to stop it:
- Let protocol 41, protocol 47, protocol 4 and UDP port 3544 out only where a tunnel is wanted (RFC 7123).
- Give hosts real IPv6, with rules: then they do not look for a way around.
- Switch off transition mechanisms on hosts (Windows: `netsh interface teredo set state disabled`).

Limits:
    Encrypted tunnels (IPsec, WireGuard, TLS) carry packets that cannot be seen, and are not told here.

In the lab:
    python -m lab.scenarios ip-tunnel-6in4      (socat TUN IP4-DATAGRAM:198.51.100.80:41)

References:
- RFC 6169, Security Concerns with IP Tunneling
- RFC 7123, Security Implications of IPv6 on IPv4 Networks
- RFC 4213, RFC 3056, RFC 5214, RFC 4380, RFC 2784, RFC 2003
- MITRE ATT&CK T1572, Protocol Tunneling
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import numpy as np
import pyarrow as pa

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.detect.tunnel_carriers import addresses_column, carriers
from netanatomy.layers.internet.ip_tunnels import IPV6_LENGTH
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
AROUND_THE_EDGE = frozenset(
    {"6in4", "6to4", "isatap", "teredo", "ayiya", "ip-in-ip", "4in6", "gre", "etherip"}
)
"""Tunnels that a host can open by itself."""
PRIVATE = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"),
    )
)
"""RFC 1918, RFC 6598, RFC 4193, RFC 4291: inside, where nobody said what is."""
UDP_PORTS = {"teredo": 3544, "ayiya": 5072}
"""RFC 4380 section 2.7; IANA: where servers of tunnels in UDP listen."""
NAMED = 25
"""Addresses that are named of each role."""
MOST_NETS = 25
"""Tunnels of one kind that are told one by one; more are a network's way to work, and told together."""


@frozen
class Config:
    """Thresholds."""

    packets: int = threshold(1, "packets", "packets with a packet inside", "every tunnel is to be known")


def observe(tables: Tables, config: Config) -> Kept:
    """Packets that carry packets, by kind and ends, and who talks inside."""
    packets = tables.packets
    if not packets.count:
        return
    for kind, rows in carriers(packets):
        ends = ("source=ip_source", "destination=ip_destination")
        kinds = pa.array([kind] * len(rows), pa.string())
        yield (
            "tunnels",
            kept(
                packets,
                rows,
                (*ends, "octets=ip_total_length", "start=time", "end=time"),
                kind=kinds,
                packets=1,
            ),
        )
        yield (
            "frames",
            packet_places(
                packets,
                rows,
                kind=kinds,
                source=packets.take("ip_source", rows),
                destination=packets.take("ip_destination", rows),
                protocol=packets.at("ip_protocol", rows),
            ),
        )
        yield from _inside(packets, rows, kind, ends)


def _inside(packets: Rows, rows: Places, kind: str, ends: tuple[str, str]) -> Kept:
    """The addresses of inner IPv6 and IPv4 headers that stand right behind the carrier's."""
    inner = packets.payload_heads(rows, IPV6_LENGTH)
    version = inner[:, 0] >> 4
    for number, places in ((6, (8, 24, 16)), (4, (12, 16, 4))):
        some = np.flatnonzero(version == number)
        if len(some) and (number == 6 or kind in {"ip-in-ip", "4in6", "gre", "gtp-u"}):
            source, destination, width = places
            yield (
                "inside",
                kept(
                    packets,
                    rows[some],
                    ends,
                    kind=pa.array([kind] * len(some), pa.string()),
                    inner_source=addresses_column(inner[some, source : source + width]),
                    inner_destination=addresses_column(inner[some, destination : destination + width]),
                ),
            )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for all tunnels of a kind that hang together; where there are very many, one for all."""
    if "tunnels" not in summary:
        return
    frames = summary.groups("frames", "kind", "source", "destination")
    inside = summary.groups("inside", "kind", "source", "destination")
    for (kind,), rows in summary.groups("tunnels", "kind").items():
        nets = _nets(rows)
        for net in nets if len(nets) <= MOST_NETS else [rows]:
            if sum(row["packets"] for row in net) >= config.packets:
                keys = [(kind, row["source"], row["destination"]) for row in net]
                yield _verdict(
                    kind,
                    net,
                    [frame for key in keys[:NAMED] for frame in frames.get(key, ())],
                    [pair for key in keys[:NAMED] for pair in inside.get(key, ())],
                    network,
                )


def _nets(rows: Sequence[Row]) -> list[list[Row]]:
    """Tunnels that share an end, directly or by way of others, together: a client's, a mesh's."""
    leader: dict[bytes, bytes] = {}

    def lead(address: bytes) -> bytes:
        while leader.setdefault(address, address) != address:
            leader[address] = leader[leader[address]]
            address = leader[address]
        return address

    for row in rows:
        leader[lead(row["source"])] = lead(row["destination"])
    found: dict[bytes, list[Row]] = {}
    for row in rows:
        found.setdefault(lead(row["source"]), []).append(row)
    return list(found.values())


def _verdict(
    kind: str, rows: Sequence[Row], frames: Sequence[Row], inside: Sequence[Row], network: Network
) -> Verdict:
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    packets, octets = sum(row["packets"] for row in rows), sum(row["octets"] for row in rows)
    ends = tuple(sorted({address_text(row[side]) for row in rows for side in ("source", "destination")}))
    strange = [end for end in ends if not network.is_known_server(end)]
    ours = [end for end in strange if _is_inside(end, network)]
    senders = {address_text(row["source"]) for row in rows}
    openers = tuple(end for end in ours if end in senders and not network.is_gateway(end))
    around = kind in AROUND_THE_EDGE and bool(openers) and len(ours) < len(strange)
    inner = sorted(
        {address_text(row[side]) for row in inside for side in ("inner_source", "inner_destination")}
    )
    told = f" Inside talk {', '.join(inner[:4])}{' and others' if len(inner) > 4 else ''}." if inner else ""
    protocols = sorted({frame["protocol"] for frame in frames})
    scope = where(ip_source=ends[:500], ip_destination=ends[:500], ip_protocol=protocols)
    what = f"{' and '.join(ends)}" if len(ends) == 2 else f"{len(ends)} hosts"
    rule = None
    if around:
        outside = set(strange) - set(ours)
        far = sorted(_receivers(rows, openers[:NAMED]) & outside or outside)
        port = where(destination_port=UDP_PORTS[kind]) if kind in UDP_PORTS else ()
        # Of very many far ends those that are not named would be let pass: then it is said without them.
        there = where(ip_destination=far) if len(far) <= NAMED else ()
        rule = Rule(matches=(*where(ip_source=openers[:NAMED], ip_protocol=protocols), *there, *port))
    return Verdict(
        subject=f"{kind} {' '.join(ends[:NAMED])}",
        title=f"{kind} tunnel{'' if len(ends) == 2 else 's'} between {what}",
        severity=Severity.LOW if around else Severity.INFO,
        confidence=0.95,
        attackers=openers[:NAMED] if around else (),
        victims=(),
        others={
            "tunnel end": ends[:NAMED],
            **({"talks inside": tuple(inner[:NAMED])} if inner else {}),
        },
        start=start,
        end=end,
        counts={"packets": packets, "octets": octets, "ends": len(ends), "inner_addresses": len(inner)},
        reason=(
            f"{many(packets, 'packet')} between {what} {'carries' if packets == 1 else 'carry'} packets of "
            f"their own ({kind}), {octets} octets in "
            f"{(end - start) / SECOND:.1f} s.{told} "
            + (
                f"{openers[0]} is inside and another end outside: rules of the edge that look at the outer "
                "header do not see what passes."
                if around
                else "Both ends may be meant to do so: it is told so that it is known."
            )
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "ip_protocol", f"packet that carries another ({kind})")
            for row in sorted(frames, key=lambda row: int(row["frame"]))[:5]
        ),
        frames=packets,
        scope=(Selector((*scope, *between(start, end))),),
        rule=rule,
        advice=("let tunnel protocols pass the edge only between ends that are known",) if around else (),
    )


def _receivers(rows: Sequence[Row], senders: Sequence[str]) -> set[str]:
    """The ends to which these send."""
    return {address_text(row["destination"]) for row in rows if address_text(row["source"]) in senders}


def _is_inside(address: str, network: Network) -> bool:
    known = network.is_home(address)
    if known is not None:
        return known
    found = ip_address(address)
    return any(found in block for block in PRIVATE if block.version == found.version)


DETECTOR = Detector(
    name="ip-tunnel",
    title="IP tunnel",
    layer="internet",
    techniques=("T1572",),
    config=Config(),
    relations={
        "tunnels": Totals(("kind", "source", "destination"), ("packets", "octets"), ("start",), ("end",)),
        "inside": Distinct(("kind", "source", "destination"), ("inner_source", "inner_destination"), 32),
        "frames": First(("kind", "source", "destination"), ("protocol",)),
    },
    observe=observe,
    judge=judge,
    packets=("ip_source", "ip_destination", "ip_protocol", "ip_version", "ip_total_length"),
)
