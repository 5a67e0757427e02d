"""nmap's IP protocol scan of a host that drops what it does not know."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    servers.firewall(
        web,
        """
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    tcp dport 80 accept
    meta l4proto icmpv6 accept
  }
}
""",
    )
    net.everyday()
    with net.attack(
        "protocol-scan",
        by=attacker,
        victims=[web],
        frames=f"ip and src host {attacker.ip} and dst host {web.ip}",
        responses=f"ip and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"nmap -n -Pn -sO -p 0-60,88,89,103,112,115,132 --max-retries 0 --max-rate 10 {web.ip}".split(),
            seconds=25,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="protocol-scan-silent",
    about="nmap -sO tries 67 IP protocols, ten a second, on a server behind a firewall that says nothing.",
    detectors=("protocol-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
