"""MAC flooding: frames from thousands of made-up stations fill a switch's table.

What it is:
    A switch learns behind which port each MAC address is, from the source addresses of frames. Its table has
    room for some thousands. An attacker on the network access layer sends frames from made-up addresses
    until it is full: frames to stations that are no longer in it then go out at every port, and the attacker
    reads what is meant for others.

Exchange:
    attacker                                       switch
       | -- from 5e:11:…, to c0:7a:… ---------------> |  learns 5e:11:…
       | -- from a2:30:…, to 16:ff:… ---------------> |  learns a2:30:…
       |        … thousands more …                    |  table full: forgets real stations
       | <== frames of others, flooded to all ports = |

How it is recognised:
    At least `stations` MAC addresses within `window` seconds of which each is seen with no more than
    `frames` frames in the whole capture, to one station and never answered; and they are from as many makers
    as there are addresses (`makers_share`): real stations share the first three octets of their address. Or
    as many such stations that all send from one IP address, which no frame but the first of a conversation
    tells otherwise.

What looks the same:
- A port that carries many networks (a trunk): its stations speak again and are answered.
- The first seconds of a capture in a large network: broadcasts and group messages, which every station sends,
  are not counted.
- Test traffic of a generator with one MAC address for each flow: it is what floods a switch, too.
- A failover, or a bond: an IP address at two or three stations, not at hundreds.
- Packet brokers that write the time over the source address: every frame of the capture has another one.

How to stop it:
- Port security: a few MAC addresses a port, and the port is shut if there are more.
- 802.1X at ports that people can reach.
- An alarm of the switch on a table that fills.

Limits:
    Who did it cannot be told from the frames: every source is made up. The port can be told by the switch.
    Amid one TCP connection (the same addresses and ports, and no SYN) a flood is counted as one station.

In the lab:
    python -m lab.scenarios mac-flooding-macof      (macof -i eth0 -n 2500)
    python -m lab.scenarios mac-flooding-slow       (macof -i eth0 -n 30, twice a second)
    python -m lab.scenarios mac-flooding-held-trafgen  (trafgen … '{ …, 0x02, drnd(5), … }')

References:
- IEEE 802.1Q section 8.8, The Filtering Database
- CAPEC-125, Flooding
- MITRE ATT&CK T1499, Endpoint Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.link import one_address
from netanatomy.detect.link.mac_numbers import octets_of
from netanatomy.detect.link.new_stations import CONVERSATION, ODD, conversations, odd_frames
from netanatomy.detect.quantities import many, quantity, sentence
from netanatomy.detect.relations import First, Summary, Totals
from netanatomy.detect.selected import totalled
from netanatomy.detect.tables import Tables
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Operator, Selector, between, flags, where
from netanatomy.schema.network import Network
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.text import address_text, mac_text

SECOND = 10**9  # ns
EVERYBODY = "ff:ff:ff:ff:ff:ff"
"""The victim: every station of the segment, whose frames then go to all."""
MAKER = 24
"""Bits of a MAC address behind its maker's prefix (IEEE 802)."""
TCP = 6
SYN, ACK = 2, 16  # RFC 9293 section 3.1
SHAPES = 16
"""Kinds of frames that the scope names; tools send one or two."""
SHOWN, NAMED = 5, 25
"""Frames that are shown, and stations that the scope spares."""


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(
        10, "s", "how long new stations are counted together", "a table forgets after 300 s"
    )
    stations: int = threshold(
        200, "stations", "new stations in a window", "hundreds a second against a learned base"
    )
    frames: int = threshold(
        2, "frames", "frames of a station up to which it counts", "macof sends one of each"
    )
    makers_share: float = threshold(
        0.5, "", "different makers' prefixes for each station", "random addresses share none of 2^24"
    )
    common_share: float = threshold(
        0.1,
        "",
        "share of the made-up stations' frames from which a kind of frames is the tool's",
        "tools send one kind or two; somebody beside them sends few of a kind",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Every station that begins something, and how much; frames that nobody can answer."""
    yield from conversations(tables.connections, config.window)
    yield from odd_frames(tables.packets, config.window)
    yield from one_address.senders(tables.packets)


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each flood: windows that follow one another, or one IP address."""
    yield from _crowds(summary, config)
    if "stations" not in summary or "frames" not in summary:
        return
    stations = summary["stations"]
    few = (stations["known"].to_numpy() == 0) & (stations["frames"].to_numpy() <= config.frames)
    mac, start = stations["mac"].to_numpy()[few], stations["start"].to_numpy()[few]
    end = stations["end"].to_numpy()[few]
    window = start // (config.window * SECOND)
    windows, counts = np.unique(window, return_counts=True)
    busy = windows[counts >= config.stations]
    # A window at the edge of a flood has fewer.
    for run in np.split(busy, np.flatnonzero(np.diff(busy) > 1) + 1):
        if not len(run):
            continue
        mine = (window >= run[0] - 1) & (window <= run[-1] + 1)
        makers = len(np.unique(mac[mine] >> MAKER))
        if makers >= config.makers_share * mine.sum():
            peak = int(counts[np.isin(windows, run)].max())
            yield _flood(summary, config, mac[mine], (int(start[mine].min()), int(end[mine].max())), peak)


def _crowds(summary: Summary, config: Config) -> Iterator[Verdict]:
    if "senders" not in summary or summary["senders"].num_rows < config.stations:
        return
    known = np.zeros(0, np.int64)
    if "stations" in summary:
        stations = summary["stations"]
        known = stations["mac"].to_numpy()[stations["known"].to_numpy() > 0]
    exact = summary.exact("senders")
    limits = config.window * SECOND, config.stations, config.frames, SHOWN
    for crowd in one_address.crowds(summary["senders"], known, *limits):
        if len(np.unique(crowd.macs >> MAKER)) < config.makers_share * len(crowd.macs):
            continue
        address, times = address_text(crowd.address), (crowd.start, crowd.end)
        real = tuple(
            Match("eth_source", Operator.NOT_EQUAL, mac_text(octets_of(one)))
            for one in crowd.others[:NAMED].tolist()
        )
        scope = (Selector((*where(ip_source=address), *real, *between(*times))),)
        places = [(frame, 0) for frame in crowd.frames]
        yield _verdict(config, crowd.macs, times, crowd.peak, places, scope, exact, address)


def _flood(
    summary: Summary, config: Config, macs: NDArray[np.int64], times: tuple[int, int], peak: int
) -> Verdict:
    first, last = (time // (config.window * SECOND) for time in times)
    frames = [
        row for row in summary.rows("frames") if first <= row["window"] <= last and _among(row["mac"], macs)
    ]
    frames.sort(key=lambda row: (row["time"], row["frame"]))
    shapes = summary["shapes"]
    shapes = shapes.filter(
        arrow_array((shapes["window"].to_numpy() >= first) & (shapes["window"].to_numpy() <= last))
    )
    grouped = totalled(shapes, ["kind", "proto", "ttl", "size", "tcp_window"], "count")
    rows = sorted(grouped.to_pylist(), key=lambda row: (-row["count"], row["proto"], row["ttl"], row["size"]))
    scope = tuple(
        Selector((*_shape(row), *between(*times)))
        for row in rows[:SHAPES]
        if row["count"] >= config.common_share * len(macs)
    )
    places = [(row["frame"], row["depth"]) for row in frames[:SHOWN]]
    return _verdict(config, macs, times, peak, places, scope, summary.exact("stations"))


def _verdict(
    config: Config,
    macs: NDArray[np.int64],
    times: tuple[int, int],
    peak: int,
    places: Sequence[tuple[int, int]],
    scope: tuple[Selector, ...],
    exact: bool,
    address: str = "",
) -> Verdict:
    named = tuple(mac_text(octets_of(mac)) for mac in macs[:SHOWN].tolist())
    stations, most = quantity(len(macs), exact), quantity(peak, exact)
    one = f" All of them sent from {address}." if address else ""
    seconds = max(0.001, (times[1] - times[0]) / SECOND)
    return Verdict(
        subject=address or f"{times[0] // (config.window * SECOND)}",
        title=f"MAC flooding: {stations.of('station')} that were never there in {seconds:.1f} s",
        severity=Severity.HIGH,
        confidence=0.95,
        victims=(EVERYBODY,),
        others={"claimed": (*named, address) if address else named},
        start=times[0],
        end=times[1],
        counts={
            **stations.counted("stations"),
            **most.counted("peak_in_window"),
            **({"per_second": round(len(macs) / seconds, 1)} if exact else {}),
        },
        reason=(
            f"{sentence(stations.of('MAC address', 'MAC addresses'))} appeared within {seconds:.1f} s, "
            f"{'up to ' if exact else ''}{most} in {config.window} s.{one} Each sent no more than "
            f"{many(config.frames, 'frame')}, nobody answered, and hardly two are of "
            "one maker: they are made up, to fill the switch's table until it sends every frame to all."
        ),
        proofs=tuple(
            Proof(frame, depth, "eth_source", "frame from a made-up station") for frame, depth in places
        ),
        frames=len(macs),
        scope=scope,
        advice=("switch: port security, at most a few MAC addresses a port",),
    )


def _among(mac: int, macs: NDArray[np.int64]) -> bool:
    place = int(np.searchsorted(macs, mac))
    return place < len(macs) and int(macs[place]) == mac


def _shape(row: dict[str, int]) -> tuple[Match, ...]:
    """Frames of one kind, as a tool makes them."""
    if row["proto"] < 0:
        return where(eth_type=row["tcp_window"])
    common = where(ip_protocol=row["proto"], ip_ttl=row["ttl"], ip_total_length=row["size"])
    if row["kind"] == CONVERSATION and row["proto"] == TCP:
        return (*common, *where(tcp_window=row["tcp_window"]), flags(SYN | ACK, SYN))
    if row["kind"] == ODD:
        return (*common, *where(stop_layer="transport"))
    return common


DETECTOR = Detector(
    name="mac-flooding",
    title="MAC flooding",
    layer="link",
    techniques=("T1499",),
    config=Config(),
    relations={
        "stations": Totals(("mac",), ("frames", "known"), ("start",), ("end",)),
        "shapes": Totals(("window", "kind", "proto", "ttl", "size", "tcp_window"), ("count",)),
        "frames": First(("window", "kind", "proto", "size"), ("mac",), 16),
        "senders": one_address.SENDERS,
    },
    observe=observe,
    judge=judge,
    packets=(
        *("eth_source", "eth_destination", "eth_type", "captured_length", "original_length", "stop_reason"),
        *("ip_version", "ip_source", "ip_protocol", "ip_ttl", "ip_total_length", "tcp_flags"),
    ),
    connections=(
        *("ts", "last_time", "first_frame", "id.resp_h", "ip_version", "ip_proto"),
        *("orig_l2_addr", "resp_l2_addr", "orig_pkts", "resp_pkts"),
        *("orig_initial_ttl", "orig_initial_window", "orig_size_min"),
    ),
    explains=("ip-spoofing", "host-sweep", "port-scan", "handshake-violation", "syn-flood"),
)
