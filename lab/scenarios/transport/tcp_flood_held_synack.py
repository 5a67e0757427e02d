"""SYN-ACKs from random sources: no answer to anything."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    files = net.inside("files")
    net.everyday()
    with net.attack(
        "tcp-flood",
        by=attacker,
        victims=[files],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {files.ip}",
        responses=f"tcp and src host {files.ip} and tcp[tcpflags] & tcp-rst != 0",
    ):
        net.tool(attacker, *f"hping3 -q -S -A --rand-source -p 445 -i u6000 -c 1200 {files.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-held-synack",
    about="hping3 sends a file server 160 SYN-ACKs a second from random sources, which it never asked for.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    held_out=True,
    run=run,
)
