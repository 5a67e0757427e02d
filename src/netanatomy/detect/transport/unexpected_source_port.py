"""Unexpected source port: a client speaks from a port that belongs to a service.

What it is:
    On the transport layer a client takes a port of its own from those that belong to no service (from 1,024,
    on most systems from 32,768 on). Filters without memory let answers in by the port they come from: 53 of
    name servers, 20 of FTP's data connections, 80 and 443 of web servers. An attacker who opens connections
    *from* such a port looks like an answer to them and gets through.

Exchange:
    attacker                     filter: "allow from port 53"            server
       | -- SYN from port 40000 to 443 --> |                                |
       | -- SYN from port 53 to 443 -----> | ------ SYN from port 53 -----> |
       | <------------------------------------------------- SYN-ACK ------- |

How it is recognised:
    At least `attempts` connections within `window` seconds that were begun (by a SYN; of UDP to at least
    `udp_ports` different ports below 1,024) from one address and one port of `ports`, to another port than
    that and another host. A source that uses more than `varied` of these ports takes its ports as they come,
    and is not told. In a known server or an allowed scanner (see `known_servers`, `allowed_scanners`) it is a
    fact (info): the server speaks from its own ports on purpose, the scanner tests the filter.

What looks the same:
- FTP's data connections in active mode: from port 20 back to a client that has a control connection.
- Servers that speak to their likes from their own port (DNS 53, NTP 123, IKE 500, RIP 520): the same port on
  both sides.
- Remote shells and NFS of old, which come from a port below 1,024 to prove that root sends.
- Forged SYNs in the name of a web server, which let others send SYN-ACKs to it (TCP reflection): to many
  hosts, and no handshake is ever completed. Then the address named is the victim.

How to stop it:
- Let the firewall remember connections (ct state established,related accept) instead of trusting the port
  that a packet comes from; then the rule that lets port 53 in can go.
- Drop new connections from ports of services, as in the rule.

Limits:
    Only the beginning of a connection tells who began it; captures that start later show nothing here. Ports
    that a service was given by its administrator are not known unless they are in `ports`.

In the lab:
    python -m lab.scenarios unexpected-source-port-nmap      (nmap -sS -g 53 TARGET)
    python -m lab.scenarios unexpected-source-port-client    (curl --local-port 20, hping3 -S -s 20 -k -p 443)

References:
- RFC 6056, Recommendations for Transport-Protocol Port Randomization; RFC 6335 section 6, port ranges
- nmap reference guide, --source-port: firewalls that trust a source port
- MITRE ATT&CK T1562.004, Impair Defenses; T1571, Non-Standard Port
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from netanatomy.detect.detector import Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
TCP, UDP = 6, 17  # Assigned Internet Protocol Numbers, IANA
FTP_DATA, FTP_CONTROL = 20, 21  # RFC 959 section 5.2
SYSTEM_PORTS = 1_024  # RFC 6335 section 6
NAMED = 25
"""Addresses that are named in a finding."""
SERVICES = (20, 21, 22, 23, 25, 53, 67, 69, 80, 88, 110, 119, 123, 135, 139, 143, 161, 179, 389, 443, 445)


@frozen
class Config:
    """Thresholds."""

    attempts: int = threshold(
        3,
        "connections",
        "connections begun from one port of a service",
        "a program that errs tries once or twice",
    )
    window: int = threshold(
        600, "s", "how long connections are counted together", "nmap -T1 sends one every 15 s: 40"
    )
    udp_ports: int = threshold(
        3, "ports", "different ports that UDP goes to", "a datagram alone does not tell who began"
    )
    varied: int = threshold(
        4,
        "ports",
        "ports of services that one source uses",
        "a source that takes its ports in turn passes all",
    )
    ports: tuple[int, ...] = threshold(
        (*SERVICES, 465, 587, 636, 993, 995),
        "",
        "ports of services",
        "RFC 6335: system ports that filters trust",
    )
    trusting: tuple[int, ...] = threshold(
        (111, 512, 513, 514, 635, 2_049),
        "",
        "ports of services that want their clients to come from a port below 1,024",
        "RFC 1282, RFC 1094",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Connections that were begun from a port of a service."""
    connections = tables.connections
    if not connections.count:
        return
    trusted = np.zeros(65_536, np.bool_)
    trusted[list(config.ports)] = True
    tcp = connections.rows_named("originator_rule", "syn")
    yield from _controls(connections, tcp)
    tcp = _odd(connections, tcp, trusted, config.trusting)
    udp = _odd(connections, connections.rows_named("proto", "udp"), trusted, config.trusting)
    udp = udp[connections.numbers("id.resp_p")[udp] < SYSTEM_PORTS]
    for rows in (tcp, udp):
        if len(rows):
            yield from _begun(connections, rows, config.window)


def _odd(
    connections: Rows,
    rows: Places,
    trusted: np.ndarray[tuple[int], np.dtype[np.bool_]],
    trusting: tuple[int, ...],
) -> Places:
    """Those of a few conversations that come from a port of a service, and go to another."""
    if not len(rows):
        return rows
    rows = rows[trusted[connections.numbers("id.orig_p")[rows]]]
    there = connections.numbers("id.resp_p")[rows]
    rows = rows[(there != connections.numbers("id.orig_p")[rows]) & ~one_of(there, trusting)]
    itself = connections.octets("id.orig_h")[rows] == connections.octets("id.resp_h")[rows]
    odd: Places = rows[~itself.all(axis=1)]
    return odd


def _controls(connections: Rows, rows: Places) -> Kept:
    """Control connections of FTP: their servers may come back from port 20."""
    if len(rows):
        ftp = rows[connections.numbers("id.resp_p")[rows] == FTP_CONTROL]
        if len(ftp):
            yield (
                "controls",
                kept(connections, ftp, ("server=id.resp_h", "client=id.orig_h"), count=np.int64(1)),
            )


