"""Two tags as providers have them: the service tag outside, the customer's inside (802.1ad)."""

from lab.range import Range
from lab.scenario import Scenario

# Customers of two service VLANs, in both directions.
FRAMES = """
own, peer, me, you, answers = sys.argv[1:]
sending = conf.L2socket(iface='eth0')
for number in range(40):
    for service in (100, 200):
        kind = 0 if answers == 'yes' else 8
        packet = Ether(src=own, dst=peer, type=0x88a8) / Dot1Q(vlan=service, type=0x8100)
        packet /= Dot1Q(vlan=10 + number % 3) / IP(src=me, dst=you) / ICMP(type=kind, id=service, seq=number)
        sending.send(packet / bytes(range(56)))
    time.sleep(0.2)
"""


def run(net: Range) -> None:
    one, other = net.inside("edge1", 3, address=False), net.inside("edge2", 4, address=False)
    net.everyday()
    words = ("-c", "import sys, time\nfrom scapy.all import *\n" + FRAMES)
    one.start("/usr/bin/python3", *words, one.mac, other.mac, "192.168.7.1", "192.168.7.2", "no")
    other.start("/usr/bin/python3", *words, other.mac, one.mac, "192.168.7.2", "192.168.7.1", "yes")
    net.quiet(13)


SCENARIO = Scenario(
    name="provider-qinq",
    about="Two edge switches exchange frames of two customers with service and customer tag.",
    tools={"/usr/lib/python3/dist-packages/scapy": "python3-scapy"},
    run=run,
)
