"""nping's SYNs to a mail server, beside a bulk download."""

from lab import servers
from lab.range import DOMAIN, Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web, mail, pc3 = net.web(), net.inside("mail"), net.inside("pc3")
    servers.mail(mail, f"mail.{DOMAIN}", DOMAIN)
    net.everyday()
    net.loop(pc3, f"curl -s -m 20 --limit-rate 400k -o /dev/null http://{web.ip}/report.pdf", 0.2)
    net.loop(pc3, f"sh -c '(sleep 0.3; echo QUIT) | ncat {mail.ip} 25'", 0.8)
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[mail],
        frames=f"tcp and dst host {mail.ip} and dst port 25",
        responses=f"tcp and src host {mail.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nping -q --tcp --flags syn -p 25 --rate 120 -c 1200 {mail.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-held-mail",
    about="nping sends a mail server 120 SYNs a second from its own address, beside mail and a download.",
    detectors=("syn-flood",),
    tools={"nping": "nmap", "ncat": "ncat"},
    snap_octets=96,
    run=run,
)
