"""A flood spread over all hosts of a network, so that none of them gets much."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    hosts = [net.web(), net.names(), net.inside("files"), net.inside("mail"), net.inside("printer")]
    hosts += [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4", "cache", "snmp", "clock")]
    net.everyday()
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=hosts,
        frames="udp and dst net 10.20.0.0/24 and dst port 443",
        responses=f"icmp and dst host {attacker.ip}",
    ):
        words = "hping3 -q -2 -s 40444 -k -p 443 -d 900 -i u17000 -c 350"
        started = [net.start(attacker, *words.split(), host.ip) for host in hosts[1:]]
        net.tool(attacker, *words.split(), hosts[0].ip)
        for process in started:
            process.wait(20)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-carpet",
    about="hping3 sends twelve hosts of a network fifty datagrams a second each, six hundred in all.",
    detectors=("udp-flood",),
    tools={"hping3": "hping3"},
    snap_octets=64,
    run=run,
)
