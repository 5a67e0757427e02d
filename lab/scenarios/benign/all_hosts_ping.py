"""An administrator asks everybody at once who is there, by ping to all, and looks after each by ARP."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    admin = net.inside("admin", 5)
    hosts = [net.inside(f"desk{number}") for number in range(12)]
    for host in hosts[:6]:
        host.sysctl(net__ipv4__icmp_echo_ignore_broadcasts="0")
    net.everyday()
    admin.run("ping", "-n", "-q", "-c", "5", "-b", "10.20.0.255", check=False)
    admin.run("ping", "-n", "-q", "-c", "5", "ff02::1%eth0", check=False)
    for host in hosts:
        admin.run("ping", "-n", "-q", "-c", "1", "-W", "1", host.ip, check=False)
    net.quiet(2)


SCENARIO = Scenario(
    name="all-hosts-ping",
    about="An administrator pings the broadcast address and all IPv6 nodes, then twelve hosts, as himself.",
    run=run,
    held_out=True,
)