def _begun(connections: Rows, rows: Places, window: int) -> Kept:
    what = ("source=id.orig_h", "port=id.orig_p", "protocol=ip_proto", "target=id.resp_h")
    completed = connections.valid_at("ack_delay", rows)
    yield (
        "begun",
        kept(
            connections,
            rows,
            (*what, "packets=orig_pkts", "start=ts", "end=last_time"),
            bucket=connections.numbers("ts")[rows] // (window * SECOND),
            attempts=np.int64(1),
            completed=completed.astype(np.int64),
            high=(connections.numbers("id.resp_p")[rows] >= SYSTEM_PORTS).astype(np.int64),
        ),
    )
    yield "ports", kept(connections, rows, (*what, "there=id.resp_p"))
    yield (
        "frames",
        kept(connections, rows, (*what, "time=ts", "frame=first_frame"), depth=np.uint8(0)),
    )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each source and port."""
    if "begun" not in summary:
        return
    controls = {(row["server"], row["client"]) for row in summary.rows("controls")}
    by_source: dict[bytes, dict[tuple[int, int, int], list[Row]]] = {}
    for row in summary.rows("begun"):
        if row["port"] == FTP_DATA and ((row["source"], row["target"]) in controls or _serves_ftp(row)):
            continue
        key = row["port"], row["protocol"], row["bucket"]
        by_source.setdefault(row["source"], {}).setdefault(key, []).append(row)
    chosen: dict[tuple[bytes, int, int], list[Row]] = {}
    for source, used in by_source.items():
        if len({port for port, _, _ in used}) > config.varied:
            continue
        for (port, protocol, _), rows in used.items():
            if sum(row["attempts"] for row in rows) >= config.attempts:
                chosen.setdefault((source, port, protocol), []).extend(rows)
    if not chosen:
        return
    ports = summary.groups("ports", "source", "port", "protocol", "target")
    frames = summary.groups("frames", "source", "port", "protocol", "target")
    for (source, port, protocol), rows in chosen.items():
        keys = [(source, port, protocol, target) for target in {row["target"] for row in rows}]
        there = sorted({row["there"] for key in keys for row in ports.get(key, ())})
        if protocol == TCP or len(there) >= config.udp_ports:
            found = _verdict(
                (address_text(source), port, protocol),
                rows,
                there,
                [row for key in keys for row in frames.get(key, ())],
            )
            yield (
                found
                if not _is_expected(address_text(source), network)
                else replace(found, severity=Severity.INFO, rule=None)
            )


def _is_expected(source: str, network: Network) -> bool:
    """Whether the user told that it does so on purpose."""
    return network.is_known_server(source) or network.is_allowed(source)


def _serves_ftp(row: Mapping[str, int]) -> bool:
    """Whether these look like FTP's data connections though the control connection was not seen."""
    return row["high"] == row["attempts"] == row["completed"]


def _verdict(
    whence: tuple[str, int, int], rows: Sequence[Row], there: Sequence[int], frames: Sequence[Row]
) -> Verdict:
    source, port, protocol = whence
    targets = tuple(sorted({address_text(row["target"]) for row in rows}))
    attempts, completed = (sum(row[name] for row in rows) for name in ("attempts", "completed"))
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    to = targets[0] if len(targets) == 1 else f"{len(targets)} hosts"
    which = f"port {there[0]}" if len(there) == 1 else f"{len(there)} ports"
    transport = "TCP" if protocol == TCP else "UDP"
    matches = where(ip_source=source, ip_protocol=protocol, source_port=port)
    whom = where(ip_destination=targets) if len(targets) <= NAMED else ()
    return Verdict(
        subject=f"{source} {port} {protocol}",
        title=f"{source} begins {attempts} connections to {to} from port {port}, which belongs to a service",
        severity=Severity.MEDIUM,
        confidence=0.9 if completed or len(targets) == 1 else 0.7,
        attackers=(source,),
        victims=targets[:NAMED],
        start=start,
        end=end,
        counts={
            "connections": attempts,
            "completed": completed,
            "source_port": port,
            "ports": len(there),
            "targets": len(targets),
        },
        reason=(
            f"{source} began {attempts} conversations by {transport} from port {port} to {which} of {to}; "
            f"{completed} handshakes were completed. Clients come from ports above 1,023, each time from "
            f"another; port {port} is where servers answer from. Filters that trust that port let it in."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "source_port", "begins a conversation from a service's port")
            for row in sorted(frames, key=lambda row: (row["time"], row["frame"]))[:5]
        ),
        frames=sum(row["packets"] for row in rows),
        scope=(Selector((*matches, *whom, *between(start, end))),),
        rule=Rule(matches=(*matches, *whom)),
        advice=("let the firewall remember connections: ct state established,related accept",),
    )


FROM = ("source", "port", "protocol", "target")

DETECTOR = Detector(
    name="unexpected-source-port",
    title="Unexpected source port",
    layer="transport",
    techniques=("T1562.004",),
    config=Config(),
    relations={
        "begun": Totals(
            (*FROM, "bucket"), ("attempts", "completed", "high", "packets"), ("start",), ("end",)
        ),
        "ports": Distinct(FROM, ("there",), 256),
        "frames": First(FROM),
        "controls": Totals(("server", "client"), ("count",)),
    },
    observe=observe,
    judge=judge,
    connections=(
        "ts",
        "id.orig_h",
        "id.orig_p",
        "id.resp_h",
        "id.resp_p",
        "proto",
        "ip_proto",
        "originator_rule",
        "ack_delay",
        "orig_pkts",
        "last_time",
        "first_frame",
    ),
)
