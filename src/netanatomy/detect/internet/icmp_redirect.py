"""ICMP redirect: a forged message makes a host send its packets to the attacker instead of the router.

What it is:
    A router that sees a better first hop on the same link tells the sender so by a redirect (ICMP type 5,
    ICMPv6 type 137), and the host changes its routes. Nothing proves who sent it: on the internet layer an
    attacker on the link writes the router's address as the source and names itself as the better hop. From
    then on it reads and changes what passes: a machine in the middle.

Exchange:
    victim               attacker (forges the router)              router
       | -- packets to a server outside --------------------------> |
       | <- redirect, from "router": |                              |
       |    "for that server use the |                              |
       |     attacker"               |                              |
       | -- packets to the server -> | -- hands them on ----------> |

How it is recognised:
    The frame of the redirect comes from another link-layer address than the router in whose name it speaks
    (known from ARP or neighbour discovery in the same capture; or that station is known by another
    address), or the better hop it names lives at the link-layer address that the redirect itself came from:
    it redirects to its own sender. Over IPv6 also a redirect that no host may accept: its hop limit is not
    255 or its source is not link-local (RFC 4861 section 8.1).

What looks the same:
- A router that really redirects: the frames come from its own link-layer address, and it names a third
  machine.
  Told as a fact of low severity.
- Two routers that share an address (VRRP, HSRP): the shared address has a link-layer address of its own.

How to stop it:
- Hosts should not accept redirects: `sysctl net.ipv4.conf.all.accept_redirects=0`, the same for `net.ipv6`.
- Drop redirects with a packet filter, as in the rule; networks with one router need none.
- Dynamic ARP inspection and RA guard do not stop redirects: port isolation does.

Limits:
    Without ARP or neighbour discovery in the capture nobody knows who the router is; then it is low
    severity.

In the lab:
    python -m lab.scenarios icmp-redirect-hping3      (hping3 --icmp -C 5 -a ROUTER --icmp-gw SELF VICTIM)
    python -m lab.scenarios icmp-redirect-ipv6        (atk6-redir6 eth0 VICTIM TARGET ROUTER SELF)

References:
- RFC 792, Redirect Message; RFC 1122 section 3.2.2.2
- RFC 4861 section 8, Redirect Function
- RFC 6274 section 5.1.1.3 on ICMP redirects as an attack
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echoes import ICMPV6, octets_at
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
REDIRECT, REDIRECT6 = 5, 137  # RFC 792; RFC 4861 section 4.5
HOP_LIMIT = 255  # RFC 4861 section 8.1
LINK_LOCAL = (0xFE, 0x80, 0xC0)  # first octet; second octet and its mask: fe80::/10, RFC 4291 section 2.5.6
NAMED = 25
"""Addresses that are named of each role."""


@frozen
class Config:
    """Thresholds."""

    redirects: int = threshold(
        1, "redirects", "forged redirects of one sender", "one is enough to change a route"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Redirects, and which address lives at which link-layer address."""
    packets = tables.packets
    yield from _homes(packets)
    rows = packets.rows_with("icmp_gateway")
    if not len(rows):
        return
    six = packets.at("ip_protocol", rows) == ICMPV6
    source = octets_at(packets, "ip_source", rows)
    link_local = (source[:, 0] == LINK_LOCAL[0]) & (source[:, 1] & LINK_LOCAL[2] == LINK_LOCAL[1])
    lawful = ~six | (link_local & (packets.at("ip_ttl", rows) == HOP_LIMIT))
    yield (
        "redirects",
        kept(
            packets,
            rows,
            (
                *("mac=eth_source", "router=ip_source", "hop=icmp_gateway", "victim=ip_destination"),
                *("start=time", "end=time"),
            ),
            redirects=1,
            unlawful=(~lawful).astype(np.int64),
        ),
    )
    yield (
        "frames",
        packet_places(
            packets, rows, mac=packets.take("eth_source", rows), router=packets.take("ip_source", rows)
        ),
    )


