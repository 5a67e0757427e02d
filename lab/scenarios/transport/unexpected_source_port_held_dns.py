"""A client that comes from port 53 to a mail server and a shell."""

from lab import servers
from lab.range import DOMAIN, Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("mail")
    servers.mail(server, f"mail.{DOMAIN}", DOMAIN)
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[server],
        frames=f"tcp and dst host {server.ip} and src port 53",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        for port in (22, 25, 22, 25):
            net.tool(attacker, "sh", "-c", f"sleep 1.5 | ncat -p 53 {server.ip} {port}", seconds=5)
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-held-dns",
    about="A client outside comes from port 53 to SSH and SMTP, four connections in all.",
    detectors=("unexpected-source-port",),
    tools={"ncat": "ncat", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
