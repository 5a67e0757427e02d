"""Data right behind the SYN, although no answer came."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
for port in range(41000, 41006):
    base = IP(dst=sys.argv[1]) / TCP(sport=port, dport=8081, seq=1000)
    send(base / b"")
    early = IP(dst=sys.argv[1]) / TCP(sport=port, dport=8081, seq=1001, ack=0, flags="PA")
    send(early / b"GET /harmless HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    time.sleep(0.2)
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    # The host's own TCP knows nothing of these connections and would end them.
    attacker.run("nft", "add table ip quiet; add chain ip quiet o { type filter hook output priority 0; }")
    attacker.run("nft", "add rule ip quiet o tcp flags & rst == rst drop")
    servers.firewall(
        web, "table ip shut { chain i { type filter hook input priority 0; tcp dport 8081 drop\n }\n }"
    )
    net.everyday()
    with net.attack(
        "handshake-violation",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and tcp[tcpflags] & tcp-push != 0",
        responses=f"tcp and (src host {web.ip} and dst host {attacker.ip} or src host {attacker.ip})",
    ):
        net.scapy(attacker, PROGRAM, web.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="handshake-violation-early-data",
    about="A program sends requests right behind its SYNs to a silent port, for inspectors to believe.",
    detectors=("handshake-violation",),
    tools={"python3": "python3-scapy", "nft": "nftables"},
    run=run,
)
