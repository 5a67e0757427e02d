"""Smurf: a whole network is made to answer echo requests that were sent in the victim's name.

What it is:
    An echo request to a broadcast or multicast address is answered by everybody there. With the victim's
    address as its forged source all those answers go to the victim: one packet in, dozens out. It works on
    the internet layer with nothing but a forged address and a network that answers broadcasts.

Exchange:
    attacker             amplifying network (10.0.0.255)         victim
       | -- echo request, from: victim --> |                        |
       |                     10.0.0.1      | -- echo reply -------> |
       |                     10.0.0.2      | -- echo reply -------> |
       |                     10.0.0.3      | -- echo reply -------> |  (never asked)

How it is recognised:
    From the attacker's and the amplifier's side: at least `requests` echo requests to a broadcast or
    multicast address in the name of one address, `request_rate` a second. An address that ends in 255, or
    any in a frame for everybody, counts where at least `responders` hosts answer.
    From the victim's side: at least `replies` echo replies of at least `responders` hosts that were sent no
    request (or far fewer), together `reply_rate` a second and `each_rate` from each.
    A request whose source is a multicast address is the same turned round: one host is to answer everybody.

What looks the same:
- An administrator pings all nodes (`ping ff02::1`, `ping -b`) to see who is there: once a second, for
  seconds.
- A monitor that asks many hosts, in a capture of one direction: its answers come once a second or less
  each.

How to stop it:
- Routers must not forward directed broadcasts (RFC 2644; `no ip directed-broadcast`, Linux
  `bc_forwarding=0`).
- Hosts should not answer broadcasts (`sysctl net.ipv4.icmp_echo_ignore_broadcasts=1`, and for IPv6
  `net.ipv6.icmp.echo_ignore_multicast=1`).
- Source address validation where the forged requests begin (BCP 38).

Limits:
    The attacker is not known, only what its frames show. Whether 10.0.0.255 is a broadcast address depends
    on a netmask that the capture does not show.

In the lab:
    python -m lab.scenarios smurf-hping3      (hping3 --icmp -a VICTIM 10.20.0.255)
    python -m lab.scenarios smurf-victim      (the same, captured at the victim)
    python -m lab.scenarios smurf-ipv6        (atk6-smurf6 eth0 VICTIM)

References:
- CERT CA-1998-01, Smurf IP Denial-of-Service Attacks
- RFC 2644, Changing the Default for Directed Broadcasts in Routers
- RFC 4443 section 4.2 on replies to multicast requests
- MITRE ATT&CK T1498.002, Network Denial of Service: Reflection Amplification
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echoes import echo_rows, echo_types, is_group, is_ipv4, octets_at
from netanatomy.detect.relations import Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
NAMED = 25
"""Hosts that are named; the number of all is in the counts."""
SCOPE_SOURCES = 512
"""Answering hosts that the scope names. Bounds floods with made-up sources: beyond it stands for all."""
SURE, MAYBE = 1, 0
"""Whether the target is a group of hosts for sure, or only ends in 255."""


@frozen
class Config:
    """Thresholds."""

    requests: int = threshold(
        20, "requests", "requests to a group in one name", "an administrator sends a few"
    )
    request_rate: float = threshold(4.0, "requests/s", "their rate", "ping sends one a second")
    replies: int = threshold(100, "replies", "replies to who asked nobody", "a network answers one ping once")
    reply_rate: float = threshold(20.0, "replies/s", "their rate", "a monitor of 20 hosts gets one from each")
    each_rate: float = threshold(2.0, "replies/s", "rate of each answering host", "ping sends one a second")
    responders: int = threshold(3, "hosts", "hosts that answer", "two may be addresses of one host")
    replies_each: int = threshold(
        3,
        "replies",
        "to each request, beyond which a host answers unasked",
        "a capture may lose two of three",
    )
    each_target: float = threshold(
        0.25, "", "share of `requests` from which one group counts", "tools ask few groups, in turn"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Requests to groups in whose name; requests and replies of every pair of hosts."""
    packets = tables.packets
    requests, replies = packets.once(echo_rows)
    if not len(requests) and not len(replies):
        return
    to = octets_at(packets, "ip_destination", requests)
    sources = octets_at(packets, "ip_source", requests)
    broadcast_frame = octets_at(packets, "eth_destination", requests)[:, 0] & 1 == 1
    last = is_ipv4(to) & (to[:, 15] == 255)
    sure = is_group(to) | is_group(sources) | (broadcast_frame & last)
    maybe = broadcast_frame | last
    to_group = requests[sure | maybe]
    if len(to_group):
        yield (
            "requests",
            kept(
                packets,
                to_group,
                (
                    *("claimed=ip_source", "target=ip_destination", "mac=eth_source", "ttl=ip_ttl"),
                    *("start=time", "frame=frame_number", "depth", "end=time"),
                ),
                sure=np.where(sure, SURE, MAYBE)[sure | maybe].astype(np.int64),
                requests=1,
            ),
        )
    yield "pairs", _pairs(packets, requests[~(sure | maybe)], "ip_source", "ip_destination", 0)
    yield "pairs", _pairs(packets, replies, "ip_destination", "ip_source", 1)


