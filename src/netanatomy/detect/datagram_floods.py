"""Which unanswered datagrams to one host are a flood, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.detect.datagram_limits import Config
from netanatomy.detect.detector import PAYLOAD, Proof, Verdict
from netanatomy.detect.floods import NAMED, Sources, length_of
from netanatomy.detect.relations import Row
from netanatomy.detect.silent_datagrams import ONE_WAY, UDP, Repeated
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, Selector, between, where
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.text import address_text

PORTS = 16  # up to which a rule names them
SHOWN = 6  # frames: the first and the last of three sources
SELECTED = 256  # hosts of a network that a finding means
LISTED = 25  # hosts that are named


def fast(seconds: Sequence[Row], rate: int, limits: Config) -> bool:
    """Whether datagrams come at a rate for long enough: rows with `packets`."""
    return len([row for row in seconds if row["packets"] >= rate]) >= limits.seconds


def long(ports: Sequence[Row], octets: int, share: float) -> bool:
    """Whether nearly all datagrams have at least so many octets: rows with `length` and `packets`.

    >>> long([{"length": 128, "packets": 95}, {"length": 28, "packets": 5}], 60, 0.9)
    True
    >>> long([{"length": 128, "packets": 5}, {"length": 28, "packets": 95}], 60, 0.9)
    False
    """
    count = sum(row["packets"] for row in ports)
    return bool(sum(row["packets"] for row in ports if row["length"] >= octets) >= share * count)


def sparse(ports: Sequence[Row], limits: Config) -> bool:
    """Whether each of many ports gets a datagram or few, as a scan's do: rows with `port`, `packets`."""
    different = len({row["port"] for row in ports})
    count = sum(row["packets"] for row in ports)
    return bool(different > limits.few_ports and count <= limits.datagrams_of_a_source * different)


def lasts(seconds: Sequence[Row], limits: Config) -> bool:
    """Whether few pairs of ports send them all: rows with `begun`, how many conversations a second began."""
    return sum(int(row["begun"]) for row in seconds) * 2 < limits.rate * len(seconds)


def flooded(
    seconds: Sequence[Row], ports: Sequence[Row], refused: int, limits: Config, *, forged: bool
) -> bool:
    """Whether datagrams to one host that answers others, whatever they say, are a flood."""
    count, peak = sum(int(row["packets"]) for row in ports), max(int(row["packets"]) for row in seconds)
    collected = 2 * sum(int(row["packets"]) for row in ports if row["port"] in ONE_WAY) > count
    # Few pairs of ports that last are a stream, of which only refusals tell that nobody wants it.
    if (lasts(seconds, limits) or collected) and (peak < limits.stream_rate or refused < limits.refusals):
        return False
    if forged or not sparse(ports, limits):
        return True
    # Who looks for open ports sends what the port understands, or nothing: it need not fill the line.
    return (
        long(ports, limits.stuffed, limits.long_share) and fast(seconds, limits.repeated_rate, limits)
    ) or scattered(seconds, ports, limits)


def scattered(seconds: Sequence[Row], ports: Sequence[Row], limits: Config) -> bool:
    """Whether datagrams to ever new ports are a flood even of a host that answers nobody.

    However fast a scan is, it sends most ports nothing: only some hundred ports have a service that would
    understand more. And answers that come to ever new ports began elsewhere.
    """
    if (
        lasts(seconds, limits)
        or not sparse(ports, limits)
        or not long(ports, limits.filled, limits.long_share)
    ):
        return False
    return fast(seconds, limits.filled_rate, limits)


@frozen
class Flood:
    """A flood, and what is told of it.

    Attributes:
        victims: hosts that get it.
        start: ns since 1970.
        end: ns since 1970.
        count: datagrams.
        peak: datagrams a second.
        ports: to which.
        length: of the IP packets, where nearly all have one.
        who: sends them.
        places: frames and depths that prove it.
        refused: ICMP refusals.
        says: what makes a flood of them, as the end of a sentence and more.
        proof: column that proves it.
        role: what the proof is.
        network: the network of the victims, where all of it is meant.
        confidence: 0 to 1.
    """

    victims: tuple[bytes, ...]
    start: int
    end: int
    count: int
    peak: int
    ports: tuple[int, ...]
    length: int | None
    who: Sources
    places: tuple[tuple[int, int], ...]
    refused: int
    says: str
    proof: str = "udp_length"
    role: str = "datagram of the flood"
    network: str = ""
    confidence: float = 0.85


