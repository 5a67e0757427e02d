"""Nine o'clock in a classroom: thirty computers ask for addresses within seconds."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

SCRIPT = """#!/bin/sh
case "$1" in
bound|renew)
  ip address replace "$ip/$mask" dev "$interface"
  for gateway in $router; do ip route replace default via "$gateway"; done ;;
esac
"""


def run(net: Range) -> None:
    dhcp = net.inside("dhcp")
    servers.leases(dhcp, "10.20.0.180", "10.20.0.240", "10.20.0.1")
    pupils = [net.inside(f"pupil{number}", address=False) for number in range(30)]
    net.everyday()
    for number, pupil in enumerate(pupils):
        script = pupil.folder / "udhcpc.sh"
        script.write_text(SCRIPT)
        script.chmod(0o755)
        name = f"hostname:pupil{number}"
        pupil.start("udhcpc", "-f", "-q", "-i", "eth0", "-s", str(script), "-x", name)
        net.quiet(0.12)
    net.quiet(6)
    for pupil in pupils:
        pupil.start("curl", "-s", "-m", "3", "-o", "/dev/null", f"http://{net.web().ip}/")
    net.quiet(3)


SCENARIO = Scenario(
    name="dhcp-morning-rush",
    about="Thirty computers get addresses by DHCP within four seconds, then open a page.",
    tools={"udhcpc": "udhcpc"},
    run=run,
    snap_octets=340,
)
