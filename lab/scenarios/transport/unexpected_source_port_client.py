"""A client that comes from port 20, past a filter that lets FTP's data connections in."""

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
    type filter hook input priority 0; policy accept;
    tcp sport 20 accept
    tcp dport 443 drop
  }
}
""",
    )
    net.everyday()
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and src port 20",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        for _ in range(2):
            net.tool(attacker, "curl", "-sk", "-m", "3", "--local-port", "20", f"https://{web.ip}/")
            net.quiet(1)
        net.tool(attacker, *f"hping3 -q -S -s 20 -k -p 443 -i u400000 -c 6 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-client",
    about="A client fetches pages from port 20, which a server's filter lets pass; others are refused.",
    detectors=("unexpected-source-port",),
    tools={"hping3": "hping3", "curl": "curl"},
    run=run,
)