def flood_of(
    victim: bytes,
    seconds: Sequence[Row],
    rows: Sequence[Row],
    who: Sources,
    frames: Sequence[Row],
    refused: int,
    same: Repeated | None,
    limits: Config,
    *,
    heard: bool,
) -> Flood:
    """A flood of datagrams that one host does not answer.

    Args:
        victim: the host.
        seconds: rows with `start`, `end` and `packets`.
        rows: with `port`, `length` and `packets`.
        who: sends them.
        frames: rows with `frame` and `depth`.
        refused: ICMP refusals.
        same: what they say, where all say the same.
        limits: from when on they are a flood.
        heard: whether the host is seen to answer anybody.
    """
    ports, length = sorted({row["port"] for row in rows}), length_of(rows)
    proof, role, says = "udp_length", "datagram of the flood", ""
    places = tuple((row["frame"], row["depth"]) for row in frames)
    if same:
        ports, length, places = list(same.ports), same.length, same.places[:SHOWN]
        proof, role = PAYLOAD, "what all datagrams of this sender say"
        says = " Each of a sender says the same octets as all its others, which no stream or record does."
    elif sparse(rows, limits) and long(rows, limits.filled, limits.long_share):
        says = " They go to ever new ports and have something in them: a scan sends most ports nothing."
    name = address_text(victim)
    silence = (
        f"; {name} refused {refused} by ICMP. Nobody there wants them, and they go on."
        if heard
        else f", and the capture has no answer of {name} to anybody: it drops what comes, is down, or what "
        "it sends goes another way. They go on all the same."
    )
    return Flood(
        (victim,),
        min(row["start"] for row in seconds),
        max(row["end"] for row in seconds),
        sum(row["packets"] for row in seconds),
        max(row["packets"] for row in seconds),
        tuple(ports),
        length,
        who,
        places,
        refused,
        f", and none of them was answered{silence}{says}",
        proof,
        role,
        confidence=_confidence(refused >= limits.refusals, heard, same),
    )


def _confidence(refused: bool, heard: bool, same: Repeated | None) -> float:
    if refused:
        return 0.95
    if not heard:
        return 0.6
    return 0.7 if same else 0.85


def verdict_of(flood: Flood, high_rate: int) -> Verdict:
    """What users are told of a flood.

    Args:
        flood: the flood.
        high_rate: datagrams a second from which it is of high severity.
    """
    victims = tuple(map(address_text, flood.victims[:SELECTED]))
    victim = f"{len(flood.victims)} hosts of {flood.network}" if flood.network else victims[0]
    ports, who = flood.ports, flood.who
    target = f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"
    matches: tuple[Match, ...] = where(ip_destination=victims if flood.network else victim, ip_protocol=UDP)
    if len(ports) <= PORTS:
        matches += where(destination_port=ports)
    if flood.length is not None:
        matches += where(ip_total_length=flood.length)
    if not who.forged and who.count <= NAMED:
        matches += where(ip_source=who.named)
    rate = max(25, flood.peak // 10)
    limit = Rule(matches=matches, action=Action.LIMIT, rate=rate, burst=50, per=Per.DESTINATION)
    return Verdict(
        subject=flood.network or victim,
        title=f"UDP flood against {victim} {target}: {flood.peak} datagrams a second",
        severity=Severity.HIGH if flood.peak >= high_rate else Severity.MEDIUM,
        confidence=flood.confidence,
        attackers=() if who.forged else who.named,
        victims=victims[:LISTED],
        others=who.others,
        start=flood.start,
        end=flood.end,
        counts={
            "datagrams": flood.count,
            "peak_per_second": flood.peak,
            "sources": who.count,
            "ports": len(ports),
            "refused": flood.refused,
        },
        reason=(
            f"{flood.count} datagrams to {target} of {victim}, up to {flood.peak} a second, came from "
            f"{who.text}{flood.says}"
        ),
        proofs=tuple(Proof(frame, depth, flood.proof, flood.role) for frame, depth in flood.places),
        frames=flood.count,
        scope=(Selector((*matches, *between(flood.start, flood.end))),),
        rule=limit if who.forged or who.count > NAMED else Rule(matches=matches),
    )
