"""Computers are switched on: an address, its check by ARP, names, the time, mail, updates."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

BOOT = """#!/bin/sh
udhcpc -f -n -q -i eth0 -s "$0.lease" -x hostname:"$1" || exit 1
for target in 10.20.0.1 10.20.0.10 10.20.0.21 10.20.0.25 10.20.0.30 10.20.0.53; do
  arping -c 1 -w 1 -I eth0 $target
done
arping -U -c 2 -I eth0 "$(ip -4 -o address show eth0 | sed 's/.*inet //; s,/.*,,')"
for name in web mail files printer clock update; do
  dig +tries=1 +timeout=1 @10.20.0.53 $name.range.example
done
ntpdig -t 1 10.20.0.123
curl -s -m 3 -o /dev/null http://10.20.0.10/ http://10.20.0.10/report.pdf
"""
LEASE = """#!/bin/sh
case "$1" in
bound|renew)
  ip address replace "$ip/$mask" dev "$interface"
  for gateway in $router; do ip route replace default via "$gateway"; done ;;
esac
"""


def run(net: Range) -> None:
    dhcp, clock = net.inside("dhcp"), net.inside("clock")
    for name in ("files", "mail", "printer"):
        net.inside(name)
    servers.leases(dhcp, "10.20.0.180", "10.20.0.240", "10.20.0.1")
    servers.clock(clock)
    computers = [net.inside(f"desk{number}", address=False) for number in range(5)]
    net.router()
    net.everyday()
    for computer in computers:
        boot = computer.folder / "boot"
        for path, text in ((boot, BOOT), (boot.with_name("boot.lease"), LEASE)):
            path.write_text(text)
            path.chmod(0o755)
        computer.start(str(boot), computer.name)
        net.quiet(1.5)
    net.quiet(20)


SCENARIO = Scenario(
    name="hosts-booting",
    about="Five computers are switched on one after another: DHCP, ARP, DNS, NTP and web.",
    tools={"udhcpc": "udhcpc", "arping": "arping", "ntpd": "ntpsec", "ntpdig": "ntpsec-ntpdig"},
    run=run,
    held_out=True,
    snap_octets=340,
)
