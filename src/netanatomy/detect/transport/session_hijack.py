"""Session hijack: somebody else speaks within a connection that two hosts have opened.

What it is:
    TCP tells segments apart by addresses, ports and sequence numbers, and by nothing else. Whoever sees a
    connection pass knows them all and can slip octets into the stream, on the transport layer, in the name
    of either side: a command into a session that is logged in already. The host whose name was used then
    sends other octets under the same numbers, and both sides start to disagree (desynchronisation).

Exchange:
    client                  attacker               server
       | -- "ls", seq 100 ------+-------------------> |
       | <-- ACK 102 -----------+-------------------- |
       |                        | -- "rm", seq 102 -> |  (in the client's name)
       | <-- ACK 104 -----------+-------------------- |  "I never sent that": ACK 102
       | -- "pwd", seq 102 -----+-------------------> |  (other octets, same numbers)
       |            ACKs to and fro: the ACK storm    |

How it is recognised:
    Signs within one connection: octets that were sent before come again and differ (at least `octets` of
    them); one side's packets come for a moment from another MAC address or with another time to live, and
    then as before, and are perhaps not numbered (IP identification) or timed (timestamps) as that side's
    own; empty ACKs answer empty ACKs while nothing moves. Two of them are a hijack. Differing octets alone
    are told at medium severity from `conflicts` segments on, fewer at low. What one sender did in several
    connections between two hosts is one finding.

What looks the same:
- A retransmission that is cut into other segments: the octets are the same.
- A route that changes: for good, and for data without contradiction.
- Two routers that share an address (VRRP): the MAC address changes, nothing else.
- Keep-alives carry one arbitrary octet; they are left out.
- A broken network card that damages retransmissions: one MAC address, and checksums that are wrong.

How to stop it:
- Encrypt and authenticate: SSH for telnet, TLS for the rest. Injected octets are then thrown away.
- TCP-AO (RFC 5925) where both ends are routers.
- Port isolation, dynamic ARP inspection, IP source guard: others then neither see nor forge.

Limits:
    The octets that differ must both be in the capture. Who speaks with the right MAC address and time to
    live, and silences the real host, is not seen here. What is encrypted can be disturbed, but not
    hijacked.

In the lab:
    python -m lab.scenarios session-hijack-injection   (a program that sniffs and injects; Debian has none)
    python -m lab.scenarios session-hijack-server-side   (the same, in the server's name)

References:
- Joncheray, A Simple Active Attack Against TCP, USENIX Security 1995
- RFC 9293 section 3.10.7.4; RFC 5961 section 5 (data injection)
- MITRE ATT&CK T1563, Remote Service Session Hijacking; T1557, Adversary-in-the-Middle
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pyarrow.compute as pc

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import many, quantity
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.detect.transport.same_forger import by_forger
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import arrow_array, one_of
from netanatomy.tables.text import address_text, mac_text

CONFLICTS = ("retransmission-different-octets", "overlap-different-octets")
PATHS = ("mac-change", "ttl-change")
MARKS = ("ip-id-jump", "timestamp-missing")
"""Of a packet that came another way: the host did not make it; a second copy or a detour has none of them."""
STORM = "ack-storm"
WAY = ("uid", "source", "destination", "source_port", "destination_port", "name")
CHANGES_KEPT = 32
"""Changes of path of one side that are looked at. Bounds paths that change with every packet."""
TCP = 6  # Assigned Internet Protocol Numbers, IANA
SHOWN, EXACT = 5, 32


@frozen
class Config:
    """Thresholds."""

    octets: int = threshold(
        2,
        "octets",
        "that differ at least in a segment",
        "a keep-alive has one arbitrary octet (RFC 9293 section 3.8.4)",
    )
    conflicts: int = threshold(
        3,
        "segments",
        "that contradict others, from which nothing else is needed",
        "one may be damage on the way",
    )
    changes: int = threshold(
        16,
        "packets",
        "changes of path of one side up to which somebody else speaks; with more the path has two ways",
        "load balancing, and captures that see each packet twice, change with every packet",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Signs by connection and side."""
    anomalies = tables.anomalies
    if not anomalies.count:
        return
    rows = anomalies.rows_named("name", *CONFLICTS, *PATHS, *MARKS, STORM)
    rows = rows[anomalies.valid_at("uid", rows)] if len(rows) else rows
    if not len(rows):
        return
    conflict = one_of(anomalies.numbers("name")[rows], [anomalies.code("name", name) for name in CONFLICTS])
    enough = pc.fill_null(pc.binary_length(anomalies.take("evidence", rows)), 0).to_numpy(
        zero_copy_only=False
    )
    rows = rows[~conflict | (enough >= config.octets)]
    if not len(rows):
        return
    forward = arrow_array(anomalies.truths("is_orig", rows))
    yield "signs", kept(anomalies, rows, (*WAY, "start=ts", "end=ts"), forward=forward, count=1)
    place = ("time=ts", "frame=frame_number", "depth", "offset", "length")
    columns = (*place, "value", "expected", "other_frame")
    yield "frames", kept(anomalies, rows, (*WAY, *columns))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each forger: of the connections between two hosts that have signs enough."""
    if "signs" in summary:
        yield from by_forger(_each(summary, config))


def _each(summary: Summary, config: Config) -> Iterator[Verdict]:
    frames = summary.groups("frames", "uid")
    for (uid,), signs in summary.groups("signs", "uid").items():
        shown = sorted(frames.get((uid,), ()), key=lambda row: (row["time"], row["frame"]))
        verdict = _verdict(signs, shown, config)
        if verdict is not None:
            yield verdict


def _verdict(signs: list[Row], frames: list[Row], config: Config) -> Verdict | None:
    counts: dict[str, int] = defaultdict(int)
    for row in signs:
        counts[row["name"]] += row["count"]
    conflicts = [row for row in frames if row["name"] in CONFLICTS]
    storm = counts[STORM] > 0
    strangers = list(_strangers(signs, frames, config.changes))
    foreign = {row["frame"] for stranger in strangers for row in stranger}
    marks = sorted({row["name"] for row in frames if row["name"] in MARKS and row["frame"] in foreign})
    if (conflicts and (strangers or storm)) or (strangers and storm) or len(marks) > 1:
        severity, confidence = Severity.HIGH, 0.95 if conflicts and strangers else 0.85
    elif marks or len(conflicts) >= config.conflicts:
        severity, confidence = Severity.MEDIUM, 0.6
    elif conflicts:
        severity, confidence = Severity.LOW, 0.4
    else:
        return None
    blamed = strangers[0][0] if strangers else (conflicts or frames)[0]
    side = next(row for row in signs if row["source"] == blamed["source"])
    source, destination = address_text(side["source"]), address_text(side["destination"])
    client = side["forward"]
    ports = side["source_port"], side["destination_port"]
    peer = f"{destination} port {ports[1]}" if client else destination
    selectors = tuple(_scope(blamed, conflicts, strangers))
    sender = tuple(sorted({found for stranger in strangers for row in stranger if (found := _sender(row))}))
    start = min(row["start"] for row in signs)
    told = []
    different = {row["frame"] for row in conflicts}
    differing = quantity(len(different), sum(counts[name] for name in CONFLICTS) == len(conflicts))
    stormy = [row for row in frames if row["name"] == STORM]
    # What is shown of it belongs to it: the octets that came first, too.
    about = foreign | different | {row["other_frame"] for row in conflicts if row["other_frame"]}
    about |= {row["frame"] for row in stormy}
    if conflicts:
        told.append(
            f"{differing.of('segment brings', 'segments bring')} other octets than were sent before under "
            "the same numbers"
        )
    if strangers:
        elsewhere = (
            f"packets of {source} come for a moment from elsewhere ({', '.join(sender)}) and then as before"
        )
        told.append(elsewhere + (f", not numbered or timed as its own ({', '.join(marks)})" if marks else ""))
    if storm:
        told.append(
            f"{many(counts[STORM], 'empty ACK answers another', 'empty ACKs answer each other')} and nothing "
            "moves"
        )
    two = bool(strangers) or storm
    return Verdict(
        subject=f"{source}:{ports[0]}>{destination}:{ports[1]}@{start}",
        title=(
            f"Somebody speaks for {source} within its connection with {peer}"
            if two
            else f"Two versions of what {source} sent in its connection with {peer}"
        ),
        severity=severity,
        confidence=confidence,
        victims=tuple(sorted({source, destination})),
        others={"claimed": (source,)} | ({"sender": sender} if sender else {}),
        start=start,
        end=max(row["end"] for row in signs),
        counts=dict(sorted(counts.items())),
        reason=(
            f"In the connection of {source} port {ports[0]} with {destination} port {ports[1]}, "
            + "; ".join(told)
            + (
                ". Two senders use one name: one of them is no party to this connection."
                if two
                else ". A third party put octets in, or a host shows inspectors another text than its peer."
            )
        ),
        proofs=tuple(_proofs(conflicts, strangers, stormy)),
        frames=len(about) + counts[STORM] - len(stormy),
        scope=selectors,
        rule=_rule(source, destination, strangers),
        advice=(
            "switch: IP source guard and dynamic ARP inspection on access ports",
            "replace the protocol by SSH or TLS",
        ),
    )


def _strangers(signs: list[Row], frames: list[Row], most: int) -> Iterator[list[Row]]:
    """For each side that changed its path for a moment: the packets that came the other way.

    A change for good has no way back; one with every packet is a path with two ways.
    """
    for side in {(row["source"], row["name"]): row for row in signs if row["name"] in PATHS}.values():
        mine = [row for row in frames if row["source"] == side["source"] and row["name"] == side["name"]]
        if not mine or side["count"] > most:
            continue
        usual = mine[0]["expected"]
        back = {row["value"] for row in mine if row["value"] == usual}
        if back:
            yield [row for row in mine if row["value"] != usual]


def _sender(row: Row) -> str:
    if row["name"] == "mac-change":
        return mac_text(int(row["value"]).to_bytes(6, "big"))
    return f"TTL {row['value']}"


def _sign(row: Row) -> tuple[Match, ...]:
    """What a stranger's packet has that the host's own have not."""
    return where(eth_source=_sender(row)) if row["name"] == "mac-change" else where(ip_ttl=int(row["value"]))


def _scope(blamed: Row, conflicts: list[Row], strangers: list[list[Row]]) -> Iterator[Selector]:
    way = where(
        ip_source=address_text(blamed["source"]),
        ip_destination=address_text(blamed["destination"]),
        ip_protocol=TCP,
        source_port=blamed["source_port"],
        destination_port=blamed["destination_port"],
    )
    for stranger in strangers:
        for row in {row["value"]: row for row in reversed(stranger)}.values():
            yield Selector((*way, *_sign(row)))
    if not strangers:
        for row in conflicts[:EXACT]:
            yield Selector((*way, *between(row["time"], row["time"])))


def _rule(source: str, destination: str, strangers: list[list[Row]]) -> Rule | None:
    """A filter can tell the two senders apart only by the MAC address or the time to live."""
    if not strangers:
        return None
    ends = where(ip_source=source, ip_destination=destination, ip_protocol=TCP)
    return Rule(matches=(*ends, *_sign(strangers[0][0])))


def _proofs(conflicts: list[Row], strangers: list[list[Row]], storm: list[Row]) -> Iterator[Proof]:
    columns = {"mac-change": "eth_source", "ttl-change": "ip_ttl"}
    for stranger in strangers:
        for row in stranger[:SHOWN]:
            yield Proof(
                row["frame"], row["depth"], columns[row["name"]], "not the sender of the packets before"
            )
    for row in conflicts[:SHOWN]:
        role = "other octets than before under the same numbers"
        yield Proof(row["frame"], row["depth"], PAYLOAD, role, row["offset"], row["length"] or 0)
        if row["other_frame"]:
            yield Proof(row["other_frame"], row["depth"], PAYLOAD, "the octets that came first")
    for row in storm[:1]:
        yield Proof(
            row["frame"], row["depth"], "tcp_acknowledgment", "one of the ACKs that answer each other"
        )


DETECTOR = Detector(
    name="session-hijack",
    title="Session hijack",
    layer="transport",
    techniques=("T1563", "T1557"),
    config=Config(),
    relations={
        "signs": Totals((*WAY, "forward"), ("count",), ("start",), ("end",)),
        "frames": First(WAY, ("offset", "length", "value", "expected", "other_frame"), CHANGES_KEPT),
    },
    observe=observe,
    judge=judge,
    anomalies=True,
)
