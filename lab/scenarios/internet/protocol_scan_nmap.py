"""nmap's IP protocol scan."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    # A host answers one unreachable a second by default, and the scan would take four minutes.
    web.sysctl(net__ipv4__icmp_ratelimit="0")
    net.everyday()
    with net.attack(
        "protocol-scan",
        by=attacker,
        victims=[web],
        frames=f"ip and src host {attacker.ip} and dst host {web.ip}",
        responses=f"ip and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sO --max-retries 1 --max-rate 100 {web.ip}".split(), seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="protocol-scan-nmap",
    about="nmap -sO asks a web server which of the 256 IP protocols it speaks.",
    detectors=("protocol-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
