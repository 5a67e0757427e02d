"""Large datagrams for UDP port 443 from random sources, where QUIC would be."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    net.loop(net.outside("visitor"), f"curl -s -k -m 3 -o /dev/null https://{web.ip}/", 1.1)
    net.quiet(4)
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"udp and dst host {web.ip} and dst port 443",
        responses=f"icmp and src host {web.ip}",
    ):
        words = f"hping3 -q -2 --rand-source -p 443 -d 1200 -i u2200 -c 2600 {web.ip}"
        net.tool(attacker, *words.split())
    net.quiet(4)


SCENARIO = Scenario(
    name="udp-flood-held-quic",
    about="hping3 sends 2,600 datagrams of 1,200 octets from random sources to UDP port 443 of a web server.",
    detectors=("udp-flood",),
    tools={"hping3": "hping3"},
    held_out=True,
    snap_octets=56,
    run=run,
)
