"""802.11 deauthentication: forged farewells throw stations out of their wireless network.

What it is:
    A station or an access point ends their association with a deauthentication or disassociation frame
    (IEEE 802.11 section 9.3.3). Without protected management frames nobody proves who sent it. An attacker
    on the network access layer sends farewells in the access point's name, again and again: the station is
    thrown out, and while it comes back its key exchange can be recorded, or it goes to the attacker's
    network.

Exchange:
    station                    attacker                  access point
       | <- deauthentication,     |                          |
       |    "from" access point - |                          |
       |                          | - deauthentication,      |
       |                          |   "from" station ------> |
       | -- authentication, association -------------------> |  (and again)

How it is recognised:
    At least `frames` deauthentications or disassociations within `window` seconds between one station and
    its access point, or from it to everybody, in one network (BSSID). Frames that the radio repeats because
    they were not acknowledged do not count.

What looks the same:
- An access point that restarts says farewell once to each station, or a few times to all.
- Roaming: a station says farewell to one access point and is welcomed by the next, once.
- Wireless intrusion prevention of a company throws out whom it does not like: it is the same, on purpose.

How to stop it:
- Protected management frames (802.11w), which WPA3 requires: forged farewells are then ignored.
- A wire, where it matters.

Limits:
    Who did it cannot be told: the address is forged. A strong signal in one place says where to look.
    Protected frames are encrypted and not counted.

In the lab:
    python -m lab.scenarios wifi-deauthentication-aireplay      (what aireplay-ng -0 3 sends)
    No radio is in the laboratory: Scapy makes the frames, and they were never on the air.

References:
- IEEE 802.11 section 9.3.3.1, Deauthentication and disassociation
- MITRE ATT&CK T1498, Network Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept, packet_places
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.tables.text import mac_text

SECOND = 10**9  # ns
RETRY = 0x08  # IEEE 802.11 section 9.2.4.1
MANAGEMENT, DISASSOCIATION, DEAUTHENTICATION = 0, 10, 12
EVERYBODY = b"\xff" * 6
NAMED = 25


@frozen
class Config:
    """Thresholds."""

    window: int = threshold(
        10, "s", "how long farewells are counted together", "a station is back within 1 s"
    )
    frames: int = threshold(
        10, "frames", "farewells to one station in a window", "a restart says it once to each"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Farewells: to whom, in whose name, in which network."""
    packets = tables.packets
    rows = packets.rows_with("wlan_reason")
    if not len(rows):
        return
    rows = rows[packets.at("wlan_flags", rows) & RETRY == 0]
    window = packets.at("time", rows) // (config.window * SECOND)
    who = ("bssid=wlan_bssid", "sender=wlan_transmitter", "receiver=wlan_receiver")
    strength = packets.reals("radio_signal", rows)
    yield (
        "farewells",
        kept(
            packets,
            rows,
            (*who, "start=time", "end=time"),
            window=window,
            farewells=1,
            weakest=strength,
            strongest=strength,
        ),
    )
    yield (
        "frames",
        packet_places(
            packets,
            rows,
            bssid=packets.take("wlan_bssid", rows),
            sender=packets.take("wlan_transmitter", rows),
            receiver=packets.take("wlan_receiver", rows),
        ),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each wireless network."""
    if "farewells" not in summary:
        return
    frames: dict[tuple[bytes, ...], list[Row]] | None = None
    for (bssid,), rows in summary.groups("farewells", "bssid").items():
        each: dict[tuple[int, frozenset[bytes]], int] = {}
        for row in rows:
            key = row["window"], _pair(row)
            each[key] = each.get(key, 0) + row["farewells"]
        pairs = {pair for (_, pair), count in each.items() if count >= config.frames}
        if not pairs or not bssid:
            continue
        frames = summary.groups("frames", "bssid") if frames is None else frames
        mine = [row for row in rows if _pair(row) in pairs]
        places = [row for row in frames.get((bssid,), []) if _pair(row) in pairs]
        yield _verdict(bssid, mine, max(each.values()), places, config)


def _pair(row: Row) -> frozenset[bytes]:
    """The two that part, whoever of them is made to say so."""
    return frozenset((row["sender"] or b"", row["receiver"] or b""))


def _verdict(bssid: bytes, rows: list[Row], peak: int, places: list[Row], config: Config) -> Verdict:
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count = sum(row["farewells"] for row in rows)
    network = mac_text(bssid)
    receivers = sorted({row["receiver"] for row in rows})
    stations = tuple(mac_text(one) for one in receivers if one not in (EVERYBODY, bssid))
    senders = tuple(sorted({mac_text(row["sender"]) for row in rows if row["sender"]}))
    to_all = EVERYBODY in receivers
    whom = "everybody" if to_all else f"{len(stations)} stations" if len(stations) != 1 else stations[0]
    signals = [row for row in rows if row["weakest"] == row["weakest"]]
    heard = ""
    if signals:
        weakest, strongest = min(row["weakest"] for row in signals), max(row["strongest"] for row in signals)
        heard = f" They were heard at {weakest:.0f} to {strongest:.0f} dBm."
    places.sort(key=lambda row: (row["time"], row["frame"]))
    return Verdict(
        subject=network,
        title=f"Deauthentication flood in {network}: {count} farewells to {whom}",
        severity=Severity.HIGH,
        confidence=0.9,
        victims=(network, *stations)[:NAMED],
        others={"claimed": senders[:NAMED]},
        start=start,
        end=end,
        counts={"farewells": count, "stations": len(stations), "peak_in_window": peak},
        reason=(
            f"{count} deauthentications or disassociations in the network {network} within "
            f"{(end - start) / SECOND:.1f} s, to {whom}, up to {peak} between two in {config.window} s. "
            f"Who means to end an association says so once.{heard} The sender's address in them is most "
            "likely forged."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "wlan_reason", "forged farewell") for row in places[:5]
        ),
        frames=count,
        scope=(
            Selector(
                (
                    *where(wlan_bssid=network, wlan_type=MANAGEMENT),
                    *where(wlan_subtype=(DISASSOCIATION, DEAUTHENTICATION), wlan_transmitter=senders[:NAMED]),
                    *between(start, end),
                )
            ),
        ),
        advice=("access point: require protected management frames (802.11w, WPA3)",),
    )


DETECTOR = Detector(
    name="wifi-deauthentication",
    title="802.11 deauthentication flood",
    layer="link",
    techniques=("T1498",),
    config=Config(),
    relations={
        "farewells": Totals(
            ("bssid", "window", "sender", "receiver"),
            ("farewells",),
            ("start", "weakest"),
            ("end", "strongest"),
        ),
        "frames": First(("bssid", "sender", "receiver")),
    },
    observe=observe,
    judge=judge,
    packets=(
        "wlan_reason",
        "wlan_flags",
        "wlan_bssid",
        "wlan_transmitter",
        "wlan_receiver",
        "radio_signal",
    ),
)
