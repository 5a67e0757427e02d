"""Echo requests of many tools and tests: patterns, sizes, and twenty a second for a while."""

from lab.range import Range
from lab.scenario import Scenario

# What Windows' ping sends: the letters a to w, again and again, 32 octets.
OTHER_SYSTEM = """
for number in range(12):
    send(IP(dst=sys.argv[1]) / ICMP(id=1, seq=number) / b'abcdefghijklmnopqrstuvwabcdefghi')
    time.sleep(0.5)
"""


def run(net: Range) -> None:
    www, web = net.outside("www"), net.web()
    people = [net.inside(name) for name in ("pc3", "pc4", "laptop", "phone")]
    net.everyday()
    people[0].start("ping", "-n", "-q", "-c", "120", "-i", "0.05", www.ip)
    people[1].start("ping", "-n", "-q", "-c", "10", "-i", "0.5", "-s", "200", "-p", "ff00aa55", www.ip)
    people[1].start("ping", "-n", "-q", "-c", "20", "-i", "0.3", "-s", "1400", "-p", "00", web.ip)
    people[2].start("hping3", "-q", "-1", "-d", "120", "-c", "10", "-i", "u500000", www.ip)
    people[2].start("fping", "-q", "-c", "15", "-p", "400", "-b", "500", "-R", www.ip)
    people[3].run(
        "/usr/bin/python3", "-c", "import sys, time\nfrom scapy.all import *\n" + OTHER_SYSTEM, www.ip
    )
    net.quiet(3)


SCENARIO = Scenario(
    name="unusual-pings",
    about="Four people ping with patterns, sizes and rates of several tools and systems; one test at 20/s.",
    tools={"hping3": "hping3", "fping": "fping", "/usr/lib/python3/dist-packages/scapy": "python3-scapy"},
    run=run,
)
