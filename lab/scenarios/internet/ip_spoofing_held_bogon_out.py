"""An inside host sends in the name of addresses that are not of its network."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, www = net.inside("attacker"), net.outside("www")
    net.everyday()
    net.loop(attacker, f"ping -n -q -c 1 -W 1 {www.ip}", 2.0)
    net.quiet(2)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[www],
        attacker_known=False,
        frames=f"udp and dst host {www.ip} and dst port 514",
    ):
        for source in ("192.0.2.7", "203.0.113.9", "192.168.7.7"):
            words = f"nping -q --udp -S {source} -p 514 -g 514 --rate 4 -c 15 --data-length 60"
            net.tool(attacker, *words.split(), "--dest-mac", net.router().mac, "-e", "eth0", www.ip)
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-held-bogon-out",
    about="An inside host sends log lines out in the name of three foreign addresses, four a second.",
    detectors=("ip-spoofing",),
    tools={"nping": "nmap"},
    run=run,
)
