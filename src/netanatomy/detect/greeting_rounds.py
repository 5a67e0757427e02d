"""Rounds from host to host at which the same services are tried, and greetings are taken where one opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from netanatomy.detect.detector import Kept, Proof, Verdict, threshold
from netanatomy.detect.relations import Row, Summary, Totals, every_group
from netanatomy.detect.tables import kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.arrays import arrow_array
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
TCP = 6  # Assigned Internet Protocol Numbers, IANA
NAMED = 25
SELECTED = 500
"""Hosts in what a finding means. Bounds rounds through whole networks."""
HOUR = 3_600 * SECOND
DOORS = Totals(
    ("client", "server", "port", "hour", "shut"), ("connections", "packets"), ("start", "frame"), ("end",)
)
COLUMNS = (
    *("ts", "last_time", "first_frame", "id.orig_h", "id.resp_h", "id.resp_p", "conn_state"),
    *("originator_rule", "syn_ack_delay", "ack_delay", "orig_pkts"),
    *("orig_data_bytes", "orig_data_pkts", "resp_data_pkts"),
)
"""Columns of the connection table that are needed."""

PURPOSES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        # A program for mail guesses ports and names of servers when it is set up.
        "mail": (25, 110, 143, 465, 587, 993, 995, 4190),
        "web": (80, 443, 8000, 8008, 8080, 8081, 8443, 8888),
        # A member of a domain asks its controllers.
        "directory": (88, 135, 137, 139, 389, 445, 464, 636, 3268, 3269),
        "printing": (515, 631, 9100),
        "calls": (5060, 5061),
    }
)
"""Ports that one program tries for one purpose; every other port has its own (IANA's registry)."""
PURPOSE_OF = MappingProxyType({port: name for name, ports in PURPOSES.items() for port in ports})


@frozen
class Config:
    """Thresholds: what is asked by a scan, and from what on it is a round."""

    protocols: int = threshold(
        3, "protocols", "different protocols that one client speaks to one port", "multiplexed ports have two"
    )
    marks: int = threshold(1, "payloads", "payloads that only scanners send", "nmap's own, octet for octet")
    purposes: int = threshold(
        5,
        "purposes",
        "of the ports that were tried at one host; mail is one, the web another",
        "a client has one",
    )
    hosts: int = threshold(
        2, "hosts", "at which so many were tried within an hour", "of one host port-scan tells"
    )
    shut: int = threshold(
        15,
        "ports",
        "closed ports of these hosts, and half of those that were tried",
        "Snort: 15, psad level 2: 15",
    )
    one_by_one: int = threshold(
        15,
        "ports",
        "closed ports of one host from which port-scan tells it, and no round is told",
        "its threshold `ports`",
        ("port-scan", "ports"),
    )
    visit: int = threshold(
        10,
        "s",
        "up to which a connection only looks what is there, and within which such are of one scan",
        "nmap waits 6 s for a greeting before it asks (totalwaitms)",
    )
    patience: int = threshold(
        5,
        "s",
        "that a scanner waits for an answer to its last question: they are of the scan",
        "nmap's totalwaitms; it talks on where TLS answers",
    )
    brief: int = threshold(
        10, "s", "up to which a connection only takes a greeting", "nmap waits 6 s, most scripts less"
    )
    question: int = threshold(
        64, "octets", "up to which one segment is a question that any server may be asked", "HEAD / HTTP/1.0"
    )
    tries: float = threshold(
        3.0,
        "connections",
        "to each port in the mean beyond which it is no round",
        "who checks what it knows comes again and again",
    )


def doors(connections: Rows, limits: Config) -> Kept:
    """Rows of DOORS: ports that were refused, and those that opened, but were only looked at."""
    if not connections.count:
        return
    begun = connections.code("originator_rule", "syn")
    shut = connections.rows_named("conn_state", "REJ")
    shut = shut[connections.at("originator_rule", shut) == begun]
    rows = connections.rows_with("syn_ack_delay")
    sent, got = connections.at("orig_data_pkts", rows), connections.at("resp_data_pkts", rows)
    rows = rows[(sent <= 1) & (sent + got > 0) & (connections.at("orig_data_bytes", rows) <= limits.question)]
    brief = connections.at("last_time", rows) - connections.at("ts", rows) < limits.brief * SECOND
    looked = rows[brief & connections.valid_at("ack_delay", rows)]
    for rows, refused in ((shut, True), (looked, False)):
        if len(rows):
            columns = (
                *("client=id.orig_h", "server=id.resp_h", "port=id.resp_p", "packets=orig_pkts"),
                *("start=ts", "end=last_time", "frame=first_frame"),
            )
            further = {"hour": connections.numbers("ts")[rows] // HOUR, "shut": np.bool_(refused)}
            yield "doors", kept(connections, rows, columns, connections=np.int64(1), **further)


@frozen
class Round:
    """What one client tried within an hour.

    Attributes:
        client: its address.
        servers: rows of DOORS by the host's address, of those hosts where it tried much.
    """

    client: bytes
    servers: Mapping[bytes, Sequence[Row]]

    @property
    def rows(self) -> list[Row]:
        """Rows of all hosts."""
        return [row for rows in self.servers.values() for row in rows]

    @property
    def shut(self) -> list[Row]:
        """Rows of ports that were refused."""
        return [row for row in self.rows if row["shut"]]

    @property
    def looked(self) -> list[Row]:
        """Rows of ports that opened."""
        return [row for row in self.rows if not row["shut"]]


def rounds(summary: Summary, limits: Config) -> Iterator[Round]:
    """The rounds: at most one for each client, the first."""
    if "doors" not in summary:
        return
    table = summary["doors"]
    groups = every_group(table, ("client", "server", "hour"))
    many = groups.sizes >= limits.purposes
    if np.count_nonzero(many) < limits.hosts:
        return
    by_hour: dict[tuple[int, bytes], dict[bytes, list[Row]]] = {}
    for row in table.filter(arrow_array(many[groups.numbers()])).to_pylist():
        by_hour.setdefault((row["hour"], row["client"]), {}).setdefault(row["server"], []).append(row)
    known: set[bytes] = set()
    for (_, client), servers in sorted(by_hour.items()):
        found = Round(
            client, {server: rows for server, rows in servers.items() if purposes(rows) >= limits.purposes}
        )
        if client not in known and _is_round(found, limits):
            known.add(client)
            yield found


def purposes(rows: Iterable[Row]) -> int:
    """For how many purposes the ports of some rows are.

    >>> purposes([{"port": 25}, {"port": 143}, {"port": 80}, {"port": 22}])
    3
    """
    return len({PURPOSE_OF.get(row["port"], str(row["port"])) for row in rows})


def _is_round(tried: Round, limits: Config) -> bool:
    rows, shut = tried.rows, tried.shut
    one_by_one = max((sum(row["shut"] for row in mine) for mine in tried.servers.values()), default=0)
    return (
        len(tried.servers) >= limits.hosts
        and len(shut) >= limits.shut
        and 2 * len(shut) >= len(rows)
        and purposes(tried.looked) >= limits.protocols
        and sum(row["connections"] for row in rows) <= limits.tries * len(rows)
        and one_by_one < limits.one_by_one
    )


def told(tried: Round, network: Network) -> Verdict:
    """What is said of a round."""
    source, rows, shut, looked = address_text(tried.client), tried.rows, tried.shut, tried.looked
    victims = tuple(address_text(server) for server in tried.servers)[:NAMED]
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    ports = sorted({row["port"] for row in rows})
    opened = ", ".join(map(str, sorted({row["port"] for row in looked})))
    allowed = network.is_allowed(source)
    return Verdict(
        subject=f"{source}|round",
        title=f"{source} takes the greetings of {len(looked)} services of {len(tried.servers)} hosts",
        severity=Severity.INFO if allowed else Severity.MEDIUM,
        confidence=0.8,
        attackers=(source,),
        victims=victims,
        start=start,
        end=end,
        counts={
            "open": len(looked),
            "shut": len(shut),
            "ports": len(ports),
            "purposes": purposes(rows),
            "hosts": len(tried.servers),
        },
        reason=(
            f"{source} went from host to host ({len(tried.servers)} of them) and tried {len(ports)} ports of "
            f"{purposes(rows)} purposes: {len(shut)} were closed. {len(looked)} opened (ports {opened}); "
            "there it took what the server said, or asked one short question, and left. "
            "A client knows which server has its service; who tries them all wants to learn it."
        ),
        proofs=tuple(
            Proof(row["frame"], 0, "destination_port", role)
            for some, role in ((looked, "opened, looked at and left"), (shut, "tried, and closed"))
            for row in sorted(some, key=lambda row: int(row["frame"]))[:5]
        ),
        frames=sum(row["packets"] for row in rows),
        scope=tuple(
            Selector(
                (
                    *where(ip_source=source, ip_destination=address_text(server), ip_protocol=TCP),
                    *where(destination_port=sorted({row["port"] for row in mine})),
                    *between(min(row["start"] for row in mine), max(row["end"] for row in mine)),
                )
            )
            for server, mine in list(tried.servers.items())[:SELECTED]
        ),
        rule=None
        if allowed
        else Rule(matches=where(ip_source=source, ip_destination=victims, ip_protocol=TCP)),
    )
