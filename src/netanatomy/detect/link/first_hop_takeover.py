"""First hop takeover: a host makes itself the gateway by HSRP, VRRP or GLBP.

What it is:
    Two routers share one virtual address, which hosts use as their gateway; the router with the highest
    priority has it, and says so every few seconds. The messages are hardly ever authenticated. An attacker on
    the network access layer says that he has the address with the highest priority there is, and all that
    leaves the network goes by way of him.

Exchange:
    router (priority 110)         hosts              attacker
       | -- hello, I am active ----> |                  |
       |                             | <- coup, priority 255, I am active -- |
       |  (is silent now)            | == traffic for the outside =========> |

How it is recognised:
    A speaker that was not heard before says that it is the active gateway of a group, while the active one
    until then had been heard within `alive` seconds (or `intervals` of its own, if they are shorter), with
    a higher priority than it. Surely so with priority 255: in VRRP only the owner of the address has it
    (RFC 9568 section 5.2.4), and routers leave room above themselves.

What looks the same:
- A failure: the old gateway is silent for longer than its hold time before the other one speaks.
- A router that comes back and takes its place again (preemption): it was heard before; if it was not, and its
  priority is an ordinary one, it is told at low severity.
- Routers named in `gateways` are never told.

How to stop it:
- Authentication of the protocol (HSRP with MD5 key chain), and priorities that leave nothing above.
- A filter for these protocols on every port of hosts, as in the rule.
- Give `gateways` in the network's description, by the routers' own addresses (IP or MAC).

Limits:
    Whoever is the gateway already when the capture begins is the gateway, as far as one can see.

In the lab:
    python -m lab.scenarios first-hop-takeover-hsrp      (yersinia hsrp -attack 0 … -priority FF)
    python -m lab.scenarios first-hop-takeover-vrrp      (keepalived with priority 255)
    python -m lab.scenarios first-hop-takeover-glbp      (Scapy: hello, state active, priority 255)

References:
- RFC 2281, Cisco Hot Standby Router Protocol (HSRP)
- RFC 9568, Virtual Router Redundancy Protocol (VRRP)
- MITRE ATT&CK T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.link.gateway_messages import PORTS, gateway_messages
from netanatomy.detect.link.virtual_routers import is_virtual_router
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import changeable, frozen
from netanatomy.schema.match import Match, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
UDP, VRRP = 17, 112
HIGHEST = 255
NAMED = 25


@frozen
class Config:
    """Thresholds."""

    alive: int = threshold(
        10, "s", "how lately the gateway until then had been heard", "HSRP's hold time, RFC 2281"
    )
    intervals: float = threshold(
        3.5,
        "intervals",
        "of its own that a gateway may be silent and still count as there",
        "VRRP waits three and a skew (RFC 9568 section 6.1), HSRP 10 s of 3 s each",
    )


@changeable
class Speaker:
    """What one router says in one group."""

    address: str
    active: bool
    priority: int
    start: int
    end: int
    messages: int
    macs: set[str]
    virtual: set[str]


Group = tuple[str, int]


def observe(tables: Tables, config: Config) -> Kept:
    """Who says in which group that it is the gateway, or not."""
    yield from gateway_messages(tables.packets)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each group and speaker that takes it over."""
    if "said" not in summary:
        return
    frames = summary.groups("frames", "protocol", "group", "speaker")
    for (protocol, group), rows in summary.groups("said", "protocol", "group").items():
        speakers = _speakers(rows)
        first: dict[str, int] = {}
        for one in speakers:
            first[one.address] = min(first.get(one.address, one.start), one.start)
        for one in speakers:
            if not one.active or _is_named(one, network) or one.start != first[one.address]:
                continue
            before = [
                other
                for other in speakers
                if other.active
                and other.address != one.address
                and first[other.address] < one.start
                and one.start - other.end <= _patience(other, config)
                and one.priority > other.priority
            ]
            if before:
                old = max(before, key=lambda other: other.start)
                places = [
                    row
                    for (name, number, _), several in frames.items()
                    if (name, number) == (protocol, group)
                    for row in several
                    if row["active"] and address_text(row["speaker"]) == one.address
                ]
                last = max(other.end for other in speakers if other.address == one.address)
                yield _verdict((protocol, group), one, old, last, places)


def _patience(speaker: Speaker, config: Config) -> int:
    """How long one may be silent and still count as there, in ns: some of its intervals."""
    if speaker.messages < 2:
        return config.alive * SECOND
    return min(
        config.alive * SECOND,
        round(config.intervals * (speaker.end - speaker.start) / (speaker.messages - 1)),
    )