def _pairs(packets: Rows, rows: Places, asker: str, answerer: str, reply: int) -> pa.Table:
    return kept(
        packets,
        rows,
        (
            *(f"asker={asker}", f"answerer={answerer}"),
            *("start=time", "frame=frame_number", "depth", "end=time"),
        ),
        replies=reply,
        requests=1 - reply,
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each address in whose name a group was asked, or that is answered unasked."""
    requests: dict[bytes, list[Row]] = {}
    for row in _often(summary, config):
        requests.setdefault(row["claimed"], []).append(row)
    unasked: dict[bytes, list[Row]] = {}
    if "pairs" in summary:
        pairs = summary["pairs"]
        least = pc.add(pc.multiply(pairs["requests"], config.replies_each), 1)
        only = pairs.filter(pc.greater(pairs["replies"], least))
        for row in only.to_pylist():
            unasked.setdefault(row["asker"], []).append(row)
    for claimed, asked in requests.items():
        answers = unasked.pop(claimed, [])
        sure = any(row["sure"] for row in asked)
        if (sure or len(answers) >= config.responders) and _enough(asked, config):
            yield _verdict(claimed, asked, answers, config)
    for victim, answers in unasked.items():
        if _is_flooded(answers, config):
            yield _verdict(victim, [], answers, config)


def _often(summary: Summary, config: Config) -> list[Row]:
    if "requests" not in summary:
        return []
    table = summary["requests"]
    enough = np.asarray(table["requests"]) >= config.each_target * config.requests
    rows: list[Row] = table.filter(enough).to_pylist()
    return rows


def _enough(asked: Sequence[Row], config: Config) -> bool:
    count = sum(row["requests"] for row in asked)
    seconds = (max(row["end"] for row in asked) - min(row["start"] for row in asked)) / SECOND
    return bool(count >= config.requests and count >= config.request_rate * seconds)


def _is_flooded(answers: Sequence[Row], config: Config) -> bool:
    count = sum(row["replies"] for row in answers)
    start, end = min(row["start"] for row in answers), max(row["end"] for row in answers)
    rate = count / max(1.0, (end - start) / SECOND)
    return bool(
        len(answers) >= config.responders
        and count >= config.replies
        and rate >= config.reply_rate
        and rate >= config.each_rate * len(answers)
    )


def _severity(answers: Sequence[Row], turned: bool, config: Config) -> Severity:
    """Answers are what hurts; a host that answers a group does so alone, and to no address of its own."""
    if len(answers) >= config.responders:
        return Severity.HIGH
    return Severity.MEDIUM if answers or turned else Severity.LOW


def _verdict(victim: bytes, asked: Sequence[Row], answers: Sequence[Row], config: Config) -> Verdict:
    claimed = address_text(victim)
    request_type, reply_type = echo_types(claimed)
    reflectors = tuple(sorted(address_text(row["answerer"]) for row in answers))
    targets = tuple(sorted({address_text(row["target"]) for row in asked}))[:NAMED]
    macs = tuple(sorted({mac_text(row["mac"]) for row in asked if row["mac"]}))[:NAMED]
    turned = bool(is_group(np.frombuffer(victim, np.uint8).reshape(1, 16))[0])
    told = sorted(asked or answers, key=lambda row: int(row["frame"]))
    start, end = min(row["start"] for row in told), max(row["end"] for row in told)
    requests, replies = sum(row["requests"] for row in asked), sum(row["replies"] for row in answers)
    proofs = [
        Proof(row["frame"], row["depth"], "ip_source", "request in the victim's name")
        for row in told[:5]
        if asked
    ] + [
        Proof(row["frame"], row["depth"], "icmp_type", "reply to who never asked this host")
        for row in sorted(answers, key=lambda row: (row["requests"], int(row["frame"])))[:5]
        if not row["requests"]
    ]
    if asked:
        matches = where(ip_source=claimed, ip_destination=targets, icmp_type=request_type)
        rule = Rule(matches=where(ip_destination=targets, icmp_type=request_type))
        how = (
            f"{requests} echo requests to {', '.join(targets[:3])} were sent in the name of {claimed}, "
            f"{requests / max(1.0, (end - start) / SECOND):.0f} a second. "
        )
    else:
        by = where(ip_source=reflectors) if len(reflectors) <= SCOPE_SOURCES else ()
        matches = (*where(ip_destination=claimed, icmp_type=reply_type), *by)
        rule = Rule(
            matches=where(ip_destination=claimed, icmp_type=reply_type),
            action=Action.LIMIT,
            rate=10,
            burst=10,
            per=Per.DESTINATION,
        )
        how = ""
    if answers:
        how += (
            f"{len(answers)} hosts sent {claimed} {replies} echo replies, though it had asked none of them: "
            "somebody asks a whole network in its name."
        )
    elif turned:
        how += "No host can be a group: whoever answers it answers all its members at once."
    else:
        how += "Nobody answered in this capture; where somebody does, all answers go to that address."
    victims = targets if turned else (claimed,)
    return Verdict(
        subject=claimed,
        title=f"Smurf against {', '.join(victims[:3])}: {len(answers)} hosts answer requests in its name",
        severity=_severity(answers, turned, config),
        confidence=0.95 if asked and len(answers) >= config.responders else 0.85,
        victims=victims,
        others={
            role: who
            for role, who in (
                ("reflector", reflectors[:NAMED]),
                ("sender", macs),
                ("claimed", (claimed,) if asked else ()),
            )
            if who
        },
        start=start,
        end=end,
        counts={"requests": requests, "replies": replies, "reflectors": len(answers)},
        reason=how,
        proofs=tuple(proofs),
        frames=requests or replies,
        scope=(Selector((*matches, *between(start, end))),),
        rule=rule,
        advice=(
            "sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=1",
            "no ip directed-broadcast on every router interface",
        ),
    )


DETECTOR = Detector(
    name="smurf",
    title="Smurf",
    layer="internet",
    techniques=("T1498.002",),
    config=Config(),
    relations={
        "requests": Totals(
            ("claimed", "target", "mac", "ttl"), ("requests",), ("start", "frame", "depth"), ("end", "sure")
        ),
        "pairs": Totals(
            ("asker", "answerer"), ("replies", "requests"), ("start", "frame", "depth"), ("end",)
        ),
    },
    observe=observe,
    judge=judge,
    packets=(
        "icmp_type",
        "ip_protocol",
        "ip_source",
        "ip_destination",
        "ip_ttl",
        "eth_source",
        "eth_destination",
    ),
    explains=("ip-spoofing", "ping-flood", "fragment-flood"),
)
