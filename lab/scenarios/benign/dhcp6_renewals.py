"""Twenty hosts take addresses by DHCPv6, ask again for them, and some give them back."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

ASK = """
sleep DELAY
while :; do
  timeout 6 dhclient -6 -1 -sf /bin/true -lf /run/leases -pf /run/pid eth0
  sleep 5
  kill $(cat /run/pid) 2>/dev/null
  sleep 2
done
"""


def run(net: Range) -> None:
    server = net.inside("dhcp")
    hosts = [net.inside(f"desk{number}") for number in range(20)]
    servers.names_and_leases(
        server,
        ["dhcp-range=fd00:20::2000,fd00:20::2fff,64,2m", "dhcp-option=option6:dns-server,[fd00:20::53]"],
    )
    net.everyday()
    for number, host in enumerate(hosts):
        (host.folder / "run" / "leases").touch()
        host.start("sh", "-c", ASK.replace("DELAY", str(number * 0.4)))
    net.quiet(20)
    for host in hosts[:4]:
        words = "dhclient -6 -r -sf /bin/true -lf /run/leases -pf /run/pid2 eth0"
        host.start(*words.split())
    net.quiet(6)


SCENARIO = Scenario(
    name="dhcp6-renewals",
    about="Twenty hosts get addresses by DHCPv6, confirm them every eight seconds or so; four leave.",
    tools={"dhclient": "isc-dhcp-client"},
    held_out=True,
    snap_octets=220,
    run=run,
)
