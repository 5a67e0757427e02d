"""Answers to a SYN flood elsewhere that used this network's addresses."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.outside("www")
    attacker = net.outside("attacker")
    claimed = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4")]
    net.web(www)
    net.everyday()
    with net.attack(
        "tcp-flood",
        by=www,
        victims=[www],
        attacker_known=False,
        others={"claimed": [host.ip for host in claimed]},
        frames=f"tcp and src host {www.ip} and src port 80 and tcp[tcpflags] & tcp-syn != 0",
        responses=f"tcp and dst host {www.ip}",
    ):
        for host in claimed[1:]:
            net.start(attacker, *f"hping3 -q -S -a {host.ip} -p 80 -i u6000 -c 400 {www.ip}".split())
        net.tool(attacker, *f"hping3 -q -S -a {claimed[0].ip} -p 80 -i u6000 -c 400 {www.ip}".split())
        net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-backscatter",
    about="A web server outside is flooded with SYNs in this network's name, which sees the SYN-ACKs.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
