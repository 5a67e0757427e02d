"""ARP spoofing: a station tells others that somebody else's IP address is at its own MAC address.

What it is:
    ARP has no proof of anything: whoever says "10.0.0.1 is at 02:…:66" is believed, even by those who never
    asked. An attacker on the network access layer says so to a client about its gateway, and to the gateway
    about the client, and from then on sees, changes or drops all that the two send each other.

Exchange:
    client 10.0.0.5              attacker 02:…:66            gateway 10.0.0.1
       | <- 10.0.0.1 is at 02:…:66 - |                             |
       |                             | - 10.0.0.5 is at 02:…:66 -> |
       | == web request ===========> | == the same, read =======>  |
                  (the lies are told again every few seconds)

How it is recognised:
    An address is claimed by two MAC addresses, and one of them gave at least `forged` replies for it that
    nobody had asked for (more replies than requests between the two), or kept announcing it while its other
    holder went on using it. Or it announced it at least `insisted` times and more often than RFC 5227 lets a
    host do that (twice, then once in 10 s), while the other, who had it before and has it after, announced
    nothing. The same is told without a second holder, if a station tells each of two others that it is the
    other: nothing but a man in the middle says that.

What looks the same:
- Failover of routers (VRRP, HSRP, CARP): addresses that are kept for it (00:00:5e:00:01:xx and others) are
  known here, and a takeover is announced once, while the old holder is silent. Stations that both say by VRRP
  that an address is theirs may announce it in turn; first-hop-takeover says whether one of them should not.
- A service address that a cluster moves (Pacemaker, keepalived without VRRP in the capture): five or ten
  announcements in a burst, but the old holder is silent from then on, and announces it as often if it gets it
  back. If both go on, the cluster is split, which harms as much: told at medium severity.
- An address given to another host by DHCP: the old holder does not claim it any more.
- Two hosts with the same address by mistake: both only answer who asks, or announce twice at their start.
- Proxy ARP: one MAC address answers for many addresses, but only if asked.
- Link aggregation that balances clients (Linux balance-alb) sends such replies; its MAC addresses claim the
  same addresses as one another and none besides, so that is told at low severity.

How to stop it:
- Dynamic ARP inspection with DHCP snooping at the switch.
- Static ARP entries for the gateway on hosts that matter (`ip neigh replace 10.0.0.1 lladdr … nud
  permanent`).
- Find the switch port of the attacker's MAC address and shut it.
- Encryption with verified names (TLS, SSH): the man in the middle then learns little.

Limits:
    A one-sided lie is told only if the true holder speaks ARP in the capture too. Replies are unicast: a
    capture elsewhere on a switch shows only those that are broadcast. A station of which nothing is known but
    one lie, told slower than once in 10 s, looks like a host with the same address by mistake.

In the lab:
    python -m lab.scenarios arp-spoofing-arpspoof      (arpspoof -i eth0 -t 10.20.0.103 -r 10.20.0.1)
    python -m lab.scenarios arp-spoofing-ettercap      (ettercap -T -q -i eth0 -M arp:remote /…104// /…21//)
    python -m lab.scenarios arp-spoofing-held-gratuitous    (arping -U -i eth0 -S 10.20.0.10 10.20.0.10)

References:
- RFC 826, An Ethernet Address Resolution Protocol
- RFC 5227, IPv4 Address Conflict Detection
- MITRE ATT&CK T1557.002, Adversary-in-the-Middle: ARP Cache Poisoning
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict
from netanatomy.detect.link import arp_claims
from netanatomy.detect.link.arp_claims import NOBODY, REPLY, REQUEST, SECOND, Claim, Claims, Config
from netanatomy.detect.link.virtual_routers import is_virtual_router, shared_addresses
from netanatomy.detect.quantities import many
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

EVERYBODY = b"\xff"
"""Last octet of the broadcast address of nearly every network (RFC 919 section 7): longer prefixes than 24
bits are rare, and what nobody was ever heard to have is nobody's."""
NAMED = 25
"""Addresses that a verdict names; all are in its counts."""
CONFIDENCE = {Severity.HIGH: 0.8, Severity.MEDIUM: 0.7, Severity.LOW: 0.4}