def _homes(packets: Rows) -> Kept:
    """Who says that an address lives where: ARP, and the options of neighbour discovery."""
    arp = packets.rows_with("arp_sender_hardware")
    if len(arp):
        yield "homes", kept(packets, arp, ("address=arp_sender_protocol", "mac=arp_sender_hardware"))
    for mac, address in (("nd_target_link_address", "nd_target"), ("nd_source_link_address", "ip_source")):
        rows = packets.rows_with(mac)
        if len(rows):
            # A redirect's own option is what is in question.
            rows = rows[packets.at("icmp_type", rows) != REDIRECT6]
            yield "homes", kept(packets, rows, (f"address={address}", f"mac={mac}"))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each sender and the router in whose name it speaks."""
    if "redirects" not in summary:
        return
    homes: dict[bytes, set[bytes]] = {}
    for row in summary.rows("homes") if "homes" in summary else ():
        homes.setdefault(row["address"], set()).add(row["mac"])
    frames = summary.groups("frames", "mac", "router")
    for (mac, router), rows in summary.groups("redirects", "mac", "router").items():
        yield _verdict(mac, router, rows, frames[mac, router], homes, config)


def _verdict(
    mac: bytes | None,
    router: bytes,
    rows: Sequence[Row],
    frames: Sequence[Row],
    homes: Mapping[bytes, set[bytes]],
    config: Config,
) -> Verdict:
    name, sender = address_text(router), mac_text(mac) if mac else ""
    redirects = sum(row["redirects"] for row in rows)
    hops = sorted({row["hop"] for row in rows})
    told = tuple(sorted({address_text(row["victim"]) for row in rows}))
    victims = told[:NAMED]
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    known = homes.get(router, set())
    to_itself = [hop for hop in hops if hop != router and mac in homes.get(hop, ())]
    kind = REDIRECT6 if ":" in name else REDIRECT
    why: list[str] = []
    if mac and known and mac not in known:
        why.append(
            f"{name} lives at {', '.join(sorted(map(mac_text, known)))}, the frames came from {sender}"
        )
    elif mac and not known and kind == REDIRECT and (own := _own(mac, homes)):
        why.append(f"{sender} calls itself {', '.join(own[:2])}, and never {name}")
    if mac and to_itself and mac not in known:
        why.append(f"the better hop {address_text(to_itself[0])} is at {sender} too: it redirects to itself")
    unlawful = sum(row["unlawful"] for row in rows)
    if unlawful:
        why.append(
            f"{unlawful} of them have a hop limit or source that no host may accept (RFC 4861 section 8.1)"
        )
    forged = bool(why) and redirects >= config.redirects
    matches = (*where(icmp_type=kind, ip_source=name), *(where(eth_source=sender) if sender else ()))
    # Of very many victims those that are not named would be let down: then it is said without them.
    to = where(ip_destination=told) if len(told) <= NAMED else ()
    better = tuple(address_text(hop) for hop in hops)[:NAMED]
    # Who gains by a forged redirect is the hop that it names.
    gains = tuple(address_text(hop) for hop in to_itself) or better
    return Verdict(
        subject=f"{sender} {name}",
        title=f"Forged ICMP redirects in the name of {name}" if forged else f"{name} sends ICMP redirects",
        severity=Severity.HIGH if forged else Severity.LOW,
        confidence=0.95 if len(why) > 1 else 0.85 if forged else 0.5,
        attackers=gains if forged else (),
        victims=victims,
        others={
            role: who
            for role, who in (
                ("claimed", (name,) if forged else ()),
                ("router", () if forged else (name,)),
                ("better hop", better),
                ("sender", (sender,) if sender else ()),
            )
            if who
        },
        start=start,
        end=end,
        counts={"redirects": redirects, "victims": len(told), "hops": len(hops)},
        reason=(
            f"{redirects} redirects told {', '.join(victims[:3])} in the name of {name} to send packets to "
            f"{', '.join(better[:3])}. "
            + (
                f"They are forged: {'; '.join(why)}."
                if forged
                else "Nothing here contradicts that it is a router with a better way, and nothing proves it."
            )
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "icmp_gateway", "first hop that the redirect names")
            for row in frames
        ),
        frames=redirects,
        scope=(Selector((*matches, *between(start, end))),),
        rule=Rule(matches=(*where(icmp_type=kind, ip_source=name), *to)) if forged else None,
        advice=("sysctl -w net.ipv4.conf.all.accept_redirects=0 net.ipv6.conf.all.accept_redirects=0",),
    )


def _own(mac: bytes, homes: Mapping[bytes, set[bytes]]) -> list[str]:
    """IPv4 addresses that a station says are its own."""
    found = sorted(address_text(address) for address, macs in homes.items() if mac in macs)
    return [address for address in found if ":" not in address]


DETECTOR = Detector(
    name="icmp-redirect",
    title="ICMP redirect",
    layer="internet",
    techniques=("T1557",),
    config=Config(),
    relations={
        "redirects": Totals(
            ("mac", "router", "hop", "victim"),
            ("redirects", "unlawful"),
            ("start",),
            ("end",),
        ),
        "homes": Distinct(("address",), ("mac",), 16),
        "frames": First(("mac", "router")),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("icmp_gateway", "icmp_type", "ip_protocol", "ip_source", "ip_destination", "ip_ttl", "eth_source"),
        *("arp_sender_hardware", "arp_sender_protocol"),
        *("nd_target", "nd_target_link_address", "nd_source_link_address"),
    ),
    explains=("ip-spoofing",),
)
