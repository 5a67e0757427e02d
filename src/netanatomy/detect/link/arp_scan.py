"""ARP scan: one station asks for many addresses of its own network, to learn who is there.

What it is:
    On a local network an address can only be spoken to once its MAC address is known, and ARP finds
    that out by asking everybody. Whoever asks for every address of the network, one after the other,
    gets a list of all its machines, below any firewall. It is the network access layer's host sweep.

Exchange:
    scanner                       everybody
       | -- who has 10.0.0.1? ------> |
       | -- who has 10.0.0.2? ------> |
       | <-- 10.0.0.2 is at 02:…:02 - |
       | -- who has 10.0.0.3? ------> |
                  (and so on)

How it is recognised:
    Requests (operation 1) of one sender MAC address for at least `targets` different addresses within
    `window` seconds, of which at least `silent_share` are never answered to it: machines that really talk to
    each other ask for those who exist. Requests to one station's own MAC address are not counted: who sends
    them knows the address already, and only looks whether the station is still there. Nor is a DHCP server
    that asks whether an address is free before it offers it.

What looks the same:
- A monitoring or inventory system scans as well; name it in `allowed_scanners`.
- A router asks for every address that is scanned through it: the scan itself then comes from elsewhere, and
  this finding stands below it. A router is known by other networks' packets that it sends on with a lowered
  time to live, or by its name in `gateways`; it is not called the attacker.
- A host that boots asks for a few addresses, not for dozens.
- A server whose many clients have gone looks for each of them once more, by requests to their MAC addresses
  (RFC 1122 section 2.3.2.1, unicast poll).

How to stop it:
- Port isolation (private VLAN) at the switch: clients then cannot ask one another.
- Dynamic ARP inspection with a rate limit a port; 15 requests a second is the default of many switches.
- Look at the machine that scans: malware does so before it spreads.

Limits:
    Only requests that the capture point can see; a switch shows broadcasts everywhere, so that is nearly
    always the case. A scan of fewer than `targets` addresses in `window` seconds is not told, nor one of
    which an access point makes a copy for each of its stations, with their MAC addresses.

In the lab:
    python -m lab.scenarios arp-scan-arp-scan      (arp-scan 10.20.0.0/24)

References:
- RFC 826, An Ethernet Address Resolution Protocol
- RFC 1122 section 2.3.2.1, ARP Cache Validation; RFC 2131 section 3.1, a server probes what it offers
- MITRE ATT&CK T1018, Remote System Discovery
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.dhcp_messages import COLUMNS, messages
from netanatomy.detect.quantities import Bound, Quantity, quantity, sentence
from netanatomy.detect.relations import EVERY_VALUE, Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.detect.tunnel_carriers import addresses_column
from netanatomy.layers.application.dhcp import BOOTREPLY
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array, one_of
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text, mac_text

REQUEST, REPLY = 1, 2  # RFC 826
SECOND = 10**9  # ns
BEGINNINGS = (30, 32, 60, 64, 128, 255)
"""Times to live that systems begin with (RFC 1700 recommends 64); a router has taken at least one away."""
NAMED = 25
"""Addresses that a verdict names; all are in its counts."""
GROUP = 0x01
"""Bit of an Ethernet address's first octet that says that it means many (IEEE 802-2014 section 8.2)."""
SHOWN = 5
"""Requests that are shown as proof."""


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(
        60, "s", "how long requests are counted together", "half of arp-scan's slowest whole /24"
    )
    targets: int = threshold(
        25,
        "addresses",
        "different addresses asked for in a window",
        "Zeek bro-simple-scan: 25 of a remote host",
    )
    silent_share: float = threshold(
        0.5, "", "share of these that do not answer", "a /24 that is half full is a full one"
    )
    routed: int = threshold(
        3,
        "addresses",
        "of other networks from which whoever sends for them is a router",
        "a host sends for itself",
    )
    hops: int = threshold(
        16,
        "hops",
        "left of a time to live that a router may have lowered, more than these",
        "searches and traceroute send with fewer",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Requests by sender and window, what they ask for, and who answers whom; who sends through whom."""
    yield from _forwarded(tables.connections, config)
    packets = tables.packets
    yield from _offered(packets)
    rows = packets.rows_with("arp_operation")
    if not len(rows):
        return
    rows = rows[packets.valid_at("arp_sender_hardware", rows)]
    operation = packets.at("arp_operation", rows)
    requests = rows[operation == REQUEST]
    # An announcement asks for the sender's own address (RFC 5227 section 2.3).
    sender, target = (packets.octets_at(f"arp_{side}_protocol", requests) for side in ("sender", "target"))
    own = (sender == target).all(axis=1)
    to = packets.octets_at("eth_destination", requests)[:, 0]
    polls = packets.valid_at("eth_destination", requests) & (to & GROUP == 0)
    requests = requests[~own & ~polls]
    bucket = packets.numbers("time")[requests] // (config.window * SECOND)
    asked = ("sender=arp_sender_hardware", "target=arp_target_protocol", "address=arp_sender_protocol")
    place = ("start=time", "end=time", "time", "frame=frame_number", "depth")
    table = kept(packets, requests, (*asked, *place), bucket=bucket, requests=1)
    for relation in ("asked", "called", "times", "frames"):
        yield relation, table
    replies = rows[operation == REPLY]
    yield "answered", kept(packets, replies, ("sender=arp_target_hardware", "target=arp_sender_protocol"))


def _forwarded(connections: Rows, config: Config) -> Kept:
    """Whose connections came by way of which MAC address, with fewer hops left than systems begin with."""
    if not connections.count or not connections.has("orig_l2_addr"):
        return
    ttl = connections.numbers("orig_initial_ttl")
    rows = np.flatnonzero((ttl > config.hops) & ~one_of(ttl, BEGINNINGS))
    rows = rows[connections.valid_at("orig_l2_addr", rows)]
    if len(rows):
        columns = ("sender=orig_l2_addr", "source=id.orig_h", "target=id.resp_h")
        yield "forwarded", kept(connections, rows, columns)


def _offered(packets: Rows) -> Kept:
    """Which addresses a DHCP server gives: it asks for each beforehand."""
    every = packets.once(messages)
    if every is not None:
        given = every.only((every.op == BOOTREPLY) & (every.yiaddr != 0))
        target = addresses_column(given.yiaddr.astype(">u4").view(np.uint8).reshape(-1, 4))
        yield "offered", kept(packets, given.rows, ("sender=eth_source",), target=target)


def _beyond(
    forwarded: Sequence[Row], here: Set[bytes], there: Set[bytes], routed: int
) -> tuple[str, ...] | None:
    """Who scans through this sender; nobody, if it only is a router; None, if it does not look like one.

    Args:
        forwarded: whose packets it sent on, and to whom.
        here: addresses that ask by ARP themselves: of this network.
        there: addresses that answered the scan.
        routed: addresses from which it is a router.
    """
    reached: dict[bytes, set[bytes]] = {}
    for row in forwarded:
        if row["source"] not in here:
            reached.setdefault(row["source"], set()).add(row["target"])
    sweeping = [one for one, to in reached.items() if there and len(to & there) * 2 >= len(there)]
    if sweeping or len(reached) >= routed:
        return tuple(sorted(address_text(one) for one in sweeping))
    return None


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each sender, over all windows in which it scanned."""
    if "asked" not in summary:
        return
    many = summary.counted("asked")
    over = many.filter(arrow_array(many["total"].to_numpy() >= config.targets)).to_pylist()
    scanned: dict[bytes, set[int]] = {}
    for row in over:
        scanned.setdefault(row["sender"], set()).add(row["bucket"])
    if not scanned:
        return
    asked, answered = summary.groups("asked", "sender"), summary.groups("answered", "sender")
    times, frames = summary.groups("times", "sender"), summary.groups("frames", "sender")
    called = summary.groups("called", "sender")
    here = {row["address"] for rows in called.values() for row in rows}
    forwarded = summary.groups("forwarded", "sender")
    offered = summary.groups("offered", "sender")
    for sender, buckets in scanned.items():
        addresses = {address_text(row["address"]) for row in called.get((sender,), ())}
        if network.is_allowed(mac_text(sender), *addresses):
            continue
        targets = {row["target"] for row in asked[sender,] if row["bucket"] in buckets}
        targets -= {row["target"] for row in offered.get((sender,), ())}
        if len(targets) < config.targets:
            continue
        there = targets & {row["target"] for row in answered.get((sender,), ())}
        if len(targets - there) < config.silent_share * len(targets):
            continue
        beyond = _beyond(forwarded.get((sender,), ()), here, there, config.routed)
        gateway = network.is_gateway(mac_text(sender), *addresses) or beyond is not None
        mine = [row for row in times[sender,] if row["bucket"] in buckets]
        start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
        asked_each = Counter(row["bucket"] for row in asked[sender,])
        exact = all(summary.exact("asked", asked_each[bucket]) for bucket in buckets)
        exact = exact and summary.exact("offered", len(offered.get((sender,), ())))
        addressed = quantity(len(targets), exact)
        found = quantity(len(there), exact and summary.exact("answered", len(answered.get((sender,), ()))))
        requests = sum(row["requests"] for row in mine)
        times_asked = quantity(requests, summary.exact("times"))
        mac = mac_text(sender)
        does = "asks for a scan of the local network" if gateway else "scans the local network"
        yield Verdict(
            subject=mac,
            title=f"{mac} {does} by ARP: {addressed.of('address', 'addresses')}",
            severity=Severity.LOW if gateway else Severity.MEDIUM,
            confidence=0.9,
            attackers=() if gateway else (mac,),
            victims=tuple(sorted(address_text(address) for address in there))[:NAMED],
            others=({"sender": (mac,)} | ({"beyond": beyond[:NAMED]} if beyond else {})) if gateway else {},
            start=start,
            end=end,
            counts={
                **addressed.counted("addresses"),
                **times_asked.counted("requests"),
                **found.counted("answers"),
            },
            reason=(
                f"{mac} asked who has {addressed.of('different address', 'different addresses')}, "
                f"{times_asked.of('time')} in {(end - start) / SECOND:.1f} s. {_answered(found)} of them "
                "answered: "
                + (
                    f"it is a gateway, so {', '.join((beyond or ())[:3]) or 'somebody'} beyond it looks "
                    "which machines exist."
                    if gateway
                    else "it does not ask for machines that it wants to talk to, it looks which exist."
                )
            ),
            proofs=tuple(
                Proof(row["frame"], row["depth"], "arp_target_protocol", "request for one more address")
                for row in sorted(frames[sender,], key=lambda row: (row["target"] in there, row["time"]))
                if row["bucket"] in buckets and row["target"] in targets
            )[:SHOWN],
            frames=requests,
            scope=(Selector((*where(arp_sender_hardware=mac, arp_operation=REQUEST), *between(start, end))),),
        )


def _answered(found: Quantity) -> str:
    if not found.number:
        return "None"
    return f"Only {found}" if found.bound is Bound.EXACT else sentence(found)


DETECTOR = Detector(
    name="arp-scan",
    title="ARP scan",
    layer="link",
    techniques=("T1018",),
    config=Config(),
    relations={
        "offered": Distinct(("sender",), ("target",), roomy=EVERY_VALUE),
        "asked": Distinct(("sender", "bucket"), ("target",), roomy=EVERY_VALUE),
        "answered": Distinct(("sender",), ("target",), roomy=EVERY_VALUE),
        "times": Totals(("sender", "bucket"), ("requests",), ("start",), ("end",)),
        "frames": First(("sender", "bucket"), ("target",), NAMED),
        "called": Distinct(("sender",), ("address",), NAMED),
        "forwarded": Distinct(("sender",), ("source", "target")),
    },
    observe=observe,
    judge=judge,
    packets=(
        *COLUMNS,
        "eth_destination",
        "eth_source",
        "arp_operation",
        "arp_sender_hardware",
        "arp_sender_protocol",
        "arp_target_hardware",
        "arp_target_protocol",
    ),
    connections=("id.orig_h", "id.resp_h", "orig_l2_addr", "orig_initial_ttl"),
)
