"""A second gateway on the same network: what it hands on is seen twice, with another MAC and TTL."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www, gateway = net.web(net.outside("www")), net.inside("gateway2", 2)
    pc3, pc4 = net.inside("pc3"), net.inside("pc4")
    gateway.sysctl(net__ipv4__ip_forward="1", net__ipv6__conf__all__forwarding="1")
    # pc3 does not believe redirects, so that it goes on; pc4 does.
    pc3.sysctl(net__ipv4__conf__all__accept_redirects="0", net__ipv4__conf__eth0__accept_redirects="0")
    for person in (pc3, pc4):
        person.run("ip", "route", "replace", "default", "via", gateway.ip)
    net.everyday()
    for person in (pc3, pc4):
        net.loop(person, f"curl -s -m 3 -o /dev/null http://{www.ip}/report.pdf", 1.0)
        net.loop(person, f"ping -n -q -c 2 -i 0.4 -W 1 {www.ip}", 0.8)
    net.quiet(12)


SCENARIO = Scenario(
    name="one-armed-gateway",
    about="Two hosts have a gateway that hands on to the router on the same network and sends redirects.",
    run=run,
    held_out=True,
    snap_octets=100,
)