def _is_named(one: Speaker, network: Network) -> bool:
    """Whether the user told that it is a router; the MAC address that routers share proves nothing."""
    own = [mac for mac in one.macs if not is_virtual_router(bytes.fromhex(mac.replace(":", "")))]
    return network.is_gateway(one.address, *own)


def _speakers(rows: list[Row]) -> list[Speaker]:
    found: dict[tuple[str, bool], Speaker] = {}
    for row in rows:
        address = address_text(row["speaker"])
        one = found.get((address, row["active"]))
        if one is None:
            one = Speaker(address, row["active"], row["priority"], row["start"], row["end"], 0, set(), set())
            found[address, row["active"]] = one
        one.start, one.end = min(one.start, row["start"]), max(one.end, row["end"])
        one.priority = max(one.priority, row["priority"])
        one.messages += row["messages"]
        one.macs |= {mac_text(row["mac"])} if row["mac"] else set()
        one.virtual |= {row["virtual"]} - {""}
    return sorted(found.values(), key=lambda one: (one.start, one.address))


def _verdict(group: Group, one: Speaker, old: Speaker, last: int, places: list[Row]) -> Verdict:
    protocol, number = group
    owner = protocol == "VRRP" and one.address in one.virtual
    sure = one.priority >= HIGHEST and not owner
    # Routers of Cisco's protocols speak and stand by before they are active.
    jumped = protocol != "VRRP" and not sure
    virtual = tuple(sorted(one.virtual | old.virtual))
    macs = tuple(sorted(one.macs))[:NAMED]
    told = (*where(ip_source=one.address), *_messages(protocol))
    gateway = ", ".join(virtual) or f"of group {number}"
    places.sort(key=lambda row: (row["time"], row["frame"]))
    silent = (one.start - old.end) / SECOND
    heard = f"had been heard {silent:.1f} s before" if silent > 0 else "went on saying so"
    role = f"{protocol}: I am the gateway"
    return Verdict(
        subject=f"{protocol}|{number}|{one.address}",
        title=f"{one.address} takes over the gateway {gateway} by {protocol} with priority {one.priority}",
        severity=Severity.HIGH if sure else Severity.MEDIUM if jumped else Severity.LOW,
        confidence=0.9 if sure else 0.7 if jumped else 0.4,
        attackers=(one.address,),
        victims=(old.address, *virtual)[:NAMED],
        others={"sender": macs},
        start=one.start,
        end=one.end,
        counts={"messages": one.messages, "priority": one.priority, "priority_until_then": old.priority},
        reason=(
            f"{old.address} was the active gateway of {protocol} group {number}, with priority "
            f"{old.priority}, and {heard}. {one.address} was never heard before, and said {one.messages} "
            f"times that it is the gateway, with priority {one.priority}"
            + (
                ", the highest there is."
                if sure
                else ". A router stands by before it becomes active; this one never did."
                if jumped
                else ": a router that comes back does the same."
            )
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "vrrp_priority", role)
            if protocol == "VRRP"
            else Proof(row["frame"], row["depth"], PAYLOAD, role, row["offset"], 1, str(row["priority"]))
            for row in places[:5]
        ),
        frames=one.messages,
        scope=(
            Selector((*told, *between(one.start, last))),
            # It announces the address as its own, too.
            *(
                [
                    Selector(
                        (
                            *where(arp_sender_hardware=macs, arp_sender_protocol=virtual),
                            *between(one.start, last),
                        )
                    )
                ]
                if virtual and macs
                else []
            ),
        ),
        rule=Rule(matches=told),
        advice=("routers: authenticate the protocol; switches: filter it on ports of hosts",),
    )


def _messages(protocol: str) -> tuple[Match, ...]:
    if protocol == "VRRP":
        return where(ip_protocol=VRRP)
    return where(ip_protocol=UDP, destination_port=PORTS[protocol])


DETECTOR = Detector(
    name="first-hop-takeover",
    title="First hop takeover",
    layer="link",
    techniques=("T1557",),
    config=Config(),
    relations={
        "said": Totals(
            ("protocol", "group", "speaker", "mac", "active", "priority", "virtual"),
            ("messages",),
            ("start",),
            ("end",),
        ),
        "frames": First(("protocol", "group", "speaker", "active"), ("priority", "offset")),
    },
    observe=observe,
    judge=judge,
    packets=(
        "eth_source",
        "ip_source",
        "destination_port",
        "udp_length",
        "vrrp_version",
        "vrrp_virtual_router",
        "vrrp_priority",
    ),
    explains=("arp-spoofing",),
)
