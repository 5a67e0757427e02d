"""A smaller MTU on the way: ICMP says that a packet is too big, and the sender makes smaller ones."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www, web, pc3 = net.web(net.outside("www")), net.web(), net.inside("pc3")
    router, visitor = net.router(), net.outside("visitor")
    router.run("ip", "link", "set", "eth1", "mtu", "1300")
    router.sysctl(net__ipv4__icmp_ratelimit="0", net__ipv6__icmp__ratelimit="0")
    net.everyday()
    for size in (1472, 1400, 1300, 1272, 1200, 1000):
        pc3.run(
            "ping",
            "-n",
            "-q",
            "-c",
            "2",
            "-i",
            "0.2",
            "-W",
            "1",
            "-M",
            "do",
            "-s",
            str(size),
            www.ip,
            check=False,
        )
        pc3.run("ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "1", "-s", str(size), www.ip6, check=False)
        pc3.run("ip", "route", "flush", "cache")
    for _ in range(3):
        pc3.run(
            "curl", "-s", "-m", "5", "-F", "file=@/etc/services", "-o", "/dev/null", f"http://{www.ip}/form"
        )
        visitor.run("curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{web.ip}/report.pdf")
        visitor.run("curl", "-s", "-m", "5", "-o", "/dev/null", "-g", f"http://[{web.ip6}]/report.pdf")
        for host in (pc3, web):
            host.run("ip", "route", "flush", "cache")
    net.quiet(2)


SCENARIO = Scenario(
    name="path-mtu",
    about="A person tries sizes with ping, and transfers meet a way with an MTU of 1300.",
    run=run,
    held_out=True,
    snap_octets=110,
)