def observe(tables: Tables, config: Config) -> Kept:
    """Who said of which address that it is where, to whom; which addresses routers share."""
    packets = tables.packets
    yield from shared_addresses(packets)
    rows = packets.rows_with("arp_sender_hardware")
    if not len(rows):
        return
    operation = packets.at("arp_operation", rows)
    rows = rows[(operation == REQUEST) | (operation == REPLY)]
    claim = ("address=arp_sender_protocol", "hardware=arp_sender_hardware", "sender=eth_source")
    said = ("operation=arp_operation", "target=arp_target_protocol", "start=time", "end=time")
    place = ("time", "frame=frame_number", "depth")
    slot = packets.numbers("time")[rows] // (config.at_once * SECOND)
    table = kept(packets, rows, (*claim, *said, *place), slot=slot, messages=1)
    for relation in ("said", "slots", "frames"):
        yield relation, table


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each station that lies, over all that it lies about."""
    if "said" not in summary:
        return
    claims = arp_claims.claims_of(summary, config.patience)
    holders: dict[bytes, dict[bytes, list[Claim]]] = {}
    held: dict[bytes, set[bytes]] = {}
    for claim in claims.values():
        holders.setdefault(claim.address, {}).setdefault(claim.hardware, []).append(claim)
        held.setdefault(claim.hardware, set()).add(claim.address)
    slots: dict[tuple[bytes, bytes], set[int]] = {}
    contested = {address for address, who in holders.items() if len(who) > 1}
    if contested:
        for row in summary.rows("slots"):
            if row["address"] in contested:
                slots.setdefault((row["address"], row["hardware"]), set()).add(row["slot"])
    guilty: dict[bytes, list[tuple[Claim, Severity]]] = {}
    shared = {(row["address"], row["hardware"]) for row in summary.rows("shared")}
    for who in holders.values():
        suspects = [
            (claim, severity)
            for hardware, several in who.items()
            for claim in several
            if not is_virtual_router(hardware)
            and (severity := _guilty(claim, who, held, slots, claims, shared, config)) is not None
        ]
        if len(suspects) > 1:
            # The true holder's address is put right by the tool itself, or by him: he lies about one address
            # and less; a liar holds more.
            suspects = [max(suspects, key=lambda one: arp_claims.blame(one[0], held))]
        for claim, severity in suspects:
            guilty.setdefault(claim.sender, []).append((claim, severity))
    frames = summary.groups("frames", "sender", "address", "hardware") if guilty else {}
    for sender, lies in sorted(guilty.items()):
        yield _verdict(sender, lies, holders, frames)


def _guilty(
    claim: Claim,
    who: Mapping[bytes, list[Claim]],
    held: Mapping[bytes, set[bytes]],
    slots: Mapping[tuple[bytes, bytes], set[int]],
    claims: Claims,
    shared: Set[tuple[bytes, bytes]],
    config: Config,
) -> Severity | None:
    """None where nothing is wrong; low where it may be two cards of one machine."""
    for told, lies in claim.forged.items():
        other = claims.get((told, claim.hardware, claim.sender))
        if told == claim.address or other is None:
            continue
        if min(lies, other.forged.get(claim.address, 0)) >= config.both_ways:
            return Severity.HIGH
    rivals = [hardware for hardware in who if hardware != claim.hardware]
    if not rivals:
        return None
    if claim.sender != claim.hardware and (claim.address, claim.hardware, claim.hardware) in claims:
        return None  # says where the address really is, as tools do when they tidy up
    # A station that is no rival's equal has an address of its own, or lies about several.
    own = claim.sender != claim.hardware or any(held[claim.hardware] - held[rival] for rival in rivals)
    if claim.lies >= config.forged:
        return Severity.HIGH if own else Severity.LOW
    if claim.sender != claim.hardware:
        return None
    if (claim.address, claim.hardware) in shared:  # routers that share it take it from one another
        rivals = [rival for rival in rivals if (claim.address, rival) not in shared]
    mine = slots.get((claim.address, claim.hardware), set())
    # Stray messages make no holder: captures with broken frames are full of such.
    least = max(config.announced, claim.messages * config.stray_share)
    holding = [rival for rival in rivals if sum(one.messages for one in who[rival]) >= least]
    amid = any(
        min(mine, default=0) <= slot <= max(mine, default=0)
        for rival in holding
        for slot in slots.get((claim.address, rival), ())
    )
    often = claim.end - claim.start <= claim.pushed * config.remembered * SECOND
    if own and amid and often and claim.pushed >= config.announced and len(mine) >= config.announced:
        return Severity.HIGH
    if any(arp_claims.insists(claim, other, config) for rival in holding for other in who[rival]):
        return Severity.HIGH if own else Severity.MEDIUM
    return None


def _verdict(
    sender: bytes,
    lies: list[tuple[Claim, Severity]],
    holders: Mapping[bytes, Mapping[bytes, list[Claim]]],
    frames: Mapping[tuple[bytes, ...], list[Row]],
) -> Verdict:
    mac = mac_text(sender)
    claims = [claim for claim, _ in lies]
    severity = max((one for _, one in lies), key=lambda one: one.rank)
    claimed = tuple(address_text(claim.address) for claim in claims)
    told = sorted({one for claim in claims for one in claim.forged if not _nobody(one, holders)})
    victims = tuple(dict.fromkeys((*(address_text(one) for one in told), *claimed)))
    named = tuple(sorted({mac_text(claim.hardware) for claim in claims}))
    owners = sorted(
        {hardware for claim in claims for hardware in holders[claim.address]}
        - {sender, *(claim.hardware for claim in claims)}
    )
    start, end = min(claim.start for claim in claims), max(claim.end for claim in claims)
    messages = sum(claim.messages for claim in claims)
    unasked = sum(claim.lies for claim in claims)
    announced = sum(claim.announced for claim in claims)
    held_by = ", ".join(mac_text(one) for one in owners[:5])
    where_true = f" The address was held by {held_by} as well." if owners else ""
    rows = [
        row
        for claim in claims[:NAMED]
        for row in frames.get((sender, claim.address, claim.hardware), ())
        if row["operation"] == REPLY or not claim.lies
    ]
    rows.sort(key=lambda row: (row["time"], row["frame"]))
    lie = where(eth_source=mac, arp_sender_hardware=named, arp_sender_protocol=claimed[:NAMED])
    return Verdict(
        subject=mac,
        title=f"{mac} claims {', '.join(claimed[:3])}{' and others' if len(claimed) > 3 else ''} by ARP",
        severity=severity,
        confidence=0.95 if severity is Severity.HIGH and unasked else CONFIDENCE[severity],
        attackers=(mac,),
        victims=victims[:NAMED],
        others={"claimed": claimed[:NAMED], "owner": tuple(mac_text(one) for one in owners[:NAMED])},
        start=start,
        end=end,
        counts={
            "messages": messages,
            "unasked_replies": unasked,
            "announcements": announced,
            "addresses": len(claimed),
        },
        reason=(
            f"{mac} said {many(messages, 'time')} in {(end - start) / SECOND:.1f} s that "
            f"{', '.join(claimed[:5])} {'is' if len(claimed) == 1 else 'are'} at {', '.join(named[:3])}; "
            f"{many(unasked, 'of these was a reply', 'of these were replies')} that nobody had asked for, "
            f"{many(announced, 'was an announcement', 'were announcements')}.{where_true} Who believes it "
            "sends the traffic for that address to the liar."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "arp_sender_hardware", "claims somebody else's address")
            for row in rows[: 5 * min(2, len(claims))]
        ),
        frames=messages,
        scope=tuple(
            Selector(
                (
                    *where(eth_source=mac, arp_sender_hardware=mac_text(claim.hardware)),
                    *where(arp_sender_protocol=address_text(claim.address)),
                    *between(claim.start, claim.end),
                )
            )
            for claim in claims[:1_000]
        ),
        rule=Rule(matches=lie[1:]),
        advice=(
            "switch: ip arp inspection vlan …; ip dhcp snooping",
            f"shut the switch port that learned {mac}",
        ),
    )


def _nobody(address: bytes, holders: Mapping[bytes, object]) -> bool:
    """Whether an address that was told something is no host's: none at all, or everybody's."""
    return address == NOBODY or (address.endswith(EVERYBODY) and address not in holders)


DETECTOR = Detector(
    name="arp-spoofing",
    title="ARP spoofing",
    layer="link",
    techniques=("T1557.002",),
    config=Config(),
    relations={
        "said": Totals(
            ("address", "hardware", "sender", "operation", "target"), ("messages",), ("start",), ("end",)
        ),
        "slots": Totals(("address", "hardware", "slot"), ("messages",)),
        "frames": First(("sender", "address", "hardware", "operation")),
        "shared": Totals(("address", "hardware"), ("messages",)),
    },
    observe=observe,
    judge=judge,
    packets=(
        *("eth_source", "arp_operation", "arp_sender_hardware", "arp_sender_protocol", "arp_target_protocol"),
        *("vrrp_version", "vrrp_priority"),
    ),
    explains=("ip-spoofing", "session-hijack"),
)
