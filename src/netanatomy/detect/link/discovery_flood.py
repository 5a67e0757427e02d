"""Discovery flood: hundreds of neighbours that do not exist announce themselves by CDP or LLDP.

What it is:
    Switches, phones and access points announce themselves to their neighbours, by CDP (Cisco) or LLDP (IEEE
    802.1AB), and remember whom they heard. An attacker on the network access layer announces one made-up
    neighbour after the other: the table takes up memory and the processor's time until the device stalls,
    and whoever manages the network sees devices that are not there.

Exchange:
    attacker                                          switch
       | -- CDP: I am RK7Q1…, from 6e:02:… -----------> |  neighbour 1
       | -- CDP: I am 0ZZP4…, from 1a:9c:… -----------> |  neighbour 2
       |           … hundreds a second …                |  table full, processor busy

How it is recognised:
    At least `announcements` announcements of one protocol within `window` seconds from at least `neighbours`
    different sources or names. A real neighbour speaks once in 30 s (LLDP) or 60 s (CDP), and there are
    few on a link, since bridges do not hand these messages on.

What looks the same:
- A hub or a simple switch hands on the announcements of all, which are still one each in half a minute.
- A device that starts sends a few at once, all its own.

How to stop it:
- Switch CDP and LLDP off on ports of hosts (`no cdp enable`, `no lldp receive`), save for phones.
- A limit of such frames a port (control plane policing).

Limits:
    One neighbour that repeats itself quickly is no flood of the table, and is not told.

In the lab:
    python -m lab.scenarios discovery-flood-cdp      (yersinia cdp -attack 1 -interface eth0)
    python -m lab.scenarios discovery-flood-lldp     (Scapy: 300 LLDP announcements)

References:
- IEEE 802.1AB section 9.1, LLDP
- CAPEC-125, Flooding
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set

import numpy as np
import pyarrow as pa

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.quantities import many, quantity, sentence
from netanatomy.detect.relations import EVERY_VALUE, Distinct, First, Row, Summary, Totals
from netanatomy.detect.selected import selected
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Action, Rule
from netanatomy.tables.python_rows import python_tuples
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import mac_text

SECOND = 10**9  # ns
CISCO = 0x00000C
CDP = 0x2000  # SNAP protocol of Cisco's
LLDP = 0x88CC  # EtherType, IEEE 802.1AB section 8.3
NAMES = {CDP: "CDP", LLDP: "LLDP"}
NAME_OCTETS = 32
"""Octets from the beginning of an announcement: both begin with who it is."""
NAMED = 25


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(10, "s", "how long announcements are counted together", "a third of LLDP's 30 s")
    announcements: int = threshold(
        50, "messages", "announcements in a window", "5/s; a real one in 30 s or 60 s"
    )
    neighbours: int = threshold(20, "neighbours", "different ones among them", "a link has a few")
    dense: int = threshold(
        3,
        "messages/s",
        "announcements from which a second belongs to the flood",
        "neighbours seldom speak at once",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Announcements of each protocol, and who they are from."""
    packets = tables.packets
    for protocol, rows in ((CDP, _cdp(packets)), (LLDP, _lldp(packets))):
        if not len(rows):
            continue
        second = packets.at("time", rows) // SECOND
        key = {"protocol": np.full(len(rows), protocol, np.int64), "window": second // config.window}
        times = ("start=time", "end=time", "source=eth_source", "destination=eth_destination")
        yield "times", kept(packets, rows, times, **key, second=second, messages=1)
        heads = packets.payload_heads(rows, NAME_OCTETS)
        names = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(NAME_OCTETS), len(heads), [None, pa.py_buffer(np.ascontiguousarray(heads))]
        )
        yield "neighbours", kept(packets, rows, ("source=eth_source",), **key, name=names)
        yield "frames", packet_places(packets, rows, **key, source=packets.take("eth_source", rows))


def _cdp(packets: Rows) -> Places:
    rows = packets.rows_with("snap_protocol")
    ours: Places = rows[packets.at("snap_protocol", rows) == CDP]
    cisco: Places = ours[packets.at("snap_oui", ours) == CISCO]
    return cisco


