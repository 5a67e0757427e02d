"""Floods of datagrams that are spread: over a network's hosts, or over addresses that all say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from netanatomy.detect.cells import cells
from netanatomy.detect.datagram_floods import Flood
from netanatomy.detect.datagram_limits import Config
from netanatomy.detect.detector import PAYLOAD
from netanatomy.detect.floods import SECOND, episode, length_of, sources_of, totals
from netanatomy.detect.relations import Row, Summary
from netanatomy.detect.silent_datagrams import DEPTH_BITS, ONE_WAY, SAMPLE
from netanatomy.tables.arrays import arrow_array, integers, octets_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

V4 = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
NETWORK = {True: (15, 24), False: (8, 64)}
"""Octets of an address that name its network, and the bits of its own kind: IPv4's /24, IPv6's /64."""
SHOWN = 3  # sources that are shown as evidence

Groups: TypeAlias = "Mapping[str, dict[tuple[bytes, ...], list[Row]]]"
"""Rows of relations, by their names and by victim."""


def network_of(address: bytes) -> tuple[bytes, str]:
    r"""The first octets of an address that name its network, and the network as people write it.

    >>> network_of(bytes(10) + b"\xff\xff" + bytes([10, 20, 0, 9]))[1]
    '10.20.0.0/24'
    >>> network_of(bytes.fromhex("fd000020") + bytes(11) + b"\x09")[1]
    'fd00:20::/64'
    """
    octets, bits = NETWORK[address.startswith(V4)]
    begin = address[:octets]
    return begin, f"{address_text(begin.ljust(16, bytes(1)))}/{bits}"


def crowded(summary: Summary, limits: Config) -> list[list[Row]]:
    """Rows of `seconds`, of each network of which enough hosts get datagrams and refuse them."""
    if "refused" not in summary or len(summary["refused"]) * 2 < limits.hosts:
        return []
    table = summary["seconds"]
    some = arrow_array(np.flatnonzero(integers(table, "packets") >= limits.portion))
    networks: dict[bytes, list[Row]] = defaultdict(list)
    for row in table.take(some).to_pylist():
        networks[network_of(row["victim"])[0]].append(row)
    return [rows for rows in networks.values() if len({row["victim"] for row in rows}) >= limits.hosts]


def carpet(rows: Sequence[Row], groups: Groups, refused: Mapping[bytes, int], limits: Config) -> Flood | None:
    """A flood of all hosts of a network, of which none need get much: they refuse the datagrams.

    Args:
        rows: of `seconds`, of one network.
        groups: other relations by victim: `ports`, `sources`, `senders`, `frames`.
        refused: how many datagrams each victim refused.
        limits: from how many on it is one.
    """
    port = _common(rows, groups, limits)
    if port is None:
        return None
    rows = [
        row for row in rows if any(one["port"] == port for one in groups["ports"].get((row["victim"],), ()))
    ]
    hosts: dict[int, int] = defaultdict(int)
    packets: dict[int, int] = defaultdict(int)
    for row in rows:
        hosts[row["second"]] += 1
        packets[row["second"]] += row["packets"]
    fast = [
        second
        for second, count in packets.items()
        if count >= limits.network_rate and hosts[second] >= limits.hosts
    ]
    if len(fast) < limits.seconds:
        return None
    meant = episode([{**row, "all": packets[row["second"]]} for row in rows], "all", limits.network_rate)
    victims = tuple(sorted({row["victim"] for row in meant}))
    refusing = [refused[victim] for victim in victims if refused.get(victim, 0) >= limits.refusals]
    if len(refusing) * 2 < len(victims):
        return None
    mine = {
        name: [row for victim in victims for row in groups[name].get((victim,), ())]
        for name in ("ports", "sources", "senders", "frames")
    }
    ports = [row for row in mine["ports"] if row["port"] == port]
    sources = {row["source"] for row in mine["sources"]}
    count = sum(row["packets"] for row in meant)
    forged = len(sources) > limits.few_sources and count / len(sources) <= limits.datagrams_of_a_source
    return Flood(
        victims,
        min(row["start"] for row in meant),
        max(row["end"] for row in meant),
        count,
        max(packets[second] for second in fast),
        (port,),
        length_of(ports),
        sources_of(mine["sources"], mine["senders"], len(sources), forged),
        tuple((row["frame"], row["depth"]) for row in mine["frames"][:5]),
        sum(refusing),
        f", and none of them was answered; {len(refusing)} of the hosts refused {sum(refusing)} by ICMP. "
        "None of them gets much, but the line to all of them gets all (carpet bombing).",
        network=network_of(victims[0])[1],
    )


def _common(rows: Sequence[Row], groups: Groups, limits: Config) -> int | None:
    """The port at which enough hosts get many datagrams each; a scan has many ports, calls one for each."""
    hosts: dict[int, int] = defaultdict(int)
    for victim in {row["victim"] for row in rows}:
        counts: dict[int, int] = defaultdict(int)
        for row in groups["ports"].get((victim,), ()):
            counts[row["port"]] += row["packets"]
        for port, count in counts.items():
            hosts[port] += count > limits.datagrams_of_a_source and 2 * count > sum(counts.values())
    best = max(hosts, key=lambda port: (hosts[port], port), default=0)
    return best if hosts.get(best, 0) >= limits.hosts and best not in ONE_WAY else None


def swarms(summary: Summary, limits: Config) -> Iterator[Flood]:
    """Floods of one datagram that many made-up addresses say again and again, whether answered or not."""
    if "contents" not in summary:
        return
    table = summary["contents"]
    least, greatest = (integers(table, name) for name in ("least", "greatest"))
    same = np.flatnonzero(least == greatest)
    _, numbers, counts = np.unique(least[same], return_inverse=True, return_counts=True)
    same = same[counts[numbers] > limits.few_sources]
    if not len(same):
        return
    groups: dict[tuple[bytes, int, int], list[Row]] = defaultdict(list)
    for row in table.take(arrow_array(same)).to_pylist():
        if not is_group(row["victim"]):
            groups[row["victim"], row["port"], row["least"]].append(row)
    all_said: dict[tuple[bytes, int], int] = defaultdict(int)
    for victim, port, count in zip(
        *(table[name].to_pylist() for name in ("victim", "port", "datagrams")), strict=True
    ):
        all_said[victim, port] += count
    talks = _conversations(summary, {key[:2] for key in groups})
    for (victim, port, _), rows in groups.items():
        if len(rows) > limits.few_sources:
            flood = _swarm(victim, port, rows, all_said[victim, port], talks[victim, port], limits)
            if flood:
                yield flood


def _conversations(summary: Summary, services: Set[tuple[bytes, int]]) -> dict[tuple[bytes, int], int]:
    """How many conversations there were with each service; never too few."""
    order = sorted(services)
    hosts = octets_array([victim for victim, _ in order], 16)
    ports = arrow_array(np.array([port for _, port in order], np.int64))
    batch = Rows(pa.RecordBatch.from_arrays([hosts, ports], names=["host", "port"]))
    served = {row["cell"]: row["count"] for row in summary.rows("served")}
    silent = totals(summary, "sources", "victim")
    found = cells(batch, np.arange(len(order)), "host", "port").tolist() if order else []
    return {
        service: served.get(cell, 0) + silent.get(service[:1], 0)
        for service, cell in zip(order, found, strict=True)
    }


def is_group(address: bytes) -> bool:
    r"""Whether it is a multicast address (RFC 5771, RFC 4291) or a broadcast: nobody answers there.

    >>> [is_group(bytes(10) + b"\xff\xff" + bytes(host)) for host in ([239, 1, 1, 1], [10, 0, 0, 9])]
    [True, False]
    """
    return (address[12] >= 224 or address[15] == 255) if address.startswith(V4) else address[0] == 255


def _swarm(
    victim: bytes, port: int, rows: Sequence[Row], said: int, talks: int, limits: Config
) -> Flood | None:
    sampled, start = sum(row["datagrams"] for row in rows), min(row["begin"] for row in rows)
    end = max(row["until"] for row in rows)
    if any(row["cut"] > 0 for row in rows):
        return None  # requests of many protocols begin alike
    ttls = {row[name] for row in rows for name in ("near", "far")}
    if end - start < limits.seconds * SECOND or len(ttls) > limits.ways or sampled < limits.same_share * said:
        return None
    rate = sampled * SAMPLE * SECOND // (end - start)
    if rate < limits.repeated_rate or sampled * SAMPLE < limits.again * talks:
        return None
    lengths = {row[name] for row in rows for name in ("shortest", "longest")}
    return Flood(
        (victim,),
        start,
        end,
        sampled * SAMPLE,
        rate,
        (port,),
        lengths.pop() if len(lengths) == 1 else None,
        sources_of(rows, [{"mac": None, "ttl": ttl} for ttl in ttls], max(talks, len(rows)), forged=True),
        tuple(divmod(row[name], 1 << DEPTH_BITS) for row in rows[:SHOWN] for name in ("first", "last")),
        0,
        ". All of them say the same octets, came equally far, and say it again and again: clients of a "
        "service have each something of their own to say, and are content with an answer.",
        PAYLOAD,
        "what the datagrams of all these addresses say",
    )
