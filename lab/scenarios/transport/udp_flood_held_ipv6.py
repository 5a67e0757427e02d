"""trafgen: a UDP flood over IPv6 to the port of NTP."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("files")
    net.everyday()
    with net.attack(
        "udp-flood",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[server.ip6],
        frames=f"ip6 and ip6[6] == 17 and dst host {server.ip6}",
        responses=f"ip6 and ip6[6] == 58 and src host {server.ip6} and dst host {attacker.ip6}",
    ):
        packet = (
            f"{{ eth(saddr={attacker.mac}, daddr={server.mac}), ipv6(saddr={attacker.ip6},"
            f" daddr={server.ip6}), udp(sport=40123, dport=123), fill(0x55, 300) }}"
        )
        net.tool(attacker, "trafgen", "-o", "eth0", "-n", "1800", "-t", "5ms", "-P", "1", packet)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-ipv6",
    about="trafgen sends a file server 1,800 datagrams over IPv6 in its own name, to the port of NTP.",
    detectors=("udp-flood",),
    tools={"trafgen": "netsniff-ng"},
    snap_octets=96,
    run=run,
)
