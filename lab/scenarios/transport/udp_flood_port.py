"""A UDP flood to one port."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=[web],
        frames=f"udp and dst host {web.ip} and dst port 5060",
        responses=f"icmp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --udp -p 5060 -d 400 -i u2500 -c 2000 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-port",
    about="hping3 sends 350 datagrams a second of 400 octets to a port where nobody listens.",
    detectors=("udp-flood",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
