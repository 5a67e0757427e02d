"""A way is traced by every method that the tools know."""

from itertools import pairwise

from lab.range import Range
from lab.scenario import Scenario

HOPS = ("203.0.113.1", "203.0.113.5", "203.0.113.9")


def run(net: Range) -> None:
    """Three more routers in a row stand between the range's router and the far host."""
    first, pc3 = net.outside("hop1"), net.inside("pc3")
    far = net.lab.host("far")
    row = [first, net.lab.host("hop2"), net.lab.host("hop3"), far]
    for number, (near, beyond) in enumerate(pairwise(row)):
        net.lab.cable(near, f"down{number}", beyond, f"up{number}")
        near.address(f"down{number}", f"00:25:90:52:0{number}:01", f"203.0.113.{4 * number + 1}/30")
        beyond.address(f"up{number}", f"00:25:90:52:0{number}:02", f"203.0.113.{4 * number + 2}/30")
        beyond.run("ip", "route", "add", "default", "via", f"203.0.113.{4 * number + 1}")
        near.sysctl(net__ipv4__ip_forward="1", net__ipv4__icmp_ratelimit="0")
        if near is not row[2]:
            near.run("ip", "route", "add", "203.0.113.8/29", "via", f"203.0.113.{4 * number + 2}")
    net.router().run("ip", "route", "add", "203.0.113.0/28", "via", first.ip)
    target = "203.0.113.10"
    net.everyday()
    for words in (["-I"], ["-U"], ["-T", "-p", "80"], []):
        pc3.run("traceroute", "-n", "-w", "1", "-m", "12", *words, target, check=False)
    for words in ([], ["--udp"], ["--tcp", "--port", "443"]):
        pc3.run("mtr", "-n", "-r", "-c", "3", "-i", "0.5", *words, target, check=False)
    net.quiet(2)


SCENARIO = Scenario(
    name="traceroute-ways",
    about="A person traces the way to a host five hops away: traceroute and mtr by UDP, ICMP and TCP.",
    tools={"traceroute": "traceroute", "mtr": "mtr-tiny"},
    run=run,
)
