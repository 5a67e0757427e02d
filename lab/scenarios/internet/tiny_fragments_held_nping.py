"""nping --mtu 8."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 3000 {server.ip}", 0.8)
    with net.attack(
        "tiny-fragments",
        by=attacker,
        victims=[server],
        also=["fragment-flood"],
        frames=f"ip dst host {server.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        words = f"nping -q --tcp --flags syn -p 22 --mtu 8 --rate 1 -c 6 {server.ip}"
        net.tool(attacker, *words.split())
    net.quiet(2)


SCENARIO = Scenario(
    name="tiny-fragments-held-nping",
    about="nping --mtu 8 sends six SYNs to an SSH server in fragments of eight octets, one a second.",
    detectors=("tiny-fragments",),
    tools={"nping": "nmap"},
    held_out=True,
    run=run,
)