def _lldp(packets: Rows) -> Places:
    return np.flatnonzero(packets.numbers("eth_type") == LLDP)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each protocol."""
    if "times" not in summary:
        return
    counted = {
        (row["protocol"], row["window"]): row["total"] for row in summary.counted("neighbours").to_pylist()
    }
    for (protocol,), rows in summary.groups("times", "protocol").items():
        each: dict[int, int] = {}
        for row in rows:
            each[row["window"]] = each.get(row["window"], 0) + row["messages"]
        busy = {
            window
            for window, count in each.items()
            if count >= config.announcements and counted.get((protocol, window), 0) >= config.neighbours
        }
        if busy:
            # The tails of a flood lie in the windows beside.
            busy |= {window + step for window in busy for step in (-1, 1)}
            yield _verdict(protocol, rows, busy, max(each.values()), summary, config)


def _verdict(
    protocol: int, rows: list[Row], busy: set[int], peak: int, summary: Summary, config: Config
) -> Verdict:
    dense: dict[int, int] = {}
    for row in rows:
        dense[row["second"]] = dense.get(row["second"], 0) + row["messages"]
    # A real neighbour is heard in other seconds as well, or only there.
    real = {row["source"] for row in rows if row["window"] not in busy or dense[row["second"]] < config.dense}
    mine = [row for row in rows if row["window"] in busy and dense[row["second"]] >= config.dense]
    mine = mine or [row for row in rows if row["window"] in busy]  # however dense it must be
    sources = {row["source"] for row in mine}
    one = len(sources - real) == 0 or len(sources) == 1
    mine = mine if one else [row for row in mine if row["source"] not in real]
    if one:
        loudest = max(mine, key=lambda row: (row["messages"], row["source"] or b""))
        mine = [row for row in mine if row["source"] == loudest["source"]]
    macs = tuple(sorted({mac_text(row["source"]) for row in mine if row["source"]}))
    start, end = min(row["start"] for row in mine), max(row["end"] for row in mine)
    count = sum(row["messages"] for row in mine)
    group = mac_text(mine[0]["destination"])
    name = NAMES[protocol]
    announced, exact = _neighbours(summary, protocol, busy, set() if one else real)
    neighbours, announcements = quantity(announced, exact), quantity(count, summary.exact("times"))
    told = where(eth_destination=group, snap_protocol=CDP) if protocol == CDP else where(eth_type=LLDP)
    seen = where(eth_destination=group)
    if one:
        told, seen = (*told, *where(eth_source=macs)), (*seen, *where(eth_source=macs))
    unlike = tuple(
        Match("eth_source", Operator.NOT_EQUAL, mac_text(source))
        for source in sorted(real)
        if source and not one
    )[:NAMED]
    hidden = {row["source"] for row in mine}
    frames = [
        row
        for row in summary.rows("frames")
        if row["protocol"] == protocol and row["window"] in busy and row["source"] in hidden
    ]
    frames.sort(key=lambda row: (row["time"], row["frame"]))
    return Verdict(
        subject=f"{name}|{macs[0] if one and macs else ''}",
        title=f"{name} flood: {announcements.of('announcement')} of {neighbours.of('neighbour')}",
        severity=Severity.HIGH,
        confidence=0.95,
        attackers=macs if one else (),
        victims=(),
        others={} if one else {"claimed": macs[:5]},
        start=start,
        end=end,
        counts={
            **announcements.counted("announcements"),
            **neighbours.counted("neighbours"),
            "sources": len(macs),
        },
        reason=(
            f"{sentence(announcements.of(f'{name} announcement'))} of "
            f"{neighbours.of('different neighbour')}, from "
            f"{many(len(macs), 'MAC address', 'MAC addresses')}, in {(end - start) / SECOND:.1f} s, up to "
            f"{peak} in {config.window} s. A real neighbour announces itself once or twice a minute, and a "
            "link has few of them: these are made up."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "eth_source", "announcement of one more neighbour")
            for row in frames[:5]
        ),
        frames=count,
        scope=(Selector((*told, *unlike, *between(start, end))),),
        rule=Rule(matches=seen) if one else Rule(matches=seen, action=Action.LIMIT, rate=5, burst=10),
        advice=("switch: no cdp enable; no lldp receive; on ports of hosts",),
    )


def _neighbours(summary: Summary, protocol: int, busy: set[int], real: Set[bytes]) -> tuple[int, bool]:
    """How many neighbours were announced in some windows but by real ones, and whether these are all."""
    table = selected(summary["neighbours"], "window", sorted(busy))
    found, each = set(), Counter[int]()
    for of, window, source, name in python_tuples(table, "protocol", "window", "source", "name"):
        if of == protocol:
            each[window] += 1
            if source not in real:
                found.add((source, name))
    return len(found), all(summary.exact("neighbours", count) for count in each.values())


DETECTOR = Detector(
    name="discovery-flood",
    title="CDP or LLDP flood",
    layer="link",
    techniques=("T1499",),
    config=Config(),
    relations={
        "times": Totals(
            ("protocol", "window", "second", "source", "destination"), ("messages",), ("start",), ("end",)
        ),
        "neighbours": Distinct(("protocol", "window"), ("source", "name"), roomy=EVERY_VALUE),
        "frames": First(("protocol", "window", "source"), (), 2),
    },
    observe=observe,
    judge=judge,
    packets=("eth_source", "eth_destination", "eth_type", "snap_oui", "snap_protocol"),
    explains=("mac-flooding",),
)
